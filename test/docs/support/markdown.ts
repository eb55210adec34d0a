/** Reads the Markdown of this project: code blocks with their markers, headings, links. Must not know what is done with them. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** A fenced block of code, and what the comments right above it say about it. */
export interface CodeBlock {
  /** Path of the document from the root of the project. */
  readonly document: string
  /** Of the first line of code, from 1. */
  readonly line: number
  readonly language: string
  readonly code: string
  readonly markers: Markers
}

/** What `<!-- ... -->` above a block may say. */
export interface Markers {
  /** `continues`: the block goes on where the last program of the document ended. */
  readonly continues: boolean
  /** `file: math.ts`: no program, but a file beside the programs of the document. */
  readonly file: string | undefined
  /** `program: main.cjs`: a program under this name. */
  readonly program: string | undefined
  /** `not run: why`: compiled, if it is a program, and not run. */
  readonly notRun: string | undefined
}

/** What is generated, installed, or not part of the project. */
const SKIPPED = /(^|\/)(node_modules|dist|coverage|\.[^/]+)$|^docs\/reference\/api$/

/** The files of the project that end so, as paths from its root. */
export function filesEndingWith(end: string, folder = ''): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap(entry => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (SKIPPED.test(path)) return []
    if (entry.isDirectory()) return filesEndingWith(end, path)
    return entry.isFile() && path.endsWith(end) ? [path] : []
  })
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The blocks of a document in their order. Throws for a fence that is not closed and for a marker that nobody knows. */
export function codeBlocks(document: string, text = read(document)): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let comments: string[] = []
  let open: { line: number; indent: string; fence: string; language: string; code: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== undefined) {
      if (line.trim().startsWith(open.fence) && line.trim().length === open.fence.length) {
        const { language, code } = open
        blocks.push({
          document,
          line: open.line,
          language,
          code: code.join('\n'),
          markers: markersOf(comments, document, open.line),
        })
        open = undefined
        comments = []
      } else {
        open.code.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart())
      }
      continue
    }
    const fence = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(line)
    if (fence !== null) {
      const [, indent = '', marks = '', language = ''] = fence
      open = { line: index + 2, indent, fence: marks, language, code: [] }
      continue
    }
    const comment = /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(line)?.[1]
    if (comment !== undefined) comments.push(comment)
    else if (line.trim() !== '') comments = []
  }
  if (open !== undefined) throw new Error(`${document}:${open.line} opens a block of code that is never closed`)
  return blocks
}

function markersOf(comments: readonly string[], document: string, line: number): Markers {
  const found = new Map<string, string>()
  for (const comment of comments) {
    const [, key = '', value = ''] = /^([a-z ]+?)(?::\s*(.+))?$/.exec(comment) ?? []
    const wantsValue = key !== 'continues'
    if (!['continues', 'file', 'program', 'not run'].includes(key) || wantsValue !== (value !== '')) {
      throw new Error(`${document}:${line}: nobody knows the marker <!-- ${comment} -->`)
    }
    found.set(key, value)
  }
  return {
    continues: found.has('continues'),
    file: found.get('file'),
    program: found.get('program'),
    notRun: found.get('not run'),
  }
}

/** What stands as `code` within the text of a document. */
export function codeWords(document: string): string[] {
  return Array.from(prose(read(document)).matchAll(/`([^`\n]+)`/g), ([, word = '']) => word)
}

/** A document without its code: what looks like a link or heading in there is none. */
function prose(text: string): string {
  return text
    .replace(/^(\s*)(`{3,}|~{3,})[\s\S]*?^\s*\2\s*$/gm, block => block.replace(/[^\n]+/g, ''))
    .replace(/<!--[\s\S]*?-->/g, comment => comment.replace(/[^\n]+/g, ''))
}

/** The anchors that GitHub makes of the headings of a document, and those it names itself. */
export function anchors(document: string): Set<string> {
  const found = new Set<string>()
  const text = prose(read(document))
  for (const [, heading = ''] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = slugOf(heading)
    let anchor = slug
    for (let n = 1; found.has(anchor); n++) anchor = `${slug}-${n}`
    found.add(anchor)
  }
  for (const [, name = ''] of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) found.add(name)
  return found
}

/** The anchor that GitHub makes of a heading. */
export function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-')
}

export interface Link {
  readonly document: string
  readonly line: number
  readonly target: string
}

/** Every link and image of a document: `[text](target)`, `[text]: target`, `<img src="target">`, `<source srcset="target">`. */
export function links(document: string): Link[] {
  // Inline code may hold what looks like a link: its text goes, its length stays.
  const text = prose(read(document)).replace(/`[^`\n]*`/g, code => '`'.repeat(code.length))
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\s*\[[^\]]+\]:\s*(\S+)/gm,
    /<(?:img|source)\b[^>]*?\ssrc(?:set)?="([^"\s]+)"/g,
  ]
  return patterns.flatMap(pattern =>
    Array.from(text.matchAll(pattern), match => {
      const [, target = ''] = match
      return { document, line: text.slice(0, match.index).split('\n').length, target }
    }),
  )
}
