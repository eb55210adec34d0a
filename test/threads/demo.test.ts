/** The demo as its users run it: a child process on a small folder of files. */

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../docs/examples/compress-folder/main.js', import.meta.url))
const isWindows = process.platform === 'win32'
const readsEverything = isWindows || process.getuid?.() === 0

let folder: string
const children: Demo[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threadcrew-demo-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill()
  await rm(folder, { recursive: true, force: true })
})

describe('a complete run', () => {
  it('agrees with a digest computed here, and reports what it could not read', async () => {
    const files: Record<string, string | Buffer> = {
      'a-b.txt': 'sorts before a/ as a path, after a as a name',
      'a/deep/er/lines.txt': 'the same line\n'.repeat(5_000),
      'a/empty': '',
      'data.JSON': JSON.stringify({ numbers: Array.from({ length: 2_000 }, (_, i) => i) }),
      'noise.bin': randomBytes(300_000),
    }
    await write(files)
    if (!isWindows) await symlink('nowhere', join(folder, 'dangling'))
    if (!isWindows) await symlink('a', join(folder, 'round-again'))

    const { code, stdout, stderr } = await demo(folder).ended

    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain(`digest  ${digestOf(files)}  (the same both ways, 5 files)`)
    expect(cells(stdout, 'pool, ')).toEqual(expect.arrayContaining(['5', '0.4']))
    expect(cells(stdout, 'main thread ')).toEqual(expect.arrayContaining(['5', '0.4']))
    expect(cells(stdout, '.txt')?.[0]).toBe('2')
    expect(cells(stdout, '.json')).toContain(gzipPercent(files['data.JSON'] ?? ''))
    expect(cells(stdout, '.bin')).toContain(gzipPercent(files['noise.bin'] ?? ''))
    if (!isWindows) expect(stdout).toMatch(/Not readable: 1\n {2}dangling {2}dangling link\n$/)
  })

  it('shows the twelve types with the most bytes and adds up the others', async () => {
    await write(Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`file.t${i}`, 'x'.repeat(15 - i)])))

    const { stdout } = await demo(folder).ended

    expect(cells(stdout, '.t11')?.[0]).toBe('1')
    expect(cells(stdout, '.t12')).toBeUndefined()
    expect(cells(stdout, 'others')?.[0]).toBe('3')
    expect(cells(stdout, 'all')?.[0]).toBe('15')
  })

  it('takes 40 MB of files of up to 2 MB unless told to take everything', async () => {
    const first = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`file-${10 + i}`, Buffer.alloc(2_000_000)] as const),
    )
    const files = { 'a-large-one': Buffer.alloc(2_000_001), ...first, 'one-too-many': 'beyond 40 MB' }
    await write(files)

    const some = await demo(folder).ended
    const all = await demo(folder, '--all').ended

    expect(some.stdout).toContain(digestOf(first))
    expect(all.stdout).toContain(digestOf(files))
  })

  it('says that it left out all files, if all are large', async () => {
    await write({ large: Buffer.alloc(2_000_001) })
    const { stdout } = await demo(folder).ended
    expect(stdout).toBe(`All files in ${folder} are large; --all takes them.\n`)
  })

  it('shows that the main thread is free with the pool, and held up without it', async () => {
    await write(slowFiles(8))

    const { stdout } = await demo(folder).ended

    const share = (label: string): number => Number.parseFloat(cells(stdout, label)?.[5] ?? '')
    expect(share('main thread ')).toBeGreaterThan(90)
    expect(share('pool, ')).toBeLessThan(80)
    expect(stdout).toMatch(/^With the pool, the event loop was busy for [\d.]+ % of the time/m)
  })

  it.skipIf(readsEverything)('goes on past a file and a folder it may not read', async () => {
    await write({ 'open.txt': 'open', 'shut.txt': 'shut', 'locked/inside.txt': 'inside' })
    await chmod(join(folder, 'shut.txt'), 0)
    await chmod(join(folder, 'locked'), 0)

    const { code, stdout } = await demo(folder).ended
    await chmod(join(folder, 'locked'), 0o700)

    expect(code).toBe(0)
    expect(stdout).toContain(digestOf({ 'open.txt': 'open' }))
    expect(stdout).toMatch(/Not readable: 2\n {2}locked\/ {2}EACCES\n {2}shut\.txt {2}EACCES\n$/)
  })
})

describe('nothing to do', () => {
  it('says that a folder is empty', async () => {
    const { code, stdout } = await demo(folder).ended
    expect(stdout).toBe(`There are no files in ${folder}.\n`)
    expect(code).toBe(0)
  })

  it('says in one line that a folder does not exist', async () => {
    const { code, stdout, stderr } = await demo(join(folder, 'missing')).ended
    expect(stderr).toBe(`${join(folder, 'missing')} does not exist.\n`)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  it('says in one line that a file is not a folder', async () => {
    await write({ file: 'content' })
    const { code, stderr } = await demo(join(folder, 'file')).ended
    expect(stderr).toBe(`${join(folder, 'file')} is not a folder.\n`)
    expect(code).toBe(1)
  })

  it.each([['--fast'], ['--threads', '0'], ['--threads', 'two'], ['--threads'], ['one', 'two'], ['']])(
    'refuses the arguments %j %j and shows the usage',
    async (...args) => {
      const { code, stdout, stderr } = await demo(...args).ended
      expect(stderr).toMatch(/\n\nUsage: npm run demo/)
      expect(stdout).toBe('')
      expect(code).toBe(2)
    },
  )

  it('shows the usage when asked', async () => {
    const { code, stdout } = await demo('--help').ended
    expect(stdout).toMatch(/^Usage: npm run demo/)
    expect(code).toBe(0)
  })
})

// On Windows a signal from another process ends a process without asking it.
describe.skipIf(isWindows)('Ctrl-C', () => {
  it('on the pool: ends after the files already begun and reports them', async () => {
    await write(slowFiles(8))
    const child = demo(folder, '--threads', '1')
    await child.printed(/^pool, 1 thread .* %/m)
    child.interrupt()

    const { code, stdout } = await child.ended

    expect(stdout).toContain('Stopped. So far:')
    const [files = ''] = cells(stdout, 'pool, 1 thread ') ?? []
    expect(Number(files)).toBeGreaterThan(0)
    expect(Number(files)).toBeLessThan(8)
    expect(cells(stdout, 'main thread ')).toEqual(Array.from({ length: 7 }, () => '–'))
    expect(cells(stdout, 'all')?.[0]).toBe(files)
    expect(stdout).not.toContain('With the pool')
    expect(code).toBe(130)
  })

  it('on the main thread: compares the files that both have done', async () => {
    await write(slowFiles(8))
    const child = demo(folder)
    await child.printed(/^main thread .* %/m)
    child.interrupt()

    const { code, stdout } = await child.ended

    expect(stdout).toContain('Stopped. So far:')
    expect(cells(stdout, 'pool, ')?.[0]).toBe('8')
    const [files = ''] = cells(stdout, 'main thread ') ?? []
    expect(Number(files)).toBeGreaterThan(0)
    expect(Number(files)).toBeLessThan(8)
    expect(stdout).toMatch(new RegExp(`\\(the same both ways, ${files} files?\\)`))
    expect(stdout).not.toContain('With the pool')
    expect(code).toBe(130)
  })

  it('a second time: ends at once', async () => {
    await write(slowFiles(4, 4_000_000))
    const child = demo(folder, '--all', '--threads', '1')
    await child.printed(/^pool, 1 thread .* %/m)
    child.interrupt()
    await child.printed(/Ctrl-C again/)
    child.interrupt()

    const { signal, stdout } = await child.ended

    expect(signal).toBe('SIGINT')
    expect(stdout).not.toContain('So far')
  })
})

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** One run of the demo, with its output so far. */
class Demo {
  readonly ended: Promise<Ended>
  #child: ChildProcessByStdio<null, Readable, Readable>
  #output = { stdout: '', stderr: '' }
  #onOutput = () => {}

  constructor(args: string[]) {
    this.#child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name].setEncoding('utf8').on('data', (text: string) => {
        this.#output[name] += text
        this.#onOutput()
      })
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => resolve({ code, signal, ...this.#output }))
    })
  }

  /** Resolves once the output matches; rejects if the demo ends without. */
  printed(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const matches = () => pattern.test(this.#output.stdout) || pattern.test(this.#output.stderr)
      this.#onOutput = () => matches() && resolve()
      this.#onOutput()
      this.ended.then(ended => reject(new Error(`ended without ${pattern}: ${JSON.stringify(ended)}`)), reject)
    })
  }

  interrupt(): void {
    this.#child.kill('SIGINT')
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

function demo(...args: string[]): Demo {
  const child = new Demo(args)
  children.push(child)
  return child
}

async function write(files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

/** Files of which a megabyte takes some tenths of a second, so that a signal finds the demo at work. */
function slowFiles(count: number, bytes = 1_000_000): Record<string, string> {
  const content = randomBytes(bytes / 2).toString('hex')
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`slow-${i}.txt`, content]))
}

/** The digest the demo should print; `files` are listed in path order. */
function digestOf(files: Record<string, string | Buffer>): string {
  const lines = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`)
  return sha256(lines.join(''))
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function gzipPercent(content: string | Buffer): string {
  const percent = (gzipSync(content, { level: 6 }).length / Buffer.byteLength(content)) * 100
  return `${percent.toFixed(1)} %`
}

/** The cells of the last line that starts with `label`, without the first. */
function cells(output: string, label: string): string[] | undefined {
  const line = output.split('\n').findLast(line => line.startsWith(label))
  return line?.split(/ {2,}/).slice(1)
}
