/** docs/comparison.md cannot go stale unseen: it has all faults of bench/faults, and the pools in the versions of bench/. */

import { expect, test } from 'vitest'
import { filesEndingWith, read } from './support/markdown.js'

const page = read('docs/comparison.md')
const titles = filesEndingWith('.js', 'bench/faults/scenarios').map(file => {
  const [, , title = `${file} has no title`] = /^export const title = (['"])(.*)\1$/m.exec(read(file)) ?? []
  return title
})

/** What a run for one version of Node has written. */
const tables = Array.from(
  page.matchAll(/<!-- faults on (Node \d+) -->(.*?)<!-- end of faults on \1 -->/gs),
  ([, node = '', text = '']) => {
    const [head = [], , ...rows] = text
      .split('\n')
      .filter(line => line.startsWith('|'))
      .map(line => line.split('|').map(cell => cell.trim()))
    return { node, pools: head.slice(2, -1), rows: rows.map(([, title = '']) => title) }
  },
)

test('there are faults, and tables of them', () => {
  expect(titles.length).toBeGreaterThan(10)
  expect(tables.length).toBeGreaterThan(0)
})

test.each(tables)('$node: a row for each fault', ({ rows }) => {
  expect(rows.filter(title => title !== 'passed').sort()).toEqual([...titles].sort())
})

test.each(tables)('$node: the pools that are installed', ({ pools }) => {
  const { packages } = JSON.parse(read('bench/package-lock.json')) as Lock
  const installed = Object.keys(packages[''].dependencies)
    .filter(name => name !== 'threadcrew')
    .map(name => `${name} ${packages[`node_modules/${name}`]?.version}`)
  expect(pools.filter(pool => !pool.startsWith('threadcrew ')).sort()).toEqual(installed.sort())
})

test('every fault is described', () => {
  const described = Array.from(page.matchAll(/^- \*\*(.*?)\*\*/gm), ([, title]) => title)
  expect(described.sort()).toEqual([...titles].sort())
})

interface Lock {
  readonly packages: { '': { readonly dependencies: Record<string, string> } } & Record<
    string,
    { readonly version?: string }
  >
}
