/**
 * What no test may leave behind: threads, ports and timers of the library, listeners on the process. Set up for every test
 * file, it checks after each test; files that share a process are therefore as good as alone in it.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect } from 'vitest'
import { forgetLibraryResources, libraryResources } from './library-resources.js'
import { runningThreads } from './running-threads.js'

const PROCESS_EVENTS = ['exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning', 'worker']
const countListeners = (): Record<string, number> =>
  Object.fromEntries(PROCESS_EVENTS.map(event => [event, process.listenerCount(event)]))

/** Turns of the event loop that closing ports and exiting threads may take. */
const PATIENCE = 500

let listeners: Record<string, number>
beforeEach(() => {
  listeners = countListeners()
})

afterEach(async () => {
  for (let i = 0; i < PATIENCE && runningThreads.size + libraryResources().length > 0; i++) await turn()
  const left = { threads: runningThreads.size, resources: libraryResources() }
  // Whatever leaked counts against the test that leaked it, not against the next.
  for (const thread of runningThreads) await thread.terminate()
  forgetLibraryResources()
  expect(left).toEqual({ threads: 0, resources: [] })
  expect(countListeners()).toEqual(listeners)
})
