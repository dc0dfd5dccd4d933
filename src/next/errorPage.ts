import { catalogue, type ErrorCode } from '../core/errors.js'

interface Words {
  readonly title: string
  readonly text: string
}

const expired: Words = { title: 'This link has expired', text: 'It was made for one visit in one browser. Nothing is lost:' }
const wrong: Words = { title: 'This link does not work', text: 'It was not meant to be opened like this. Nothing is lost:' }
const unavailable: Words = { title: 'Please try again', text: 'This could not be done just now. Nothing is lost:' }
const declined: Words = { title: 'No cookies without your consent', text: 'You have not agreed to cookies here, so this link cannot bring your visit along. You can still' }

const wordsOf: Partial<Record<ErrorCode, Words>> = {
  CDS207: unavailable,
  CDS301: unavailable,
  CDS302: unavailable,
  CDS303: unavailable,
  CDS401: wrong,
  CDS402: wrong,
  CDS403: wrong,
  CDS413: wrong,
  CDS414: wrong,
  CDS415: declined,
}

/** What a person sees when a navigation through the exchange is refused: a sentence, a way on, and the code for whoever is asked. */
export function errorPage(code: ErrorCode): string {
  const { title, text } = wordsOf[code] ?? expired
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
<p>${text} <a href="/">continue to the start page</a>.</p>
<p><small>${code}: ${catalogue[code]}</small></p>
`
}
