/**
 * The rooms of src/ on docs/architecture.md: the picture is made from the imports, the table from the first sentence of each
 * room. `UPDATE=1 npx vitest run test/docs/rooms.test.ts` writes both anew.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOMS } from '../support/rooms.js'
import { picture, sentenceOf, tableRows } from '../support/rooms-page.js'
import { read, ROOT } from './support/markdown.js'

const PAGE = 'docs/architecture.md'
const PICTURE = /```mermaid\nflowchart TD\n[^]*?```/
const TABLE = /(?<=\n)\| Room[^]*?(?=\n\n)/

const HEAD = ['Room', 'What it is']

/** As prettier aligns it. */
function table(): string {
  const rows = [HEAD, ...tableRows()]
  const widths = HEAD.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(HEAD), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...tableRows().map(line)].join('\n')
}

if (process.env['UPDATE'] !== undefined) {
  const page = read(PAGE)
    .replace(PICTURE, () => `\`\`\`mermaid\n${picture()}\n\`\`\``)
    .replace(TABLE, table)
  writeFileSync(join(ROOT, PAGE), page)
}

test('the picture of the rooms shows the imports there are', () => {
  const [found] = PICTURE.exec(read(PAGE)) ?? []
  expect(found).toBe(`\`\`\`mermaid\n${picture()}\n\`\`\``)
})

test('the table of the rooms has the first sentence of each', () => {
  const [found] = TABLE.exec(read(PAGE)) ?? []
  expect(found).toBe(table())
})

test.each(Object.keys(ROOMS))('%s/ says in its first sentence what it is', room => {
  const sentence = sentenceOf(room)
  expect(sentence.length).toBeGreaterThan(20)
  expect(sentence.length).toBeLessThan(120)
})
