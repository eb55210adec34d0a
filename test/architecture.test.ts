/** Who may import whom, and what the package may depend on: read off the files, so that no review has to. */

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ROOMS } from './support/rooms.js'
import {
  circlesIn,
  filesIn,
  graphOf,
  type Import,
  imports,
  isEntryPoint,
  ownImports,
  roomOf,
  rooms,
  slashed,
  sourceFiles,
} from './support/source-graph.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What is wrong with an import, and how to mend it; undefined if nothing is. */
function offence({ file, target, isType }: Import): string | undefined {
  if (isEntryPoint(target))
    return `src/${file} imports the entry point ${target}: import the name from the file that defines it`
  const from = roomOf(file)
  const to = roomOf(target)
  // Entry points may import anything.
  if (from === to || from === '') return undefined
  const room = ROOMS[from]
  if (room === undefined) return `src/${file}: ${from}/ has no line in test/support/rooms.ts: give it one`
  const { may, types = [] } = room
  if (may.includes(to) || (isType && types.includes(to))) return undefined
  const what = types.includes(to) ? `only types of ${to}/` : `nothing of ${to}/`
  return (
    `src/${file} imports ${isType ? 'types of ' : ''}src/${target}, but ${from}/ may import ${what}. Move what it needs into a ` +
    `room that both may import (${may.join(', ') || 'none'}), or let the caller hand it in through an interface that ` +
    `stands in ${from}/. If the design itself changes, change the table in test/support/rooms.ts`
  )
}

describe('imports', () => {
  test('are found', () => {
    expect(imports.length).toBeGreaterThan(sourceFiles.length)
    // Each of these is written in a way of its own.
    expect(imports).toContainEqual({ file: 'index.ts', target: 'pool/pool.ts', isType: false })
    expect(imports).toContainEqual({ file: 'index.ts', target: 'work/work.ts', isType: true })
    expect(imports).toContainEqual({ file: 'base/emitter.ts', target: 'eventemitter3', isType: false })
    expect(imports.filter(({ file }) => file === 'thread/main.ts').length).toBeGreaterThan(5)
    const missing = ownImports.filter(({ target }) => !sourceFiles.includes(target))
    expect(missing).toEqual([])
  })

  test('lead from room to room as the table allows, types included', () => {
    expect(ownImports.map(offence).filter(text => text !== undefined)).toEqual([])
  })

  test('are all there that the table allows: it has no line that nobody uses', () => {
    const used = new Set(ownImports.map(({ file, target, isType }) => `${roomOf(file)} ${roomOf(target)} ${isType}`))
    const unused = Object.entries(ROOMS).flatMap(([room, { may, types = [] }]) => [
      ...may.filter(to => !used.has(`${room} ${to} false`)).map(to => `${room} -> ${to}`),
      ...types.filter(to => !used.has(`${room} ${to} true`)).map(to => `${room} -> ${to} (types)`),
    ])
    expect(unused).toEqual([])
  })

  test('make no circle of files, types counted', () => {
    expect(circlesIn(graphOf(file => file))).toEqual([])
  })

  test('make no circle of rooms, types counted', () => {
    expect(circlesIn(graphOf(roomOf))).toEqual([])
  })

  test('name modules of Node with node:, and packages that are dependencies', () => {
    const { dependencies } = packageJson()
    const others = imports
      .filter(({ target }) => !target.startsWith('node:') && !target.endsWith('.ts'))
      .map(({ target }) => target)
    expect([...new Set(others)].filter(target => !(target in dependencies))).toEqual([])
  })
})

describe('rooms', () => {
  test('are the folders of src/: each has its line in the table, and each line its folder', () => {
    expect(Object.keys(ROOMS).sort()).toEqual(rooms)
  })
})

function packageJson(): { dependencies: Record<string, string>; [key: string]: unknown } {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as ReturnType<typeof packageJson>
}

describe('the package', () => {
  test('depends on two packages, and on four more to build and test it', () => {
    const { dependencies, devDependencies, ...others } = packageJson()
    expect(Object.keys(dependencies).sort()).toEqual(['eventemitter3', 'nanoid'])
    expect(Object.keys(devDependencies as object).sort()).toEqual(['@types/node', 'typedoc', 'typescript', 'vitest'])
    for (const key of ['peerDependencies', 'optionalDependencies', 'bundledDependencies', 'bundleDependencies']) {
      expect(others).not.toHaveProperty(key)
    }
  })

  test('speaks of no other pool but where it compares itself', () => {
    const skipped = new Set(['node_modules', 'dist', '.git', 'bench'])
    const comparing = ['README.md', 'docs/performance.md', 'docs/comparison.md', 'docs/guides/which-library.md']
    // In two parts, or this very file would.
    const other = ['pisc', 'ina'].join('')
    const speaking = filesIn(ROOT, skipped).filter(path => readFileSync(path, 'latin1').toLowerCase().includes(other))
    const others = speaking.map(path => slashed(relative(ROOT, path))).filter(path => !comparing.includes(path))
    // What `npm run docs` makes of those pages is no source.
    expect(others.filter(path => !path.startsWith('docs/reference/api/'))).toEqual([])
  })
})
