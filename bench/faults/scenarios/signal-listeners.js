/** Many tasks, one after another, with one signal that outlives them, such as that of a server's shutdown. */

import { getEventListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { pass } from '../verdicts.js'

export const title = 'a signal that outlives its tasks'
export const needs = ['signal']

const TASKS = 20

export async function run(start, at) {
  const pool = start({ threads: 1 })
  const { signal } = new AbortController()
  at('the tasks')
  for (let n = 0; n < TASKS; n++) await pool.run('alive', undefined, signal)
  await setTimeout(50)
  const left = getEventListeners(signal, 'abort').length
  return left === 0 ? pass : { verdict: 'leaks', note: `${left} listeners are left after ${TASKS} tasks` }
}
