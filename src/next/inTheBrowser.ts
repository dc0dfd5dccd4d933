// What bundlers find in place of `index.ts` if a file of the browser imports it. They print the name of a
// module that they cannot find, so this one says what to do. Otherwise they would name modules of Node that a
// database needs.
// @ts-expect-error There is no such module.
// oxlint-disable-next-line no-restricted-imports -- the name is a message
import 'CDS119 A client component imports the server part of next-crossdomain-session. Use next-crossdomain-session/client there.'
