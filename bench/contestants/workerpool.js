/** workerpool on threads, a fixed number of them. */

import { fileURLToPath } from 'node:url'
import workerpool from 'workerpool'
import { versionOf } from './version.js'

export const name = 'workerpool'
export const version = versionOf(name)
export const setting = 'workerType: thread'
export const takesInline = true

export function start(threads) {
  const pool = workerpool.pool(fileURLToPath(new URL('../tasks/workerpool.js', import.meta.url)), {
    workerType: 'thread',
    minWorkers: threads,
    maxWorkers: threads,
  })
  return {
    ready: Promise.all(Array.from({ length: threads }, () => pool.exec('spin', [20]))),
    run: (name, args, moved) => pool.exec(name, args, moved === undefined ? undefined : { transfer: moved }),
    runInline: (fn, args) => pool.exec(fn, args),
    close: () => pool.terminate(true),
  }
}
