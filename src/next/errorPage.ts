import { catalogue, type ErrorCode } from '../core/errors.js'

/** What a person sees when a navigation through the exchange is refused: a sentence, a way on, and the code for whoever is asked. */
export function errorPage(code: ErrorCode): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>This link has expired</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 20vh 1.5rem; max-width: 34rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
p small { opacity: .7 }
</style>
<h1>This link has expired</h1>
<p>It was made for one visit in one browser. Nothing is lost: <a href="/">continue to the start page</a>.</p>
<p><small>${code}: ${catalogue[code]}</small></p>
`
}
