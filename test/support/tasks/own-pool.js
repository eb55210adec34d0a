/** A module that creates a pool when it is loaded, and is its own task module: each thread creates a pool again. */

import { Pool, task } from 'threadcrew'
import { getEnvironmentData } from 'node:worker_threads'

const marks = new Int32Array(getEnvironmentData('marks') ?? new SharedArrayBuffer(4))
Atomics.add(marks, 0, 1)

const pool = new Pool({ total: 2 })

/** What the next level says; at the last level, the code of the error. */
export const outcome = await pool
  .execute(task(new URL(import.meta.url), 'tell'))
  .catch(({ code, message }) => ({ code, message }))

export const tell = () => outcome
