/** tinypool with a fixed number of threads that are never retired. */

import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { versionOf } from './version.js'

export const name = 'tinypool'
export const version = versionOf(name)
export const setting = 'worker_threads, idleTimeout: Infinity'
export const takesInline = false

export function start(threads) {
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('../tasks/tinypool.js', import.meta.url)),
    runtime: 'worker_threads',
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
  })
  return {
    ready: Promise.all(Array.from({ length: threads }, () => pool.run([20], { name: 'spin' }))),
    run: (name, args, moved) => pool.run(args, moved === undefined ? { name } : { name, transferList: moved }),
    close: () => pool.destroy(),
  }
}
