/** Who may import whom, and what the package may depend on: read off the files, so that no review has to. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(ROOT, 'src')

interface Import {
  /** Relative to src, with slashes. */
  readonly file: string
  /** The same for files of our own, else as it is written. */
  readonly target: string
  /** Gone once compiled. */
  readonly isType: boolean
}

function filesIn(folder: string, skipped: ReadonlySet<string> = new Set()): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (skipped.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path, skipped) : entry.isFile() ? [path] : []
  })
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}

function importsOf(path: string): Import[] {
  const code = readFileSync(path, 'utf8')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
  const file = slashed(relative(SOURCE, path))
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?\bfrom\s+)?'([^']+)'/gm)
  const calls = code.matchAll(/\bimport\(\s*()'([^']+)'\s*\)/g)
  return [...statements, ...calls].map(([statement, type, specifier = '']) => {
    const names =
      /\{([^}]*)\}/
        .exec(statement)?.[1]
        ?.split(',')
        .filter(name => name.trim() !== '') ?? []
    const isType = Boolean(type) || (names.length > 0 && names.every(name => /^\s*type\s/.test(name)))
    const target = specifier.startsWith('.')
      ? slashed(relative(SOURCE, join(dirname(path), specifier))).replace(/\.js$/, '.ts')
      : specifier
    return { file, target, isType }
  })
}

const files = filesIn(SOURCE).filter(path => path.endsWith('.ts'))
const imports = files.flatMap(importsOf)

/** The imports of the files in `folder` that `isAllowed` has something against, as text. */
function offences(folder: string, isAllowed: (each: Import) => boolean): string[] {
  return imports
    .filter(each => each.file.startsWith(folder) && !each.target.startsWith('node:') && !isAllowed(each))
    .map(({ file, target, isType }) => `${file} -> ${target}${isType ? ' (type)' : ''}`)
}

describe('imports', () => {
  test('are found', () => {
    const names = files.map(path => slashed(relative(SOURCE, path)))
    expect(imports.length).toBeGreaterThan(names.length)
    // Each of these is written in a way of its own.
    expect(imports).toContainEqual({ file: 'index.ts', target: 'pool.ts', isType: false })
    expect(imports).toContainEqual({ file: 'index.ts', target: 'work.ts', isType: true })
    expect(imports).toContainEqual({ file: 'emitter.ts', target: 'eventemitter3', isType: false })
    expect(imports).toContainEqual({ file: 'lane/sender.ts', target: 'task-record.ts', isType: true })
    expect(imports.filter(({ file }) => file === 'thread/main.ts').length).toBeGreaterThan(5)
    // Whatever is imported is there.
    const missing = imports.filter(({ target }) => target.endsWith('.ts') && !names.includes(target))
    expect(missing).toEqual([])
  })

  test('of thread/ lead to the lane and to what both sides share', () => {
    const shared = ['errors.ts', 'usage.ts', 'work-id.ts', 'work-context.ts']
    expect(offences('thread/', ({ target }) => /^(?:thread|lane)\//.test(target) || shared.includes(target))).toEqual(
      [],
    )
  })

  test('of lane/ lead to errors and itself, save for types', () => {
    expect(
      offences('lane/', ({ target, isType }) => target.startsWith('lane/') || target === 'errors.ts' || isType),
    ).toEqual([])
    const types = imports.filter(
      ({ file, target, isType }) => file.startsWith('lane/') && isType && !/^(?:lane\/|node:)/.test(target),
    )
    for (const { target } of types) expect(target).toBe('task-record.ts')
  })

  test('of queue/ and lifecycle/ lead to errors, the heap and themselves: they know no works', () => {
    for (const folder of ['queue/', 'lifecycle/']) {
      expect(
        offences(folder, ({ target }) => target.startsWith(folder) || ['errors.ts', 'heap.ts'].includes(target)),
      ).toEqual([])
    }
  })

  test('lead from nowhere to the thread’s side: it shares files, it does not lend them', () => {
    const isThreads = (path: string): boolean => /^(?:groups\/)?thread\//.test(path)
    expect(offences('', ({ file, target }) => isThreads(file) || !isThreads(target))).toEqual([])
  })

  test('lead to groups/ from groups/ alone: a Pool stands without them; and from there never to the Pool’s own parts', () => {
    expect(offences('', ({ file, target }) => file.startsWith('groups/') || !target.startsWith('groups/'))).toEqual([])
    const own = ['pool.ts', 'orchestrator.ts', 'dispatcher.ts', 'worker.ts', 'crew.ts', 'work.ts', 'works.ts']
    expect(offences('groups/', ({ target }) => !own.includes(target))).toEqual([])
  })

  test('of strategies lead to what they need to check their options, to errors and to each other', () => {
    const allowed = ['errors.ts', 'option-values.ts']
    expect(
      offences(
        'groups/strategies/',
        ({ target, isType }) => isType || target.startsWith('groups/strategies/') || allowed.includes(target),
      ),
    ).toEqual([])
  })

  test('lead to the pool from the entry point only, and to the entry points from nowhere', () => {
    expect(offences('', ({ file, target }) => target !== 'pool.ts' || file === 'index.ts')).toEqual([])
    expect(offences('', ({ target }) => !/(?:^|\/)index\.ts$/.test(target))).toEqual([])
  })

  test('of errors and ids lead nowhere: both sides use these', () => {
    for (const file of ['errors.ts', 'work-id.ts']) expect(offences(file, () => false)).toEqual([])
  })

  test('make no circle, once types are gone', () => {
    const next = grouped()
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      if (done.has(file) || path.includes(file)) return
      for (const target of next.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of next.keys()) visit(file, [])
    expect(circles).toEqual([])
  })

  test('name modules of Node with node:, and packages that are dependencies', () => {
    const { dependencies } = packageJson()
    const others = imports
      .filter(({ target }) => !target.startsWith('node:') && !target.endsWith('.ts'))
      .map(({ target }) => target)
    expect([...new Set(others)].filter(target => !(target in dependencies))).toEqual([])
  })
})

function grouped(): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { file, target, isType } of imports) {
    if (isType || !target.endsWith('.ts')) continue
    groups.set(file, [...(groups.get(file) ?? []), target])
  }
  return groups
}

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
    const comparing = ['README.md', 'docs/performance.md', 'docs/comparison.md']
    // In two parts, or this very file would.
    const other = ['pisc', 'ina'].join('')
    const speaking = filesIn(ROOT, skipped).filter(path => readFileSync(path, 'latin1').toLowerCase().includes(other))
    const others = speaking.map(path => slashed(relative(ROOT, path))).filter(path => !comparing.includes(path))
    expect(others).toEqual([])
  })
})
