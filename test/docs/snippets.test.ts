/**
 * Every piece of code in the documentation: compiled, run, and what it is said to show compared with what it shows. What
 * cannot be run says why, in a comment above it (see `support/markdown.ts` for all of them).
 */

import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CodeBlock, codeBlocks, filesEndingWith, read } from './support/markdown.js'
import { type Program, Workshop } from './support/programs.js'

const documents = filesEndingWith('.md').filter(path => !path.startsWith('bench/'))
const blocks = documents.flatMap(document => codeBlocks(document))

const CODE = ['ts', 'js']
const SHELL = ['sh']
/** Shown, and nothing that could be run: diagrams are looked at elsewhere. */
const SHOWN = ['mermaid', 'text']

const workshop = new Workshop(blocks.filter(({ language }) => CODE.includes(language)))

/** Ms within which a program must have ended. */
const PATIENCE_MS = 15_000

let complaints: string[] = []
beforeAll(() => {
  complaints = workshop.compile()
}, 60_000)
afterAll(() => workshop.clear())

test('every block of code is of a kind that is looked at', () => {
  const others = blocks.filter(({ language }) => ![...CODE, ...SHELL, ...SHOWN].includes(language))
  expect(others.map(placeOf)).toEqual([])
  expect(blocks.length).toBeGreaterThan(50)
})

test('all code compiles in strict mode', () => {
  expect(complaints).toEqual([])
})

describe('a program shows what its page says', () => {
  for (const program of workshop.programs) {
    if (program.notRun !== undefined) continue
    test(placeOf(program), async () => {
      const { code, stderr, shown } = await run(program)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      for (const [number, { document, line, shows }] of program.expectations.entries()) {
        const lines = shown[number] ?? ['(nothing: this line was never reached)']
        const place = `${document}:${line}`
        expect([place, ...lines.map((text, i) => (matches(text, shows[i]) ? shows[i] : text))]).toEqual([
          place,
          ...shows,
        ])
      }
    })
  }
})

describe('a script that is named in a command exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const block of blocks) {
    if (!SHELL.includes(block.language)) continue
    test(placeOf(block), () => {
      for (const command of commandsIn(block.code)) {
        const [program, verb, script = ''] = command.split(/\s+/)
        if (program !== 'npm' && program !== 'npx') continue // the reader's shell, nothing of ours
        if (program === 'npm' && verb === 'ci') continue
        if (program === 'npm' && verb === 'test') expect(scripts).toHaveProperty('test')
        else if (program === 'npm' && verb === 'run') expect(scripts).toHaveProperty(script)
        else
          expect(
            block.markers.notRun,
            `"${command}" is not a script: say above the block why it is not run`,
          ).toBeDefined()
      }
    })
  }
})

test('what is not run says why', () => {
  const reasons = blocks.flatMap(({ markers }) => markers.notRun ?? [])
  for (const reason of reasons) expect(reason.split(/\s+/).length).toBeGreaterThan(2)
})

function placeOf({ document, line }: CodeBlock | Program): string {
  return `${document}:${line}`
}

/** Whether a line is the one expected, in which `…` stands for anything. */
function matches(text: string, expected: string | undefined): boolean {
  if (expected === undefined) return false
  const parts = expected.split('…').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}

function commandsIn(code: string): string[] {
  return code
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, ''))
    .flatMap(line => line.split('&&'))
    .map(command => command.trim())
    .filter(command => command !== '')
}

interface Outcome {
  readonly code: number | null
  readonly stderr: string
  /** By the number of the expectation, the lines that were shown. */
  readonly shown: Readonly<Record<number, readonly string[]>>
}

function run({ path }: Program): Promise<Outcome> {
  const file = `${path}.shown.json`
  rmSync(file, { force: true })
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path], {
      cwd: dirname(path),
      env: { ...process.env, SHOWN_FILE: file, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', code => {
      clearTimeout(patience)
      resolve({ code, stderr, shown: notesIn(file) })
    })
  })
}

/** Nothing where the program notes nothing, or never came to its end. */
function notesIn(file: string): Outcome['shown'] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Outcome['shown']
  } catch {
    return {}
  }
}
