/** Who takes part. */

import * as piscina from './piscina.js'
import * as poolifier from './poolifier.js'
import * as threadcrew from './threadcrew.js'
import * as tinypool from './tinypool.js'
import * as workerpool from './workerpool.js'

/** With `open`, which is `start` and waits until all threads are up. */
function openable(contestant) {
  const open = async threads => {
    const pool = contestant.start(threads)
    await pool.ready
    return pool
  }
  return { ...contestant, open }
}

export const ours = openable(threadcrew)
export const peers = [piscina, tinypool, workerpool, poolifier].map(openable)
export const all = [ours, ...peers]
