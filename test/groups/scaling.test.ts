/** How groups grow and shrink while they work: which worker ends, what it may still finish, and what stays. */

import { scaling, type Scaling, type ScalingFacts, type WorkerGroupOptions } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Stage } from '../support/groups/stage.js'

/** A group of job workers whose jobs are held, each by the worker that the test chooses. */
class Troupe extends Stage {
  readonly #chosen: { index: number }

  constructor(group: Partial<WorkerGroupOptions>, stopTimeout = 10_000) {
    const chosen = { index: 0 }
    super([{ name: 'a', scaling: scaling.fixed(), ...group }], { stopTimeout, pickup: { pick: () => chosen.index } })
    this.#chosen = chosen
  }

  /** Runs it, and adds workers until it has this many. */
  async grow(size: number): Promise<this> {
    await this.start()
    this.pool.scaleGroup('a', size - (this.size ?? 0))
    await this.when(() => this.pool.workers.filter(({ status }) => status === 'available').length === size)
    return this
  }

  get size(): number | undefined {
    return this.pool.group('a')?.size
  }

  get statuses(): string[] {
    return this.pool.workers.map(({ status }) => status)
  }

  /** Gives this worker a job that lasts until it is released, also while the worker ends. */
  async hold(number: number): Promise<Held> {
    this.#chosen.index = number - 1
    const id = `a-${number}`
    const flag = new SharedArrayBuffer(4)
    const before = this.all({ at: 'waits', id }).length
    const answer = this.pool.jobs.send('a', { act: 'wait', flag })
    answer.catch(() => {})
    await this.until({ at: 'waits', id }, before + 1)
    return { answer, release: () => void Atomics.store(new Int32Array(flag), 0, 1) }
  }
}

interface Held {
  readonly answer: Promise<unknown>
  release(): void
}

/** A strategy that decides as another one does, and keeps what it was told. */
function recorded(strategy: Scaling): Scaling & { readonly asked: ScalingFacts[] } {
  const asked: ScalingFacts[] = []
  return {
    asked,
    decide: facts => {
      asked.push(facts)
      return strategy.decide(facts)
    },
  }
}

/** Resolves when every Watcher has looked at its workers so often. */
async function examinations(count: number): Promise<void> {
  let looks = 0
  const recycle = { decide: () => void looks++ }
  await using _stage = await new Stage([{ name: 'b', recycle }]).start()
  await until(() => looks > count)
}

describe('a group that shrinks', () => {
  test('ends workers without jobs first, then those with the fewest', async () => {
    await using stage = await new Troupe({ maxWorkers: 4 }).grow(4)
    const jobs: Held[] = []
    for (const number of [1, 3, 3, 4, 4]) jobs.push(await stage.hold(number))
    stage.pool.scaleGroup('a', -1)
    expect(stage.statuses).toEqual(['available', 'stopping', 'available', 'available'])
    stage.pool.scaleGroup('a', -1)
    expect(stage.statuses).toEqual(['stopping', expect.anything(), 'available', 'available'])
    for (const job of jobs) job.release()
    expect(await Promise.all(jobs.map(({ answer }) => answer))).toEqual(new Array(5).fill('waited'))
  })

  test('lets a worker finish its jobs, however much longer than stopTimeout that takes', async () => {
    await using stage = await new Troupe({ maxWorkers: 2 }, 1).grow(2)
    const job = await stage.hold(1)
    for (let i = 0; i < 2; i++) await stage.hold(2)
    stage.pool.scaleGroup('a', -1)
    await stage.until({ at: 'after', id: 'a-1' })
    await examinations(2)
    job.release()
    expect(await job.answer).toBe('waited')
    await stage.until({ at: 'exit', id: 'a-1', code: 0 })
  })

  test('terminates a worker that has no jobs, or no more, and does not end within stopTimeout', async () => {
    await using stage = await new Troupe({ maxWorkers: 2 }, 1).grow(2)
    stage.tell('a-2', { act: 'at last', what: 'stay' })
    const job = await stage.hold(2)
    for (let i = 0; i < 2; i++) await stage.hold(1)
    stage.pool.scaleGroup('a', -1)
    await stage.until({ at: 'after', id: 'a-2' })
    expect(stage.all({ at: 'exit' })).toEqual([])
    job.release()
    expect(await job.answer).toBe('waited')
    await stage.until({ at: 'exit', id: 'a-2', code: 1 })
  })

  test('ends a worker sooner when that is told to stop as well', async () => {
    await using stage = await new Troupe({ maxWorkers: 2 }, 1).grow(2)
    const job = await stage.hold(1)
    for (let i = 0; i < 2; i++) await stage.hold(2)
    stage.pool.scaleGroup('a', -1)
    await stage.worker('a-1').stop()
    await expect(job.answer).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
  })

  test('does not wait for a worker whose event loop is blocked, if its group has such workers replaced', async () => {
    const group = { maxWorkers: 2, unresponsiveAfter: 100, replaceUnresponsive: true }
    await using stage = await new Troupe(group).grow(2)
    for (const number of [2, 2, 2, 1]) await stage.hold(number)
    const blocks = stage.pool.jobs.send('a', { act: 'block', ms: 60_000 })
    stage.pool.scaleGroup('a', -1)
    await expect(blocks).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
    await stage.until({ at: 'exit', id: 'a-1', code: 1 })
    expect(stage.all({ at: 'unresponsive' })).toMatchObject([{ id: 'a-1' }])
  })

  test('ends a worker that waits for its restart before one that is available', async () => {
    const decide = () => ({ restart: true, after: 60_000 }) as const
    await using stage = await new Troupe({ maxWorkers: 2, restart: { decide } }).grow(2)
    stage.tell('a-1', { act: 'exit', code: 1 })
    await stage.until({ at: 'restart' })
    stage.pool.scaleGroup('a', -1)
    expect(stage.statuses).toEqual(['idle', 'available'])
  })
})

describe('a worker with a load but no jobs', () => {
  test.each(['reactor', 'service'] as const)('counts as idle only when its event loop idles, as a %s', async type => {
    const strategy = recorded(scaling.fixed())
    await using stage = await new Stage([{ name: 'web', type, minWorkers: 2, scaling: strategy }]).start()
    const idle = async (count: number): Promise<void> => {
      const from = strategy.asked.length
      await expect.poll(() => strategy.asked.slice(from).map(facts => facts.idle), { timeout: 15_000 }).toContain(count)
    }
    await idle(2)
    stage.tell('web-1', { act: 'burn', ms: 10, every: 40 })
    await idle(1)
    expect(strategy.asked.at(-1)?.idleFor).toBeGreaterThan(0)
    stage.tell('web-2', { act: 'block', ms: 3000 })
    await idle(0)
    expect(strategy.asked.at(-1)?.idleFor).toBe(0)
    stage.tell('web-1', { act: 'stop burning' })
    await idle(2)
  })

  test('that has more than others is not the one that ends', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', maxWorkers: 2, scaling: scaling.fixed() },
    ]).start()
    stage.pool.scaleGroup('web', 1)
    await stage.until({ at: 'online' }, 2)
    stage.tell('web-2', { act: 'burn', ms: 10, every: 40 })
    await expect.poll(() => stage.worker('web-2').utilization, { timeout: 15_000 }).toBeGreaterThan(0.1)
    stage.pool.scaleGroup('web', -1)
    expect(stage.pool.workers.map(({ status }) => status)).toEqual(['stopping', 'available'])
  })
})

describe('what scaleGroup() asked for', () => {
  test('stays, however long its workers idle, until it asks for fewer', async () => {
    const strategy = recorded(scaling.byRequest({ idleTime: 0 }))
    await using stage = await new Troupe({ maxWorkers: 4, scaling: strategy }).grow(3)
    const from = strategy.asked.length
    await expect.poll(() => strategy.asked.length).toBeGreaterThan(from + 5)
    expect(strategy.asked.at(-1)).toMatchObject({ workers: 3, min: 3 })
    expect(stage.pool.scaleGroup('a', -1)).toBe(-1)
    const later = strategy.asked.length
    await expect.poll(() => strategy.asked.length).toBeGreaterThan(later + 5)
    expect(strategy.asked.at(-1)).toMatchObject({ workers: 2, min: 2 })
    expect(stage.all({ at: 'scaled' }).map(({ to }) => to)).toEqual([3, 2])
  })

  test('binds strategies of one’s own, too', async () => {
    const strategy = recorded({ decide: () => -5 })
    await using stage = await new Troupe({ maxWorkers: 4, scaling: strategy }).grow(3)
    const from = strategy.asked.length
    await expect.poll(() => strategy.asked.length).toBeGreaterThan(from + 1)
    expect(stage.size).toBe(3)
  })

  test('is nothing where it asked for fewer: workers added by demand still go when they idle', async () => {
    const strategy = { decide: ({ waiting, idle, workers, min }: ScalingFacts) => decide(waiting, idle, workers > min) }
    let mayShrink = false
    const decide = (waiting: number, idle: number, hasMore: boolean): number =>
      waiting > 0 ? 2 : mayShrink && idle > 0 && hasMore ? -1 : 0
    await using stage = new Stage([{ name: 'a', maxWorkers: 3, maxJobs: 1, scaling: strategy }])
    await stage.start()
    const flag = new SharedArrayBuffer(4)
    const jobs = [1, 2, 3].map(() => stage.pool.jobs.send('a', { act: 'wait', flag }))
    await stage.until({ at: 'waits' }, 3)
    expect(stage.pool.scaleGroup('a', -1)).toBe(-1)
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await Promise.all(jobs)).toEqual(['waited', 'waited', 'waited'])
    mayShrink = true
    await stage.until({ at: 'scaled', to: 1 })
  })
})

describe('a strategy', () => {
  test('is asked several times a second', async () => {
    const strategy = recorded(scaling.fixed())
    await using _stage = await new Stage([{ name: 'a', scaling: strategy }]).start()
    await expect.poll(() => strategy.asked.length, { timeout: 15_000 }).toBeGreaterThan(20)
    const times = strategy.asked.map(({ idleFor }) => idleFor)
    const apart = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(apart.sort((a, b) => a - b)[10]).toBeLessThan(300)
  })
})

describe('a pool of groups that need no workers', () => {
  test('lives on without workers, does jobs that come, and lives on after that [testStartWithMinZero]', async () => {
    const group = { name: 'a', minWorkers: 0, maxWorkers: 1, scaling: scaling.byRequest({ idleTime: 0 }) }
    await using stage = await new Stage([group]).start()
    let hasEnded = false
    void stage.ended.then(() => (hasEnded = true))
    for (const round of [1, 2]) {
      expect(await stage.pool.jobs.send('a', round)).toBe(round)
      await stage.until({ at: 'exit' }, round)
    }
    await stage.pool.jobs.send('a', 3)
    expect(hasEnded).toBe(false)
    await stage.pool.stop()
    expect(await stage.ended).toBeUndefined()
  })

  test('ends when no worker of them can be started any more', async () => {
    const group = { name: 'a', minWorkers: 0, maxWorkers: 2, maxJobs: 1, restart: { decide: down } }
    await using stage = await new Stage([group]).start()
    const first = stage.pool.jobs.send('a', { act: 'exit', code: 3 })
    await expect(first).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
    await stage.when(() => stage.worker('a-1').status === 'down')
    expect(stage.all({ at: 'groupDown' })).toEqual([])
    const second = stage.pool.jobs.send('a', { act: 'exit', code: 3 })
    await expect(second).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
    expect(await stage.ended).toMatchObject({ code: 'ERR_RESTART_BUDGET_EXCEEDED' })
    expect(stage.all({ at: 'groupDown' })).toHaveLength(1)
  })
})

function down() {
  return { restart: false, reason: 'once is enough' } as const
}
