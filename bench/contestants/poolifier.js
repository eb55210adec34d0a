/** poolifier with a fixed number of threads and, as by default, without its queue: works are posted at once. */

import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FixedThreadPool } from 'poolifier'
import { versionOf } from './version.js'

export const name = 'poolifier'
export const version = versionOf(name)
export const setting = 'FixedThreadPool, no tasks queue (its default)'
export const takesInline = false

export function start(threads) {
  let isReady
  const ready = new Promise(resolve => (isReady = resolve))
  const pool = new FixedThreadPool(threads, fileURLToPath(new URL('../tasks/poolifier.js', import.meta.url)), {
    enableEvents: true,
  })
  pool.emitter?.once('ready', isReady)
  if (pool.info.ready) isReady()
  return {
    ready,
    run: (name, args, moved) => pool.execute(args, name, undefined, moved),
    // On Node 24 it was seen never to resolve, once in a few times.
    close: () => Promise.race([pool.destroy(), setTimeout(2000)]),
  }
}
