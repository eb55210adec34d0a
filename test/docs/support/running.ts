/** Runs a program made of the documentation, and compares what it shows with what its page says. */

import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Program } from './programs.js'

/** Ms within which a program must have ended. */
const PATIENCE_MS = 15_000

export interface Outcome {
  readonly code: number | null
  readonly stderr: string
  /** By the number of the expectation, the lines that were shown. */
  readonly shown: Readonly<Record<number, readonly string[]>>
}

export function run({ path }: Program): Promise<Outcome> {
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

/** What the page says, and what was seen in its place: by the line, equal where the page is right. */
export function comparison(program: Program, { shown }: Outcome): { said: Shows; seen: Shows } {
  const said: Record<string, readonly string[]> = {}
  const seen: Record<string, readonly string[]> = {}
  for (const [number, { document, line, shows }] of program.expectations.entries()) {
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
