/** The names that users import: each is in a group of the reference site, and no page for users speaks of a constant of src/. */

import { describe, expect, test } from 'vitest'
import { declarationIn, ENTRY_POINTS, publicNames, tagOf } from './support/declarations.js'
import { filesEndingWith, read } from './support/markdown.js'

const { groupOrder } = JSON.parse(read('typedoc.json')) as { groupOrder: string[] }
const names = Object.values(ENTRY_POINTS).flatMap(publicNames)

test.each(Object.entries(ENTRY_POINTS))('%s: each name is in a group that the reference has a place for', (_, file) => {
  const grouped = publicNames(file).map(({ name, file }) => ({
    name,
    group: tagOf(declarationIn(file, name), 'group'),
  }))
  expect(grouped.length).toBeGreaterThan(0)
  expect(grouped.filter(({ group }) => group === undefined || !groupOrder.includes(group))).toEqual([])
})

test.each(Object.entries(ENTRY_POINTS))('%s: the module has this name in the reference', (name, file) => {
  expect(/@module (\S+)/.exec(read(file))?.[1]).toBe(name)
})

describe('users read a number and what it means, not the name that it has in src/', () => {
  const constants = new Set(
    filesEndingWith('.ts', 'src').flatMap(file =>
      Array.from(read(file).matchAll(/^(?:export )?const ([A-Z][A-Z_]+)\b/gm), ([, name = '']) => name),
    ),
  )
  const constantsIn = (text: string): string[] =>
    Array.from(
      text.matchAll(/`([A-Z][A-Z_]+)`|\b([A-Z]+_[A-Z_]+)\b/g),
      ([, asCode, inText]) => asCode ?? inText ?? '',
    ).filter(word => constants.has(word))

  test('a constant is recognized', () => {
    expect(constantsIn('at most `REPORT_INTERVAL_MS`, or HIGH_WATER_MARK')).toEqual([
      'REPORT_INTERVAL_MS',
      'HIGH_WATER_MARK',
    ])
  })

  test.each([
    'README.md',
    'docs/getting-started.md',
    'docs/performance.md',
    ...filesEndingWith('.md', 'docs/guides'),
    ...filesEndingWith('.md', 'docs/reference'),
    ...filesEndingWith('.md', 'docs/examples'),
  ])('%s', page => {
    expect(constantsIn(read(page))).toEqual([])
  })

  test.each(names)('the docstrings of $name', ({ name, file }) => {
    const docstrings = declarationIn(file, name)
      .getFullText()
      .match(/\/\*\*[^]*?\*\//g)
    expect(docstrings).not.toBeNull()
    expect(constantsIn(docstrings?.join('\n') ?? '')).toEqual([])
  })
})
