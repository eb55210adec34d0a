/** Finds the lines that tests mark with a comment at their end, so that no test has to count lines. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface SourceLine {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** The only line of the file that ends with `// mark`. */
export function lineMarked(url: string | URL, mark: string): SourceLine {
  const file = fileURLToPath(url)
  const lines = readFileSync(file, 'utf8').split('\n')
  const found = lines.flatMap((text, index) => (text.endsWith(`// ${mark}`) ? [index] : []))
  const [index] = found
  if (index === undefined || found.length > 1) throw new Error(`${found.length} lines of ${file} are marked ${mark}`)
  return { file, line: index + 1, text: lines[index] ?? '' }
}

/** `file:line:column` of `snippet` in the marked line. */
export function placeOf(url: string | URL, mark: string, snippet: string): string {
  const { file, line, text } = lineMarked(url, mark)
  const at = text.indexOf(snippet)
  if (at === -1) throw new Error(`there is no ${snippet} in: ${text}`)
  return `${file}:${line}:${at + 1}`
}
