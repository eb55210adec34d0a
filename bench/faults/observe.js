/** One scenario with one pool, seen from outside: its verdict, or that its process ended or had to be ended. */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('child.js', import.meta.url))

/** Long enough for a slow machine; what works takes less than a second, but for pools that wait before they force an end. */
export const DEADLINE_MS = 10_000

/** @returns {Promise<{ verdict: string, note?: string }>} */
export async function observe(scenario, pool) {
  const missing = (scenario.needs ?? []).find(feature => pool.lacks[feature] !== undefined)
  if (missing !== undefined) return { verdict: 'n/a', note: pool.lacks[missing] }

  const child = fork(CHILD, [scenario.name, pool.name], { silent: true, execArgv: [] })
  let step = 'the start'
  let result
  let isDone = false
  let endsByItself = false
  let printed = ''
  child.on('message', message => {
    step = message.step ?? step
    result = message.result ?? result
    isDone ||= message.done === true
    endsByItself ||= message.endsByItself === true
  })
  child.stderr.on('data', data => (printed += data))
  child.stdout.resume()

  const { code, signal, isLate } = await new Promise((resolve, reject) => {
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, DEADLINE_MS)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(deadline)
      resolve({ code, signal, isLate })
    })
  })

  if (isDone) return result
  if (isLate) return { verdict: 'hangs', note: `still waiting for ${step} after ${DEADLINE_MS / 1000} s` }
  if (endsByItself && code === 0) return { verdict: 'pass' }
  return { verdict: 'crashes', note: `the process ended (${signal ?? `exit code ${code}`}): ${complaint(printed)}` }
}

/** The line that says most. */
function complaint(printed) {
  const lines = printed.split('\n').map(line => line.trim())
  return (
    lines.find(line => /^(\[?\w*Error\b|FATAL)/.test(line)) ?? lines.find(line => line !== '') ?? 'nothing was printed'
  )
}
