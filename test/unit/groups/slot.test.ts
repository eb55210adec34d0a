/** One worker over time, with threads that the test plays: what its owner is told, and what happens to its timers. */

import { describe, expect, test } from 'vitest'
import type { GroupExit, GroupThread, GroupThreadObserver } from '../../../src/groups/worker/group-thread.js'
import type { ResolvedGroup } from '../../../src/groups/scheme/scheme.js'
import { Slot } from '../../../src/groups/worker/slot.js'
import type { Launch, SlotHost } from '../../../src/groups/worker/slot-host.js'
import { type Restart, restart } from '../../../src/groups/strategies/restart.js'
import { FakeClock } from '../../support/fake-clock.js'

const START_TIMEOUT = 500

/** A thread of the worker, which does what the test says. */
class FakeThread {
  isServing = false
  readonly stops: (readonly [hot: boolean, timeout: number])[] = []
  readonly failures: Error[] = []
  readonly up: Promise<void>
  readonly gone: Promise<void>
  readonly #observer: Omit<GroupThreadObserver, 'leaving'>
  #isUp!: () => void
  #isGone!: () => void

  constructor(observer: Omit<GroupThreadObserver, 'leaving'>) {
    this.#observer = observer
    this.up = new Promise(resolve => (this.#isUp = resolve))
    this.gone = new Promise(resolve => (this.#isGone = resolve))
  }

  stop(hot: boolean, timeout: number): void {
    this.stops.push([hot, timeout])
  }

  fail(error: Error): void {
    this.failures.push(error)
  }

  ready(): void {
    this.isServing = true
    this.#observer.ready()
    this.#isUp()
  }

  exit(facts: Partial<GroupExit> = {}): void {
    const hadStarted = this.isServing
    this.isServing = false
    this.#observer.exited({ code: 1, failure: undefined, hadStarted, asked: false, said: undefined, ...facts })
    this.#isUp()
    this.#isGone()
  }
}

function setUp(strategy: Restart = restart.always()) {
  const clock = new FakeClock()
  const threads: FakeThread[] = []
  const told: unknown[][] = []
  let exited = (): void => {}
  const host: SlotHost<Slot> = {
    online: () => told.push(['online']),
    exited: (_slot, _thread, _exit, kind) => {
      told.push(['exited', kind])
      exited()
    },
    restarting: (_slot, after) => told.push(['restarting', after]),
    down: (_slot, { reason, byFailure }) => told.push(['down', reason, byFailure]),
    fatal: (_slot, error) => told.push(['fatal', error]),
    heard: () => {},
    stuck: () => told.push(['stuck']),
    idle: () => told.push(['idle']),
  }
  const launch: Launch<Slot> = (_slot, observer) => {
    const thread = new FakeThread(observer)
    threads.push(thread)
    return thread as unknown as GroupThread
  }
  const group = { name: 'a', restart: strategy, healthyAfter: 30_000, maxStartFailures: 5 } as ResolvedGroup
  const slot = new Slot(1, { clock, group, startTimeout: START_TIMEOUT, stopTimeout: 1000, launch }, host)
  slot.start()
  const thread = (number: number): FakeThread => threads[number - 1] ?? expect.fail(`there is no thread ${number}`)
  const listen = (listener: () => void) => void (exited = listener)
  return { clock, slot, thread, threads, told, listen }
}

const returned: Partial<GroupExit> = { code: 0, said: { kind: 'returned', error: undefined } }

describe('the start of a worker', () => {
  test('is no concern of the clock when it is available', () => {
    const { clock, slot, thread } = setUp()
    clock.advance(START_TIMEOUT - 1)
    thread(1).ready()
    expect(clock.pending).toBe(0)
    clock.advance(START_TIMEOUT)
    expect(thread(1).failures).toEqual([])
    expect(slot.status).toBe('available')
  })

  test('fails when it has taken as long as it may', async () => {
    const { clock, slot, thread } = setUp()
    clock.advance(START_TIMEOUT)
    expect(thread(1).failures).toMatchObject([{ message: expect.stringMatching(/startTimeout of 500 ms/) as string }])
    thread(1).exit({ failure: { error: 'late' } })
    await expect(slot.started).rejects.toBe('late')
    expect(slot).toMatchObject({ starts: 1, crashes: 1, status: 'restarting' })
    clock.advance(500)
    expect(slot).toMatchObject({ starts: 2, status: 'starting' })
  })

  test('is judged only once it could be heard: not for a time in which this thread was blocked', async () => {
    const { clock, slot, thread } = setUp()
    clock.block(100 * START_TIMEOUT)
    clock.advance(0)
    expect(thread(1).failures).toEqual([])
    clock.advance(START_TIMEOUT / 2)
    clock.block(START_TIMEOUT)
    clock.advance(0)
    // Its message is read before the limit passes.
    thread(1).ready()
    await Promise.resolve()
    expect([thread(1).failures, slot.status]).toEqual([[], 'available'])
  })
})

describe('a worker that ends', () => {
  test('is started again when its delay is over, and not if it was stopped meanwhile', async () => {
    const { clock, slot, thread, threads, told } = setUp({ decide: () => ({ restart: true, after: 100 }) })
    thread(1).ready()
    thread(1).exit()
    expect([slot.status, slot.thread, threads.length]).toEqual(['restarting', undefined, 1])
    clock.advance(100)
    thread(2).exit()
    await slot.stop(false)
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    expect([slot.status, threads.length]).toEqual(['idle', 2])
    expect(told).toEqual([
      ['online'],
      ['exited', 'exited'],
      ['restarting', 100],
      ['exited', 'not-started'],
      ['restarting', 100],
      ['idle'],
    ])
  })

  test('by returning has failed where it has used up its restarts by that, and else has not', () => {
    for (const [strategy, byFailure] of [
      [restart.limited({ max: 0 }), true],
      [restart.never(), false],
      [restart.onFailure(), false],
    ] as const) {
      const { slot, thread, told } = setUp(strategy)
      thread(1).ready()
      thread(1).exit(returned)
      expect(told.at(-1)).toEqual(['down', expect.any(String), byFailure])
      expect(slot).toMatchObject({ status: 'down', isWanted: false })
    }
  })

  test('is idle when all of its threads are gone, not before', async () => {
    const { slot, thread, told } = setUp()
    thread(1).ready()
    void slot.replace()
    const stopped = slot.stop(false, 70)
    expect([thread(1).stops, thread(2).stops]).toEqual([[[false, 70]], [[false, 70]]])
    thread(1).exit()
    expect(slot.status).toBe('stopping')
    thread(2).exit()
    await stopped
    expect(told.slice(1)).toEqual([['exited', undefined], ['exited', undefined], ['idle']])
    expect(slot).toMatchObject({ status: 'idle', crashes: 0 })
  })
})

describe('a worker that is restarted hard', () => {
  test('has its successor as soon as its own threads are gone, and is wanted in the meantime', async () => {
    const { slot, thread, threads, told } = setUp(restart.never())
    thread(1).ready()
    void slot.replace()
    thread(2).ready()
    // Thread 1 finishes its jobs, thread 2 serves.
    slot.restart()
    expect([slot.status, slot.isWanted]).toEqual(['restarting', true])
    expect([thread(1).stops.at(-1), thread(2).stops.at(-1)]).toEqual([[true, 1000], [true, 1000]]) // prettier-ignore
    thread(2).exit()
    expect([slot.status, threads.length]).toEqual(['restarting', 2])
    thread(1).exit()
    expect([slot.status, threads.length, slot.crashes]).toEqual(['starting', 3, 0])
    thread(3).ready()
    await slot.settled()
    expect(told.slice(2)).toEqual([['exited', undefined], ['exited', undefined], ['online']])
  })

  test('stays idle when it is stopped meanwhile, also by who hears of the end of its thread', async () => {
    for (const isLate of [false, true]) {
      const { slot, thread, threads, told, listen, clock } = setUp()
      thread(1).ready()
      slot.restart()
      const stop = () => void slot.stop(false)
      if (isLate) listen(stop)
      else stop()
      thread(1).exit()
      await slot.settled()
      expect([slot.status, slot.isWanted, threads.length, told.at(-1)]).toEqual(['idle', false, 1, ['idle']])
      expect(clock.pending).toBe(0)
    }
  })

  test('is not kept from ending its pool by a fatal error', () => {
    const { slot, thread, threads, told } = setUp()
    thread(1).ready()
    slot.restart()
    thread(1).exit({ said: { kind: 'fatal', error: 'no disk' } })
    expect([slot.status, threads.length]).toEqual(['idle', 1])
    expect(told.slice(-2)).toEqual([['fatal', 'no disk'], ['idle']])
  })

  test('starts at once where its restart was due', () => {
    const { clock, slot, thread, threads } = setUp({ decide: () => ({ restart: true, after: 100 }) })
    thread(1).exit()
    slot.restart()
    expect([slot.status, threads.length, clock.pending]).toEqual(['starting', 2, 1])
  })
})

test('a worker that is down and revived has its failures before it, not behind it', () => {
  const { slot, thread, threads } = setUp(restart.limited({ max: 1, backoff: { initial: 1 } }))
  const failTwice = () => {
    threads.at(-1)?.exit()
    threads.at(-1)?.exit()
  }
  failTwice()
  expect([slot.status, slot.hasFailed, slot.isWanted]).toEqual(['down', true, false])
  slot.revive()
  slot.start()
  expect([slot.status, threads.length]).toEqual(['starting', 3])
  failTwice()
  expect([slot.status, threads.length]).toEqual(['down', 4])
  expect(thread(4).isServing).toBe(false)
})

test('a worker that is stopped while its restart is due tells that it is idle', async () => {
  const { slot, thread, told } = setUp({ decide: () => ({ restart: true, after: 100 }) })
  thread(1).exit()
  await slot.stop(false)
  expect(told.at(-1)).toEqual(['idle'])
})

describe('a worker that is replaced', () => {
  test('once more ends the pool if the thread that it was replaced for the first time ends by a fatal error', () => {
    const { slot, thread, told } = setUp()
    thread(1).ready()
    void slot.replace()
    thread(2).ready()
    void slot.replace()
    const error = new Error('no disk')
    thread(1).exit({ said: { kind: 'fatal', error } })
    expect(told.filter(([what]) => what === 'fatal')).toEqual([['fatal', error]])
  })

  test('ends softly when its successor is available, and that is no crash', async () => {
    const { slot, thread, told } = setUp()
    thread(1).ready()
    const replaced = slot.replace()
    expect([slot.status, thread(1).stops]).toEqual(['available', []])
    thread(2).ready()
    expect(await replaced).toEqual({ is: 'done' })
    expect([thread(1).stops, thread(2).stops]).toEqual([[[false, 1000]], []])
    thread(1).exit()
    expect(told).toEqual([['online'], ['online'], ['exited', undefined]])
    expect(slot).toMatchObject({ starts: 2, crashes: 0, status: 'available' })
  })

  test('and dies meanwhile has crashed, and its successor is the worker', async () => {
    const { slot, thread } = setUp()
    thread(1).ready()
    const replaced = slot.replace()
    thread(1).exit()
    expect(slot).toMatchObject({ status: 'starting', crashes: 1 })
    thread(2).ready()
    expect(await replaced).toEqual({ is: 'done' })
    expect(thread(2).stops).toEqual([])
  })

  test('goes on when its successor cannot be started, which counts as a crash and says why', async () => {
    const { slot, thread, threads } = setUp()
    thread(1).ready()
    const replaced = slot.replace()
    const error = new Error('no database')
    thread(2).exit({ failure: { error } })
    expect(await replaced).toEqual({ is: 'failed', error })
    expect(threads).toHaveLength(2)
    expect(slot).toMatchObject({ status: 'available', crashes: 1, starts: 2 })
    expect(thread(1).stops).toEqual([])
  })
})
