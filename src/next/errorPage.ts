import { catalogue, type AnswerCode } from '../core/errors/catalogue.js'
import { words } from '../core/errors/words.js'

/**
 * The path of the start page. Next.js leaves its `basePath` out of the path that a handler sees, and the
 * option `path` has it.
 * @param seen The path of a request of the route.
 */
export function homeOf(path: string, seen: string): string {
  const route = seen.replace(/\/[^/]*\/?$/, '')
  return `${path.endsWith(route) ? path.slice(0, path.length - route.length) : ''}/`
}

/**
 * What a person sees if a navigation through the exchange is refused: a sentence, a way on, and the code, in
 * case they ask somebody.
 * @param home Path of the start page.
 */
export function errorPage(code: AnswerCode, home: string): string {
  const [title, text] = words[catalogue[code][2] ?? 'wrong']
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 20vh 1.5rem; max-width: 34rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
p small { opacity: .7 }
</style>
<h1>${title}</h1>
<p>${text} <a href="${home}">continue to the start page</a>.</p>
<p><small>${code}</small></p>
`
}
