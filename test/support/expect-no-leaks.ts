/**
 * What a test may not leave behind: threads, ports and timers of the library, listeners on the process. Import it in every
 * file whose tests make pools: it checks after each of them.
 */

import { createHook } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect } from 'vitest'
import { isLibraryOnStack } from './library-stack.js'

const threads = new Set<Worker>()
process.on('worker', worker => {
  threads.add(worker)
  worker.once('exit', () => threads.delete(worker))
})

// getActiveResourcesInfo() shows only what keeps the process alive; the library's ports and timers never do, hence hooks.
const resources = new Map<number, string>()
createHook({
  init(id, type) {
    if ((type === 'MESSAGEPORT' || type === 'Timeout') && isLibraryOnStack()) resources.set(id, type)
  },
  destroy(id) {
    resources.delete(id)
  },
}).enable()

const PROCESS_EVENTS = ['exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning', 'worker']
const countListeners = (): Record<string, number> =>
  Object.fromEntries(PROCESS_EVENTS.map(event => [event, process.listenerCount(event)]))

/** Turns of the event loop that closing ports and exiting threads may take. */
const PATIENCE = 500

/** Fails if a thread, port or timer of the library is alive, after giving those that are closing time to do so. */
export async function expectNoLeaks(): Promise<void> {
  for (let i = 0; i < PATIENCE && (threads.size > 0 || resources.size > 0); i++) await turn()
  const left = { threads: threads.size, resources: [...resources.values()] }
  // Whatever leaked counts against the test that leaked it, not against the next.
  for (const thread of threads) await thread.terminate()
  threads.clear()
  resources.clear()
  expect(left).toEqual({ threads: 0, resources: [] })
}

let listeners: Record<string, number>
beforeEach(() => {
  listeners = countListeners()
})

afterEach(async () => {
  await expectNoLeaks()
  expect(countListeners()).toEqual(listeners)
})
