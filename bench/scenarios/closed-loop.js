/** How many works that do nothing go through a pool each second while 1000 are always outstanding? */

import { all, ours } from '../contestants/all.js'
import { batchesOf, openEcho } from '../limits/raw-port.js'
import { THREADS } from '../report/measure.js'
import { against, timesTheBestPeer } from '../report/targets.js'

export const question = 'works per second that do nothing, 1000 outstanding'
export const figures = { 'works/s': { unit: '', better: 'higher' } }

const OUTSTANDING = 1000
const DURATION_MS = 400
const INLINE = ' (inline function)'

export function entrants() {
  return [
    ...all.map(({ name, open }) => ({
      name,
      open: () => open(THREADS),
      round: pool => closedLoop(() => pool.run('noop', [])),
      close: pool => pool.close(),
    })),
    ...all
      .filter(({ takesInline }) => takesInline)
      .map(({ name, open }) => ({
        name: name + INLINE,
        open: () => open(THREADS),
        round: pool => closedLoop(() => pool.runInline(noop, [])),
        close: pool => pool.close(),
      })),
    ...['records', 'numbers'].map(kind => ({
      name: `raw port, batches of 256 ${kind}`,
      open: () => openEcho(THREADS),
      round: async echoes => ({ 'works/s': await batchesOf(kind, echoes, DURATION_MS) }),
      close: echoes => echoes.close(),
    })),
  ]
}

const inline = ours.name + INLINE
export const targets = [
  timesTheBestPeer('works/s', 10),
  against('raw port, batches of 256 records', 'works/s', 'at least', 0.5),
  against(`workerpool${INLINE}`, 'works/s', 'at least', 20, inline),
  against(ours.name, 'works/s', 'at least', 0.9, inline),
]

const noop = () => {}

/** Each work submits the next when it has ended. */
export async function closedLoop(submit, { outstanding = OUTSTANDING, durationMs = DURATION_MS } = {}) {
  let done = 0
  const start = performance.now()
  const end = start + durationMs
  const chain = async () => {
    do {
      if ((await submit()) !== undefined) throw new Error('a work that does nothing had a result')
      done++
    } while (performance.now() < end)
  }
  await Promise.all(Array.from({ length: outstanding }, chain))
  return { 'works/s': (done / (performance.now() - start)) * 1000 }
}
