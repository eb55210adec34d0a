/** What a restart strategy is told of a worker's ends: rows of failures, failed starts, and the restarts before. */

import { describe, expect, test } from 'vitest'
import type { GroupExit } from '../../../src/groups/worker/group-thread.js'
import { RestartHistory } from '../../../src/groups/worker/restart-history.js'
import type { ResolvedGroup } from '../../../src/groups/scheme/scheme.js'
import type { ExitKind, Restart, RestartFacts } from '../../../src/groups/strategies/restart.js'
import { FakeClock } from '../../support/fake-clock.js'

const exit: GroupExit = { code: 7, failure: undefined, hadStarted: true, asked: false, said: undefined }

/** A worker whose strategy starts it again after 10 ms, each time, and keeps what it was told. */
function setUp(options: { healthyAfter?: number; maxStartFailures?: number } = {}) {
  const clock = new FakeClock(1000)
  const asked: RestartFacts[] = []
  const { maxStartFailures = 3, healthyAfter = 30_000 } = options
  const decide = (facts: RestartFacts) => (asked.push(facts), { restart: true, after: 10 } as const)
  const restart: Restart = { decide }
  const history = new RestartHistory(clock, { restart, healthyAfter, maxStartFailures } as ResolvedGroup)
  /** It is available, for so many ms, and ends. */
  const live = (ms: number, kind: ExitKind = 'failed') => {
    history.online()
    clock.advance(ms)
    return history.decide(kind, exit, 'why')
  }
  const failToStart = () => history.decide('not-started', exit, 'why')
  return { clock, asked, live, failToStart }
}

describe('a restart strategy is told', () => {
  test('how and when the worker ended, and of earlier restarts', () => {
    const { clock, asked, live, failToStart } = setUp()
    live(5, 'exited')
    clock.advance(10)
    failToStart()
    expect(asked).toEqual([
      { kind: 'exited', exitCode: 7, error: 'why', failures: 0, restarts: [], now: 1005 },
      { kind: 'not-started', exitCode: 7, error: 'why', failures: 1, restarts: [1005], now: 1015 },
    ])
  })

  test('of no failures before, once the worker has lived for healthyAfter', () => {
    const { asked, live } = setUp({ healthyAfter: 100 })
    for (const ms of [1, 99, 100, 1, 500]) live(ms)
    expect(asked.map(({ failures }) => failures)).toEqual([0, 1, 0, 1, 0])
  })

  test('of a row of failures where a worker that has lived for long cannot be started any more', () => {
    const { clock, asked, live, failToStart } = setUp({ healthyAfter: 100, maxStartFailures: Infinity })
    live(1_000_000)
    for (let i = 0; i < 3; i++) {
      clock.advance(1000)
      failToStart()
    }
    expect(asked.map(({ failures }) => failures)).toEqual([0, 1, 2, 3])
  })

  test('of the last thousand restarts', () => {
    const { asked, live } = setUp()
    for (let i = 0; i < 1005; i++) live(1)
    const { restarts = [] } = asked.at(-1) ?? {}
    expect([restarts.length, restarts[0], restarts.at(-1)]).toEqual([1000, 1005, 2004])
  })
})

describe('failed starts', () => {
  test('in a row are as many as the group allows, whatever the strategy says', () => {
    const { failToStart } = setUp({ maxStartFailures: 2 })
    expect(failToStart()).toMatchObject({ restart: true })
    expect(failToStart()).toEqual({
      restart: false,
      reason: 'it could not be started 2 times in a row',
      exhausted: true,
    })
  })

  test('are forgotten when the worker is available', () => {
    const { live, failToStart } = setUp({ maxStartFailures: 2 })
    for (let i = 0; i < 10; i++) {
      expect(failToStart()).toMatchObject({ restart: true })
      live(1)
    }
  })
})

test('a strategy that throws has decided that the worker stays down', () => {
  const decide = (): never => {
    throw new RangeError('cannot decide')
  }
  const history = new RestartHistory(new FakeClock(), { restart: { decide }, maxStartFailures: 1 } as never)
  expect(history.decide('failed', exit, undefined)).toEqual({
    restart: false,
    reason: 'its restart strategy threw: RangeError: cannot decide',
    exhausted: true,
  })
})
