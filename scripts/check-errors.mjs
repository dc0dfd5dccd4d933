/** The catalogue in src/core/errors/catalogue.ts and the pages in errors/ say the same. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { root } from './setup.mjs'
import { listFiles, parseModule, readText, walk } from './source.mjs'

const catalogueFile = 'src/core/errors/catalogue.ts'
const anyCode = /\bCDS\d{3}\b/g
const headings = ['## Cause', '## Fix', '## Example']

/** @returns {Map<string, string>} The sentence of each code, in the order of the file. */
export function catalogueOf(text) {
  const sentences = new Map()
  walk(parseModule(catalogueFile, text), (node) => {
    if (node.type !== 'Property' || !/^CDS\d{3}$/.test(node.key.name ?? '')) return
    if (sentences.has(node.key.name)) throw new Error(`${node.key.name} stands twice in ${catalogueFile}`)
    sentences.set(node.key.name, textOf(node.value))
  })
  return sentences
}

/** The text of a literal, of a sum of them, or of the first item of a list. */
function textOf(node) {
  if (node.type === 'ArrayExpression') return textOf(node.elements[0])
  return node.type === 'BinaryExpression' ? textOf(node.left) + textOf(node.right) : node.value
}

/** @returns {string[]} What is wrong with the page of one code. */
export function pageProblems(code, sentence, page) {
  const title = `# ${code}: ${firstSentence(sentence)}`
  const lines = outsideFences(page)
  const found = []
  if (lines[0] !== title)
    found.push(`errors/${code}.md begins with "${lines[0]}", the catalogue says "${title}"`)
  const sections = lines.filter((line) => line.startsWith('## '))
  if (sections.join() !== headings.join())
    found.push(`errors/${code}.md has ${sections.join(', ')}, not ${headings.join(', ')}`)
  for (const part of page.split(/^## .*$/m).slice(1))
    if (part.trim() === '') found.push(`errors/${code}.md has an empty section`)
  if (!/^```\w+\n/m.test(page)) found.push(`errors/${code}.md shows no code`)
  return found
}

/** @returns {string[]} Codes in a text that the catalogue does not know. */
export function unknownCodes(text, known) {
  return [...new Set(text.match(anyCode) ?? [])].filter((code) => !known.has(code))
}

/** `No secret. Set it.` → `No secret.`; a full stop inside a value does not end a sentence. */
function firstSentence(sentence) {
  return /^.*?[.](?= |$)/.exec(sentence)?.[0] ?? sentence
}

/** Lines of a Markdown text but those of its code blocks, where `#` is a comment. */
function outsideFences(page) {
  let inside = false
  return page.split('\n').filter((line) => {
    if (line.startsWith('```')) {
      inside = !inside
      return false
    }
    return !inside
  })
}

const catalogue = () => catalogueOf(readText(catalogueFile))
const pageOf = (code) => `errors/${code}.md`
const pages = () => listFiles('errors', /\.md$/)
const prose = () => listFiles('.', /\.md$/)
const code = () =>
  ['src', 'tests', 'e2e', 'app-example', 'fixtures'].flatMap((folder) => listFiles(folder, /\.(ts|tsx|mjs)$/))

/** Each `check` answers what contradicts its title, a line for each; none if it is true. */
export const facts = [
  {
    title: 'every error code has a page with its sentence, cause, fix and example',
    check: () => {
      const codes = [...catalogue()]
      if (codes.length === 0) return [`no code found in ${catalogueFile}`]
      return codes.flatMap(([code, sentence]) =>
        existsSync(path.join(root, pageOf(code)))
          ? pageProblems(code, sentence, readText(pageOf(code)))
          : [`${pageOf(code)} is missing`],
      )
    },
  },
  {
    title: 'every page in errors has its code in the catalogue',
    check: () => {
      const expected = new Set([...catalogue().keys()].map(pageOf))
      return pages().filter((page) => !expected.has(page))
    },
  },
  {
    title: 'every error code is used by the source',
    check: () => {
      const source = listFiles('src', /\.tsx?$/)
        .filter((file) => file !== catalogueFile)
        .map(readText)
        .join('\n')
      // One begins the name of a module that does not exist.
      return [...catalogue().keys()].filter((code) => !new RegExp(`'${code}[' ]`).test(source))
    },
  },
  {
    title: 'documents, source and tests mention no unknown error code',
    check: () => {
      const known = catalogue()
      return [...prose(), ...code()].flatMap((file) =>
        unknownCodes(readText(file), known).map((code) => `${file} mentions ${code}`),
      )
    },
  },
  {
    title: 'links from one document to another lead somewhere',
    check: () => prose().flatMap((file) => brokenLinks(file, readText(file))),
  },
]

const { homepage } = JSON.parse(readText('package.json'))
const repository = homepage.replace(/#.*$/, '')

/**
 * @returns {{ link: string, to: string | null, anchor: string | undefined }[]} Links of a document. `to` is the file or
 *   folder of the project, or null for another site.
 */
export function linksOf(file, text) {
  const lines = outsideFences(text).join('\n')
  return [...lines.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)/gm)].map(([, inline, reference]) => {
    const link = inline ?? reference
    const [target, anchor] = link.split('#')
    const own = target.replace(new RegExp(`^${repository}/(blob|tree)/main/`), '')
    if (own !== target) return { link, to: own, anchor }
    if (/^[a-z]+:/.test(target)) return { link, to: null, anchor }
    return { link, to: target === '' ? file : path.posix.join(path.posix.dirname(file), target), anchor }
  })
}

/** @returns {string[]} Links to the project's own files and their headings that lead nowhere. */
function brokenLinks(file, text) {
  return linksOf(file, text).flatMap(({ link, to, anchor }) => {
    if (to === null) return []
    if (!existsSync(path.join(root, to))) return [`${file} links to ${link}`]
    if (anchor === undefined || !to.endsWith('.md')) return []
    return slugsOf(readText(to)).has(anchor) ? [] : [`${file} links to ${link}, which has no such heading`]
  })
}

/** Names that a Markdown page gives to its headings: https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
function slugsOf(page) {
  const headings = outsideFences(page).filter((line) => /^#{1,6} /.test(line))
  return new Set(
    headings.map((line) =>
      line
        .replace(/^#+ /, '')
        .replace(/[`*]/g, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
