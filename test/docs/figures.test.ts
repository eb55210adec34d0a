/** Where a page names a constant of the source with its value, as in `SLOTS` (512), that is its value. */

import { expect, test } from 'vitest'
import { filesEndingWith, read } from './support/markdown.js'

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
