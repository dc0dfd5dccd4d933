/** Where the page of each error code is: `<errorPages>/CDS301.md`. Of its own, because script in development names them too. */
export const errorPages =
  'https://github.com/next-crossdomain-session/next-crossdomain-session/blob/main/errors'
