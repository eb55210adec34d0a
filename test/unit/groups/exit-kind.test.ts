/** What the end of a thread means: the table of its kinds, and which of two holds. */

import { describe, expect, test } from 'vitest'
import { exitKindOf, UnresponsiveError } from '../../../src/groups/worker/exit-kind.js'
import type { GroupExit } from '../../../src/groups/worker/group-thread.js'

const outOfMemory = Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' })

function exit(facts: Partial<GroupExit>): GroupExit {
  return { code: 1, failure: undefined, hadStarted: true, asked: false, said: undefined, ...facts }
}

describe('a thread that', () => {
  test.each([
    ['said that run() has returned', { code: 0, said: { kind: 'returned', error: undefined } }, 'returned'],
    ['said what it threw', { said: { kind: 'failed', error: new Error('x') } }, 'failed'],
    ['died of what nobody caught', { failure: { error: new Error('x') } }, 'failed'],
    ['called process.exit()', { code: 3 }, 'exited'],
    ['called process.exit(0)', { code: 0 }, 'exited'],
    ['reached its heap limit', { failure: { error: outOfMemory } }, 'out-of-memory'],
    ['did not turn', { failure: { error: new UnresponsiveError('x') } }, 'unresponsive'],
    [
      'had not been available',
      { hadStarted: false, said: { kind: 'not-started', error: new Error('x') } },
      'not-started',
    ],
    ['exited in its start', { hadStarted: false, code: 0 }, 'not-started'],
    ['reached its heap limit in its start', { hadStarted: false, failure: { error: outOfMemory } }, 'not-started'],
    ['threw a FatalWorkerError', { said: { kind: 'fatal', error: new Error('x') } }, 'fatal'],
    ['threw one in its start', { hadStarted: false, said: { kind: 'fatal', error: new Error('x') } }, 'fatal'],
    ['threw a TerminateWorkerError', { said: { kind: 'terminate', error: new Error('x') } }, 'terminate'],
    [
      'said that it returns, and then did not turn',
      { said: { kind: 'returned', error: undefined }, failure: { error: new UnresponsiveError('x') } },
      'unresponsive',
    ],
  ] as const)('%s: %o', (_, facts, kind) => {
    expect(exitKindOf(exit(facts))).toBe(kind)
  })
})
