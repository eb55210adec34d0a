/** How much of the main thread's own time does a work that does nothing cost? */

import { openSync, readSync } from 'node:fs'
import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'
import { ofTheBestPeer } from '../report/targets.js'
import { closedLoop } from './closed-loop.js'

export const question = 'µs of CPU on the main thread for each work that does nothing, 1000 outstanding'
export const figures = { µs: { unit: '', better: 'lower' } }

export function entrants() {
  return all.map(({ name, open }) => ({
    name,
    open: () => open(THREADS),
    round: async pool => {
      const before = cpuMs()
      const start = performance.now()
      const { 'works/s': rate } = await closedLoop(() => pool.run('noop', []))
      return { µs: ((cpuMs() - before) / ((rate * (performance.now() - start)) / 1000)) * 1000 }
    },
    close: pool => pool.close(),
  }))
}

export const targets = [ofTheBestPeer('µs', 1 / 8)]

const buffer = Buffer.alloc(64)
let file

/** Ms that this thread has been on a processor, which only Linux tells on every Node. */
function cpuMs() {
  file ??= openSync('/proc/thread-self/schedstat')
  const length = readSync(file, buffer, 0, buffer.length, 0)
  return Number(buffer.toString('latin1', 0, length).split(' ')[0]) / 1e6
}
