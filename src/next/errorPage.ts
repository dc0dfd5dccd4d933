import type { AnswerCode } from '../core/errors/status.js'

interface Words {
  readonly title: string
  readonly text: string
}

const expired: Words = {
  title: 'This link has expired',
  text: 'It was made for one visit in one browser. Nothing is lost:',
}
const wrong: Words = {
  title: 'This link does not work',
  text: 'It was not meant to be opened like this. Nothing is lost:',
}
const unavailable: Words = {
  title: 'Please try again',
  text: 'This could not be done just now. Nothing is lost:',
}
const declined: Words = {
  title: 'No cookies without your consent',
  text: 'You have not agreed to cookies here, so this link cannot bring your visit along. You can still',
}

const wordsOf: Readonly<Record<AnswerCode, Words>> = {
  CDS111: unavailable,
  CDS202: wrong,
  CDS203: wrong,
  CDS204: wrong,
  CDS205: wrong,
  CDS206: declined,
  CDS207: unavailable,
  CDS208: wrong,
  CDS209: wrong,
  CDS210: wrong,
  CDS211: wrong,
  CDS301: unavailable,
  CDS302: unavailable,
  CDS303: unavailable,
  CDS304: unavailable,
  CDS401: wrong,
  CDS402: wrong,
  CDS403: wrong,
  CDS404: wrong,
  CDS405: expired,
  CDS406: expired,
  CDS407: expired,
  CDS408: expired,
  CDS409: expired,
  CDS410: expired,
  CDS411: expired,
  CDS412: expired,
  CDS413: wrong,
  CDS414: wrong,
  CDS415: declined,
  CDS416: expired,
  CDS418: unavailable,
}

/** What a person sees when a navigation through the exchange is refused: a sentence, a way on, and the code for whoever is asked about it. */
export function errorPage(code: AnswerCode): string {
  const { title, text } = wordsOf[code]
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
<p><small>${code}</small></p>
`
}
