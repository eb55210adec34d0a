/** What stacks look like to users who write TypeScript: run as it is, or compiled, with source maps. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/** Each line that ends with a mark is one that a frame leads to: `// name.1` is the first frame of that stack. */
const PROGRAM = `import { Pool } from 'threadcrew'

interface Point {
  readonly x: number
  readonly y: number
}

const pool: Pool = new Pool({ total: 1 })
const stacks: Record<string, unknown> = {}
async function note(name: string, work: Promise<unknown>): Promise<void> {
  const error: unknown = await work.catch((error: unknown) => error)
  const { stack, cause } = error as Error
  stacks[name] = stack
  if (cause !== undefined) stacks[name + ' cause'] = (cause as Error).stack
}

function named(point: Point, label?: string): number {
  const deep: (n: number) => number = (n: number): number => {
    if (n === 0) throw new RangeError(\`deep: \${label as string}\`) // named.0
    return deep(n - 1) // named.1
  }
  return deep(point.x) // named.2
}
await note('named', pool.execute(named, [{ x: 1, y: 2 }, 'l'])) // named.3

await note('inline', pool.execute(async (point: Point, _: Partial<Point>): Promise<number> => { // inline.1
  await new Promise<void>(resolve => setTimeout(resolve, 1))
  if ((point satisfies Point).x > 0) throw new TypeError('inline') // inline.0
  return point.y
}, [{ x: 1, y: 2 }, {}]))

await note('twice', pool.execute((n: number): never => { throw new Error(\`\${n}\`) }, [1])) // twice.0 twice.1
await note('again', pool.execute((n: string): never => { throw new Error(\`\${n}!\`) }, ['1'])) // again.0 again.1

await note('caused', pool.execute((n: number): void => { // caused.1
  try {
    JSON.parse('{' satisfies string) // caused cause.0
  } catch (cause) {
    throw new Error(\`\${n}\`, { cause }) // caused.0
  }
}, [1]))

await note('result', pool.execute((): unknown => () => {})) // result.0
await note('argument', pool.execute((f: () => void): void => f(), [() => {}])) // argument.0
await note('progress', pool.execute(function (n: number): void { // progress.1
  this.progress((): number => n) // progress.0 progress cause.0
}, [1], { onProgress(): void {} }))

await pool.stop()
console.log(JSON.stringify(stacks))
`

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'threadcrew-stacks-')))
  for (const made of ['node_modules', 'src', 'out']) mkdirSync(join(folder, made))
  symlinkSync(PACKAGE, join(folder, 'node_modules/threadcrew'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'src/app.ts'), PROGRAM)
  const { outputText, sourceMapText = '' } = ts.transpileModule(PROGRAM, {
    fileName: '../src/app.ts',
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, sourceMap: true },
  })
  const map = { ...(JSON.parse(sourceMapText) as object), sources: ['../src/app.ts'] }
  writeFileSync(join(folder, 'out/app.js'), outputText.replace(/sourceMappingURL=.*/, 'sourceMappingURL=app.js.map'))
  writeFileSync(join(folder, 'out/app.js.map'), JSON.stringify(map))
})
afterAll(() => rmSync(folder, { recursive: true }))

function stacksOf(...args: string[]): Record<string, string[]> {
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  const stacks = Object.entries(JSON.parse(stdout) as Record<string, string>)
  return Object.fromEntries(
    stacks.map(([name, stack]) => [name, stack.split('\n').filter(line => /^\s+at /.test(line))]),
  )
}

/** For each stack the lines of the program that its frames should lead to, from the marks. */
function markedLines(): Record<string, number[]> {
  const lines: Record<string, number[]> = {}
  for (const [index, line] of PROGRAM.split('\n').entries()) {
    for (const [, name = '', frame] of line.matchAll(/(?<=\/\/.*)([a-z]+(?: cause)?)\.(\d)/g)) {
      ;(lines[name] ??= [])[Number(frame)] = index + 1
    }
  }
  return lines
}

describe('frames lead to the lines of the TypeScript that the user wrote, and none to the library', () => {
  const ways: [string, string[]][] = [['compiled, with source maps', ['--enable-source-maps', 'out/app.js']]]
  // Undefined on Node 20, false if this Node does not run TypeScript.
  if ([undefined, false].every(no => Reflect.get(process.features, 'typescript') !== no))
    ways.push(['run as it is', ['--no-warnings', 'src/app.ts']])

  test.each(ways)('%s', (_, args) => {
    const file = join(folder, 'src/app.ts')
    const found: Record<string, unknown[]> = {}
    for (const [name, frames] of Object.entries(stacksOf(...args))) {
      const own = frames.filter(frame => !/\(node:|JSON\.parse/.test(frame))
      found[name] = own.map(frame => (frame.includes(`${file}:`) ? Number(/:(\d+):\d+\)?$/.exec(frame)?.[1]) : frame))
    }
    // The errors of Node that are the causes of the library's, below which no code of the user has run.
    const ofNode = { 'result cause': [], 'argument cause': [] }
    expect(found).toEqual({ ...markedLines(), ...ofNode })
  })
})
