/** Who goes on of the jobs that pause: the cases of the original by their names, then what holds of any number; hence the length. */

import { setImmediate as realTurn } from 'node:timers/promises'
import { describe, expect, it, onTestFailed } from 'vitest'
import { realClock } from '../../../src/base/clock.js'
import { JobScheduler, type Seat } from '../../../src/groups/thread/scheduler.js'
import { random } from '../../support/random.js'
import { rejectionOf } from '../../support/rejection.js'

function setUp() {
  const asked: (() => void)[] = []
  const time = { now: 0 }
  const scheduler = new JobScheduler({ now: () => time.now, nextTurn: fn => void asked.push(fn) })
  /** The event loop turns: what has asked for that is told. */
  const turn = (): void => asked.splice(0).forEach(fn => fn())
  /** A job that begins in its turn. */
  const run = async <T>(priority: number, body: (pause: Seat['pause']) => T | Promise<T>): Promise<T> => {
    const { pause, end } = scheduler.begin(priority)
    try {
      await pause()
      return await body(pause)
    } finally {
      end()
    }
  }
  return { scheduler, run, turn, time, asked }
}

/** Resolves when no microtask is left. Nothing that asks for the next turn of the event loop is told. */
const settled = (): Promise<void> => realTurn()

/** Does nothing until it is told to go on. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void
  const opened = new Promise<void>(resolve => (open = resolve))
  return { opened, open: () => open() }
}

describe('the original’s cases', () => {
  it('testOneJob: one job goes on across its pauses, in order', async () => {
    const { run } = setUp()
    const log: number[] = []
    const result = await run(0, async pause => {
      log.push(1)
      await pause()
      log.push(2)
      await pause()
      log.push(3)
      return 'done'
    })
    expect(log).toEqual([1, 2, 3])
    expect(result).toBe('done')
  })

  it('testTwoJobs: two jobs take turns, and each has its result', async () => {
    const { run } = setUp()
    const log: number[] = []
    const job = (first: number, second: number, result: number): Promise<number> =>
      run(0, async pause => {
        log.push(first)
        await pause()
        log.push(second)
        return result
      })
    expect(await Promise.all([job(1, 2, 1), job(4, 5, 2)])).toEqual([1, 2])
    expect(log).toEqual([1, 4, 2, 5])
  })

  it('testJobWithPriority: jobs go on strictly by priority, whatever the order in which they came', async () => {
    const { run } = setUp()
    const log: number[] = []
    const job = (priority: number, ...steps: number[]): Promise<void> =>
      run(priority, async pause => {
        for (const step of steps) {
          log.push(step)
          await pause()
        }
      })
    await Promise.all([job(1, 8), job(3, 1, 2), job(2, 4, 5)])
    expect(log).toEqual([1, 2, 4, 5, 8])
  })

  it('testJobWithPriorityAndDefer: a job of low priority that comes later runs last', async () => {
    const { run } = setUp()
    const log: number[] = []
    let late: Promise<void> | undefined
    const high = run(3, async pause => {
      log.push(1)
      late = run(1, () => void log.push(9))
      await pause()
      log.push(2)
    })
    const middle = run(2, async pause => {
      log.push(4)
      await pause()
      log.push(5)
    })
    await Promise.all([high, middle])
    await late
    expect(log).toEqual([1, 2, 4, 5, 9])
  })

  it('testStopAll: a job that has not begun does not', async () => {
    const { scheduler, run } = setUp()
    const log: number[] = []
    const jobs = [run(0, () => log.push(1)), run(1, () => log.push(2))]
    scheduler.stopAll('enough')
    expect(await Promise.allSettled(jobs)).toEqual(jobs.map(() => ({ status: 'rejected', reason: 'enough' })))
    expect(log).toEqual([])
  })

  it('testStopAllWithException: a job that has not begun does not, and ends with the very error', async () => {
    const { scheduler, run } = setUp()
    const error = new RangeError('stopped')
    const job = run(0, () => expect.fail('it has begun'))
    scheduler.stopAll(error)
    expect(await rejectionOf(job)).toBe(error)
  })

  it('testStopAllWithExceptionUntilRunning: the error is thrown into a pause, and a job that catches it finishes', async () => {
    const { scheduler, run } = setUp()
    const error = new Error('stopped')
    const log: unknown[] = []
    const job = run(0, async pause => {
      log.push(1)
      // Another has its turn.
      await pause().catch((reason: unknown) => log.push(reason))
      log.push(2)
      return 'finished'
    })
    const other = run(0, async pause => {
      scheduler.stopAll(error)
      await pause()
    })
    expect(await job).toBe('finished')
    expect(log).toEqual([1, error, 2])
    expect(await rejectionOf(other)).toBe(error)
  })
})

describe('a pause', () => {
  it('ends without a turn of the event loop where nobody else may go on', async () => {
    const { run, asked } = setUp()
    let pauses = 0
    await run(0, async pause => {
      for (; pauses < 100; pauses++) await pause()
    })
    expect(pauses).toBe(100)
    expect(asked).toHaveLength(1)
  })

  it('lets the event loop turn when jobs have gone on for a millisecond, one or many', async () => {
    for (const count of [1, 3]) {
      const { run, turn, time } = setUp()
      let sections = 0
      const jobs = Array.from({ length: count }, () =>
        run(0, async pause => {
          for (let i = 0; i < 4; i++) {
            sections++
            time.now += 0.4
            await pause()
          }
        }),
      )
      await settled()
      expect(sections).toBe(3)
      turn()
      await settled()
      expect(sections).toBe(count === 1 ? 4 : 6)
      for (let turns = 0; turns < 9; turns++) {
        turn()
        await settled()
      }
      expect(sections).toBe(4 * count)
      await Promise.all(jobs)
    }
  })

  it('keeps no timer waiting, however often a job pauses', async () => {
    const scheduler = new JobScheduler(realClock)
    const { pause, end } = scheduler.begin(0)
    let isOver = false
    setTimeout(() => (isOver = true), 0)
    const patience = performance.now() + 5000
    while (!isOver && performance.now() < patience) await pause()
    expect(isOver).toBe(true)
    end()
  })

  it('needs no this, as handlers take it out of their context', async () => {
    const { scheduler } = setUp()
    const { pause, end } = scheduler.begin(0)
    await pause()
    end()
  })

  it('lasts while a job of higher priority takes part, even one that waits for something else', async () => {
    const { run, turn } = setUp()
    const { opened, open } = gate()
    const log: string[] = []
    const high = run(5, async () => {
      await opened
      log.push('high')
    })
    const low = run(0, () => void log.push('low'))
    for (let turns = 0; turns < 5; turns++) {
      await settled()
      turn()
    }
    expect(log).toEqual([])
    open()
    await Promise.all([high, low])
    expect(log).toEqual(['high', 'low'])
  })

  it('of a job that is overtaken by one of higher priority lasts until that has ended', async () => {
    const { run } = setUp()
    const log: string[] = []
    let high: Promise<void> | undefined
    await run(0, async pause => {
      log.push('low begins')
      high = run(1, async pauseHigh => {
        log.push('high begins')
        await pauseHigh()
        log.push('high ends')
      })
      await pause()
      log.push('low ends')
    })
    await high
    expect(log).toEqual(['low begins', 'high begins', 'high ends', 'low ends'])
  })

  it('of an equal is over when the one that has its turn waits for what takes the event loop', async () => {
    const { run, turn } = setUp()
    const { opened, open } = gate()
    const log: string[] = []
    const first = run(0, async () => {
      log.push('first')
      // Microtasks alone do not cost it its turn.
      for (let i = 0; i < 20; i++) await null
      log.push('first goes on')
      await opened
      log.push('first ends')
    })
    const second = run(0, () => void log.push('second'))
    await settled()
    expect(log).toEqual(['first', 'first goes on'])
    turn()
    await settled()
    expect(log).toEqual(['first', 'first goes on', 'second'])
    open()
    await Promise.all([first, second])
  })

  it('orders nothing but pauses: another await goes on when it is done', async () => {
    const { scheduler } = setUp()
    const { opened, open } = gate()
    const log: string[] = []
    scheduler.begin(9)
    const low = async (): Promise<void> => {
      const { pause, end } = scheduler.begin(0)
      log.push('begins')
      await opened
      log.push('goes on')
      await pause().finally(end)
    }
    const ended = low()
    open()
    await settled()
    expect(log).toEqual(['begins', 'goes on'])
    scheduler.stopAll('end')
    expect(await rejectionOf(ended)).toBe('end')
  })

  it('may be made several times at once, by a job that does several things', async () => {
    const { run, turn } = setUp()
    const log: string[] = []
    const twofold = run(0, async pause => {
      const branch = async (name: string): Promise<void> => {
        await pause()
        log.push(name)
      }
      await Promise.all([branch('a'), branch('b')])
    })
    const other = run(0, async pause => {
      log.push('x')
      await pause()
      log.push('y')
    })
    await settled()
    // The whole job has one turn, and keeps it while a branch of its waits.
    expect(log).toEqual(['x', 'a'])
    turn()
    await Promise.all([twofold, other])
    expect(log).toEqual(['x', 'a', 'b', 'y'])
  })

  it('that a job leaves behind ends with the next turn of the event loop, as those do that it makes after its end', async () => {
    const { scheduler, turn } = setUp()
    const first = scheduler.begin(0)
    const second = scheduler.begin(0)
    const log: string[] = []
    void first.pause().then(() => log.push('its turn'))
    void second.pause().then(() => log.push('left behind'))
    void second.pause().then(() => log.push('left behind, too'))
    second.end()
    second.end()
    void second.pause().then(() => log.push('afterwards'))
    await settled()
    expect(log).toEqual(['its turn'])
    turn()
    await settled()
    expect(log).toEqual(['its turn', 'left behind', 'left behind, too', 'afterwards'])
    // It was counted once.
    void first.pause().then(() => log.push('again'))
    await settled()
    expect(log.at(-1)).toBe('again')
    first.end()
  })
})

describe('stopAll', () => {
  it('rejects later pauses too, of jobs that begin later and of those that have ended, with the first reason', async () => {
    const { scheduler } = setUp()
    const ended = scheduler.begin(0)
    ended.end()
    scheduler.stopAll('first')
    scheduler.stopAll('second')
    for (const seat of [ended, scheduler.begin(0)]) expect(await rejectionOf(seat.pause())).toBe('first')
  })

  it('rejects pauses of every priority', async () => {
    const { scheduler } = setUp()
    const pauses = [3, 1, 2].map(priority => scheduler.begin(priority).pause())
    scheduler.stopAll('end')
    for (const pause of pauses) expect(await rejectionOf(pause)).toBe('end')
  })

  it('does no harm to a job that does not wait for its pause', async () => {
    const { scheduler } = setUp()
    const unhandled: unknown[] = []
    const listener = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listener)
    const seat = scheduler.begin(0)
    void seat.pause()
    scheduler.stopAll(new Error('end'))
    void seat.pause()
    await settled()
    await settled()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
  })
})

describe('random jobs', () => {
  it('go on by priority, equals in turn, and every pause ends', async () => {
    const chance = random()
    onTestFailed(() => console.log(`seed ${chance.seed}`))
    let resumed = 0
    for (let round = 0; round < 100; round++) {
      const { scheduler, time, turn: tell } = setUp()
      /** Priority of each job that takes part. */
      const live = new Map<number, number>()
      /** Jobs in a pause, the first of them first. */
      const pausing: number[] = []
      /** By priority, whose turn it is. */
      const turns = new Map<number, number>()
      const elsewhere: (() => void)[] = []

      const leaveTurn = (id: number, priority: number): void => {
        if (turns.get(priority) === id) turns.delete(priority)
      }
      const goesOn = (id: number, priority: number): void => {
        resumed++
        expect(Math.max(...live.values())).toBe(priority)
        expect(pausing.find(other => live.get(other) === priority)).toBe(id)
        expect(turns.get(priority)).toBeUndefined()
        pausing.splice(pausing.indexOf(id), 1)
        turns.set(priority, id)
      }
      const job = async (id: number, priority: number): Promise<void> => {
        const { pause, end } = scheduler.begin(priority)
        live.set(id, priority)
        for (let steps = 1 + chance.below(6); steps > 0; steps--) {
          const step = chance.below(6)
          if (step === 0) await new Promise<void>(resolve => elsewhere.push(resolve))
          else if (step === 1) for (let ticks = chance.below(5); ticks > 0; ticks--) await null
          else if (step === 2) time.now += chance.next()
          else {
            leaveTurn(id, priority)
            pausing.push(id)
            await pause()
            goesOn(id, priority)
          }
        }
        leaveTurn(id, priority)
        live.delete(id)
        end()
      }
      const turn = (): void => {
        turns.clear()
        tell()
      }

      const jobs: Promise<void>[] = []
      for (let step = 0; step < 40; step++) {
        const dice = chance.below(4)
        if (dice === 0)
          for (let count = 1 + chance.below(3); count > 0; count--) jobs.push(job(jobs.length, chance.below(3)))
        else if (dice === 1) elsewhere.splice(chance.below(elsewhere.length + 1), 1).forEach(resolve => resolve())
        else if (dice === 2) turn()
        else time.now += chance.next()
        await settled()
      }
      for (let rest = 0; live.size > 0 && rest < 1000; rest++) {
        elsewhere.splice(0).forEach(resolve => resolve())
        turn()
        await settled()
      }
      expect([...live.keys()]).toEqual([])
      await Promise.all(jobs)
    }
    expect(resumed).toBeGreaterThan(1000)
  })
})
