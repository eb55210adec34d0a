/** piscina at its fastest: no idle threads retired, no timing of tasks, threads that sleep in Atomics.wait. */

import { fileURLToPath } from 'node:url'
import { FixedQueue, Piscina } from 'piscina'
import { versionOf } from './version.js'

export const name = 'piscina'
export const version = versionOf(name)
export const setting = 'FixedQueue, recordTiming: false, atomics: sync, idleTimeout: Infinity'
export const takesInline = false

export function start(threads) {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('../tasks/piscina.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    recordTiming: false,
    atomics: 'sync',
    taskQueue: new FixedQueue(),
  })
  return {
    // It has no promise of its own for this: as many works as threads, at the same time.
    ready: Promise.all(Array.from({ length: threads }, () => pool.run([20], { name: 'spin' }))),
    run: (name, args, moved) => pool.run(args, moved === undefined ? { name } : { name, transferList: moved }),
    close: () => pool.destroy(),
  }
}
