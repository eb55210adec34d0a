/**
 * Where a page names a constant of the source with its value, as in `SLOTS` (512), that is its value. The bars in the README
 * are those of the saved benchmarks; `UPDATE=1 npx vitest run test/docs/figures.test.ts` writes them anew.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bars } from '../../bench/report/bars.js'
import { codeBlocks, filesEndingWith, read, ROOT } from './support/markdown.js'

const constants = new Map(
  filesEndingWith('.ts', 'src').flatMap(file =>
    Array.from(read(file).matchAll(/^(?:export )?const ([A-Z][A-Z_]+) = ([\d._]+)$/gm), ([, name = '', value = '']) => [
      name,
      Number(value.replaceAll('_', '')),
    ]),
  ) as [string, number][],
)

const named = filesEndingWith('.md').flatMap(document =>
  Array.from(read(document).matchAll(/`([A-Z][A-Z_]+)` \(([\d.,]+)\)/g), ([, name = '', value = '']) => ({
    document,
    name,
    value: Number(value.replaceAll(',', '')),
  })),
)

test.each(named)('$document: $name is $value', ({ name, value }) => {
  expect(constants.get(name)).toBe(value)
})

test('some constants are named', () => {
  expect(named.length).toBeGreaterThan(0)
})

const RESULTS = 'bench/results/node-24.json'
const BARS = /(?<=```text\n)[^`]*█[^`]*(?=\n```)/

if (process.env['UPDATE'] !== undefined) {
  const drawn = bars(JSON.parse(read(RESULTS)) as Parameters<typeof bars>[0])
  writeFileSync(join(ROOT, 'README.md'), read('README.md').replace(BARS, drawn))
}

test('the bars in the README are those of the saved benchmarks', () => {
  const shown = codeBlocks('README.md').filter(({ language }) => language === 'text')
  expect(shown.map(({ code }) => code)).toEqual([bars(JSON.parse(read(RESULTS)) as Parameters<typeof bars>[0])])
})
