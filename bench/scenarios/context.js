/** What does it cost that each piece of code finds its own context: AsyncLocalStorage here, the work in its thread? */

import { AsyncLocalStorage } from 'node:async_hooks'
import { Pool } from 'threadcrew'
import { THREADS } from '../report/measure.js'
import { closedLoop } from './closed-loop.js'

export const question = 'µs a work whose function awaits ten times, 1000 outstanding'
export const figures = { µs: { unit: '', better: 'lower' } }

const storage = new AsyncLocalStorage()

const tenAwaits = async () => {
  for (let i = 0; i < 10; i++) await undefined
}

async function microseconds(submit) {
  return { µs: 1e6 / (await closedLoop(submit))['works/s'] }
}

function entrant(name, options, round) {
  return { name, open: () => new Pool({ total: THREADS, ...options }), round, close: pool => pool.stop() }
}

export function entrants() {
  const plain = pool => microseconds(() => pool.execute(tenAwaits))
  const listener = () => {}
  return [
    entrant('no context anywhere', {}, plain),
    entrant('submitted in a store of AsyncLocalStorage', {}, pool => storage.run({}, () => plain(pool))),
    entrant('with an onProgress, which is bound to its context', {}, pool =>
      microseconds(() => pool.execute(tenAwaits, [], { onProgress: listener })),
    ),
    entrant('on threads that run up to two', { concurrency: 2 }, plain),
    entrant('on threads that run up to sixteen', { concurrency: 16 }, plain),
  ]
}

export const targets = []
