/**
 * The address of the error pages: `<errorPages>/CDS301.md`. It has its own file, because script in
 * development names them too.
 */
export const errorPages =
  'https://github.com/next-crossdomain-session/next-crossdomain-session/blob/main/errors'
