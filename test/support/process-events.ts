/** What reaches the process itself: unhandled rejections, uncaught exceptions, warnings. */

import { setImmediate as turn } from 'node:timers/promises'

/** Turns of the event loop in which Node reports what it has to report. */
const TURNS = 5

/**
 * Runs `scenario` and returns what the process heard meanwhile, and in the turns after it, as `event`: the others that
 * listen for it, the test runner among them, hear nothing.
 */
export async function heardByProcess(
  event: 'unhandledRejection' | 'uncaughtException' | 'warning',
  scenario: () => Promise<void>,
): Promise<unknown[]> {
  const others = process.rawListeners(event)
  const heard: unknown[] = []
  process.removeAllListeners(event)
  process.on(event, (reason: unknown) => heard.push(reason))
  try {
    await scenario()
    for (let i = 0; i < TURNS; i++) await turn()
  } finally {
    process.removeAllListeners(event)
    for (const other of others) process.on(event, other as () => void)
  }
  return heard
}
