/**
 * What no test may leave behind: threads, ports and timers of the library, listeners on the process. Set up for every test
 * file, it checks after each test, and after the file what the tests have shared; files that share a process are therefore
 * as good as alone in it.
 */

import type { Worker } from 'node:worker_threads'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect } from 'vitest'
import { currentResources, forgetLibraryResources, libraryResources } from './library-resources.js'
import { runningThreads } from './running-threads.js'

const PROCESS_EVENTS = ['exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning', 'worker']
const countListeners = (): Record<string, number> =>
  Object.fromEntries(PROCESS_EVENTS.map(event => [event, process.listenerCount(event)]))

/** Turns of the event loop that closing ports and exiting threads may take. */
const PATIENCE = 500
/** Ms within which a pool that goes on has seen that nothing is left to look after: several times its LaneWatch's interval. */
const SHARED_PATIENCE_MS = 50

interface Present {
  readonly threads: ReadonlySet<Worker>
  readonly resources: ReadonlySet<unknown>
}
const NOTHING: Present = { threads: new Set(), resources: new Set() }

/** Fails if anything is there now that was not there then. A pool that the tests of a file share was there before each. */
async function expectNothingBut({ threads, resources }: Present): Promise<void> {
  const newThreads = (): Worker[] => [...runningThreads].filter(thread => !threads.has(thread))
  const isClean = (): boolean => newThreads().length + libraryResources(resources).length === 0
  for (let i = 0; i < PATIENCE && !isClean(); i++) await turn()
  if (threads.size > 0) for (let ms = 0; ms < SHARED_PATIENCE_MS && !isClean(); ms++) await delay(1)
  const left = { threads: newThreads().length, resources: libraryResources(resources) }
  // Whatever leaked counts against the test that leaked it, not against the next.
  for (const thread of newThreads()) await thread.terminate()
  forgetLibraryResources(resources)
  expect(left).toEqual({ threads: 0, resources: [] })
}

let before: Present
let listeners: Record<string, number>
beforeEach(() => {
  before = { threads: new Set(runningThreads), resources: currentResources() }
  listeners = countListeners()
})

afterEach(async () => {
  await expectNothingBut(before)
  expect(countListeners()).toEqual(listeners)
})

// Set up first, it comes last: after the file has closed what its tests have shared.
afterAll(() => expectNothingBut(NOTHING))
