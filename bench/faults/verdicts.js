/** What a scenario can say, and how it looks at promises that may fail, or never settle. */

import { setTimeout } from 'node:timers/promises'

export const pass = { verdict: 'pass' }

/** How long a scenario waits for what should come at once, where it has more to say than that it did not come. */
export const PATIENCE_MS = 4000

/**
 * How a call ended: `{ value }`, `{ error }`, or undefined if it had not after so many ms. What is thrown at once counts as
 * a rejection, because pools differ in that and a caller who awaits cannot tell.
 */
export async function outcome(call, ms = Infinity) {
  const settled = (async () => {
    try {
      return { value: await call() }
    } catch (error) {
      return { error }
    }
  })()
  return ms === Infinity ? settled : Promise.race([settled, setTimeout(ms)])
}

/** A fault has passed; does the pool still work? */
export async function nextTask(pool, at, verdict = pass) {
  at('the next task')
  const next = await outcome(() => pool.run('alive'))
  return next.value === 'alive' ? verdict : { verdict: 'wrong', note: `the next task ${inWords(next)}` }
}

export function isRejected(settled) {
  return settled !== undefined && 'error' in settled
}

/** For notes. */
export function inWords(settled) {
  if (settled === undefined) return 'never settles'
  if (!('error' in settled)) return `gives ${JSON.stringify(settled.value)}`
  const { error } = settled
  if (error instanceof Error) return `rejects with "${error.name}: ${error.message.split('\n')[0]}"`
  return `rejects with ${typeof error === 'object' ? JSON.stringify(error) : String(error)}, which is not an Error`
}
