/** Runs a script in a Node process of its own: the only way to see whether a process ends by itself, and how. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ChildResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The child hangs if it takes longer; generous, since the machine may be busy. */
const PATIENCE_MS = 15_000
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Runs `source` as an ES module that can import 'threadcrew', in the project's folder.
 *
 * @param patienceMs  after which it hangs
 * @returns how it ended; if it had to be killed for hanging, `signal` is 'SIGKILL'
 */
export function runInChild(
  source: string,
  nodeOptions: readonly string[] = [],
  patienceMs = PATIENCE_MS,
): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, '--input-type=module', '--eval', source], { cwd: ROOT })
    const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(patience)
      resolve({ code, signal, stdout, stderr })
    })
  })
}
