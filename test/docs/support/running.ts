/** Runs the programs made of a page of the documentation, and compares what they show with what the page says. */

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Program } from './programs.js'

const RUNNER = fileURLToPath(new URL('page.js', import.meta.url))

/** Ms within which a process must have ended. */
const PATIENCE_MS = 15_000

export interface Outcome {
  /** How the process ended counts against the program that began last: 0 for those before it. */
  readonly code: number | null
  readonly stderr: string
  /** By the number of the expectation, the lines that were shown. */
  readonly shown: Readonly<Record<number, readonly string[]>>
}

const NEVER_BEGUN: Outcome = {
  code: null,
  stderr: '(never begun: the process ended with a program before it)',
  shown: {},
}

/** Runs the programs of one page in one process, which they share as far as it lives. Returns their outcomes in order. */
export function run(programs: readonly [Program, ...Program[]]): Promise<Outcome[]> {
  const paths = programs.map(({ path }) => path)
  const file = `${paths[0]}.shown.json`
  const beginning = randomUUID()
  rmSync(file, { force: true })
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUNNER, ...paths], {
      cwd: dirname(programs[0].path),
      env: { ...process.env, SHOWN_FILE: file, BEGINNING: beginning, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', code => {
      clearTimeout(patience)
      const shown = notesIn(file)
      const [before = '', ...begun] = stderr.split(`${beginning}\n`)
      const outcomes = begun.map((stderr, index) => ({ code: index < begun.length - 1 ? 0 : code, stderr, shown }))
      resolve(programs.map((_, index) => outcomes[index] ?? { ...NEVER_BEGUN, stderr: before + NEVER_BEGUN.stderr }))
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

/** What the page says, and what was seen in its place: by the line, equal where the page is right. */
export function comparison(program: Program, { shown }: Outcome): { said: Shows; seen: Shows } {
  const said: Record<string, readonly string[]> = {}
  const seen: Record<string, readonly string[]> = {}
  for (const { number, document, line, shows } of program.expectations) {
    const lines = shown[number] ?? ['(nothing: this line was never reached)']
    const place = `${document}:${line}`
    said[place] = shows
    seen[place] = lines.map((text, index) => (matches(text, shows[index]) ? (shows[index] ?? text) : text))
  }
  return { said, seen }
}

type Shows = Readonly<Record<string, readonly string[]>>

/** Whether a line is the one expected, in which `…` stands for anything. */
function matches(text: string, expected: string | undefined): boolean {
  if (expected === undefined) return false
  const parts = expected.split('…').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}
