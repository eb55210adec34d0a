/** threadcrew, as the others see it. */

import { Pool, task, transfer } from 'threadcrew'
import { versionOf } from './version.js'

export const name = 'threadcrew'
export const version = versionOf(name)
export const setting = 'defaults, but for the size of the buffer'
export const takesInline = true

const TASKS = new URL('../tasks/threadcrew.js', import.meta.url)
const tasks = new Map()

export function start(threads) {
  const pool = new Pool({ total: threads, workBuffer: 10_000_000 })
  return {
    ready: pool.ready,
    run(name, args, moved) {
      const named = tasks.get(name) ?? task(TASKS, name)
      tasks.set(name, named)
      return pool.execute(named, moved === undefined ? args : transfer(args, moved))
    },
    runInline: (fn, args) => pool.execute(fn, args),
    close: () => pool.stop(),
  }
}
