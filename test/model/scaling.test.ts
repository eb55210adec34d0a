/**
 * The size of a pool that scales itself, on fake threads and a fake clock: a random load, for every combination of small
 * settings.
 */

import { describe, expect, onTestFailed, test } from 'vitest'
import { WorkBufferFullError } from '../../src/errors/works.js'
import { scaleBounds } from '../../src/pool/options-check.js'
import { Scaling } from '../../src/pool/scaling.js'
import type { Work } from '../../src/work/work.js'
import { random } from '../support/random.js'
import { FakePool, fakeTask } from './fake-pool.js'

interface Settings {
  readonly total: number
  readonly min: number
  readonly max: number
  readonly workBuffer: number
  readonly whenFull: 'wait' | 'reject'
  readonly waitTime: number
  readonly idleTime: number
}

const IDLE_MS = 50

/** Every pool that can be made of these values. */
const ALL: readonly Settings[] = [0, 1, 2]
  .flatMap(total =>
    [0, 1, 2].flatMap(min =>
      [1, 2].flatMap(max =>
        [0, 1].flatMap(workBuffer =>
          (['wait', 'reject'] as const).flatMap(whenFull =>
            [0, 1, 20].flatMap(waitTime =>
              [IDLE_MS, Infinity].map(idleTime => ({ total, min, max, workBuffer, whenFull, waitTime, idleTime })),
            ),
          ),
        ),
      ),
    ),
  )
  .filter(({ min, max }) => min <= max)

/** A pool that scales itself. */
class ScaledPool {
  readonly pool: FakePool
  readonly works: Work<unknown>[] = []
  readonly steps: [from: number, to: number][] = []
  /** Steps up that were taken although a worker was idle, and not because a work would have been refused. */
  readonly needless: string[] = []
  readonly #settings: Settings
  readonly #scaling: Scaling
  #isRefusing = false

  constructor(settings: Settings) {
    this.#settings = settings
    const { total, min, max, waitTime, idleTime, workBuffer } = settings
    this.pool = new FakePool({
      total,
      workBuffer,
      observer: {
        loadChanged: () => this.#scaling.loadChanged(),
        refusing: () => {
          this.#isRefusing = true
          this.#scaling.refusing()
          this.#isRefusing = false
        },
      },
    })
    const given = { total, min, max }
    this.#scaling = new Scaling(
      { ...scaleBounds(given), given, waitTime, idleTime, scalingFactor: 1, autoScale: true },
      this.pool.orchestrator,
      this.pool.clock,
      ({ from, to }) => this.#stepped(from, to),
    )
  }

  get total(): number {
    return this.pool.crew.target
  }

  submit(): Work<unknown> {
    const work = this.pool.submit({ whenFull: this.#settings.whenFull, task: TASK })
    this.works.push(work)
    return work
  }

  async close(): Promise<void> {
    this.#scaling.autoScale = false
    await this.pool.close()
  }

  #stepped(from: number, to: number): void {
    this.steps.push([from, to])
    if (to <= from || from < this.#settings.min || this.#isRefusing) return
    // The new worker has been added already.
    const free = [...this.pool.crew.workers].filter(worker => worker.idle)
    if (free.length > 0) this.needless.push(`${from} -> ${to} while ${free.length} idle`)
  }
}

const TASK = fakeTask(1)

describe('a pool that scales itself, with every combination of small settings,', { timeout: 120_000 }, () => {
  const chance = random()

  test('[46] runs every work that it accepts, and goes no further than min and max', async () => {
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    for (const settings of ALL) {
      const scaled = new ScaledPool(settings)
      const { pool } = scaled
      for (let i = 0; i < 15; i++) {
        if (chance.below(2) === 0) for (let n = chance.below(4); n > 0; n--) scaled.submit()
        if (chance.below(3) > 0) for (const thread of pool.living) await playThread(pool, thread)
        await pool.pass(chance.below(12), 1)
        const most = Math.max(settings.max, settings.total)
        expect(scaled.total, JSON.stringify(settings)).toBeLessThanOrEqual(most)
      }
      for (let rounds = 0; rounds < 40 && pool.orchestrator.register.statuses.unfinished > 0; rounds++) {
        await pool.workOff()
        await pool.pass(5)
      }
      const statuses = scaled.works.map(work => work.status)
      expect(
        statuses.filter(status => status !== 'done' && status !== 'failed'),
        JSON.stringify(settings),
      ).toEqual([])
      for (const [, to] of scaled.steps) expect(to, JSON.stringify(settings)).toBeGreaterThanOrEqual(settings.min)
      expect(scaled.needless, JSON.stringify(settings)).toEqual([])
      await scaled.close()
    }
  })

  test('[46] never refuses a work while it has no worker at all and may have one', async () => {
    for (const settings of ALL) {
      if (settings.idleTime === Infinity) continue
      const scaled = new ScaledPool(settings)
      const { pool } = scaled
      for (let round = 0; round < 3; round++) {
        const work = scaled.submit()
        expect(work.status, `${JSON.stringify(settings)}, round ${round}`).not.toBe('failed')
        await pool.workOff()
        await pool.pass(30, 1)
        await pool.workOff()
        expect(work.status, `${JSON.stringify(settings)}, round ${round}`).toBe('done')
        // Long enough to lose every worker beyond min.
        await pool.pass(4 * IDLE_MS)
        await pool.workOff()
      }
      await scaled.close()
    }
  })

  test('[46] grows to max while works are refused, one step each waitTime', async () => {
    for (const settings of ALL) {
      if (settings.whenFull !== 'reject') continue
      const scaled = new ScaledPool(settings)
      const { pool } = scaled
      // Works come ten at a time, and none ends.
      for (let i = 0; i < 60; i++) {
        for (let n = 0; n < 10; n++) scaled.submit()
        await pool.pass(2)
        await pool.boot()
        for (const thread of pool.living) if (thread.state === 'up' && thread.running === undefined) pool.begin(thread)
      }
      expect(scaled.total, JSON.stringify(settings)).toBe(Math.max(settings.max, settings.total))
      await scaled.close()
    }
  })

  test('[46] adds no worker for works that come one at a time, when one of its workers idles', async () => {
    for (const settings of ALL) {
      const scaled = new ScaledPool(settings)
      const { pool } = scaled
      await pool.boot()
      for (let i = 0; i < 30; i++) {
        scaled.submit()
        await pool.turn()
        await pool.workOff()
        await pool.pass(1)
      }
      const expected = Math.max(1, settings.min, settings.total)
      expect(scaled.total, JSON.stringify(settings)).toBe(expected)
      await scaled.close()
    }
  })
})

test('[46] a pool adds no worker while one idles, although another thread is slow to begin its work', async () => {
  for (const waitTime of [0, 1, 20]) {
    const settings = {
      total: 2,
      min: 1,
      max: 4,
      workBuffer: 5,
      whenFull: 'wait',
      waitTime,
      idleTime: Infinity,
    } as const
    const scaled = new ScaledPool(settings)
    const { pool } = scaled
    await pool.boot()
    scaled.submit()
    await pool.pass(100, 1)
    expect(scaled.steps, `waitTime ${waitTime}`).toEqual([])
    // Now both are slow, and nobody idles.
    scaled.submit()
    await pool.pass(100, 1)
    expect(scaled.total, `waitTime ${waitTime}`).toBeGreaterThan(2)
    await scaled.close()
  }
})

/** The thread does what it can: starts, begins a work, or ends one. */
async function playThread(pool: FakePool, thread: FakePool['threads'][number]): Promise<void> {
  if (thread.state === 'starting') thread.boot()
  else if (thread.running !== undefined) thread.finish()
  else pool.begin(thread)
  thread.flush()
  thread.obey()
  await pool.hear()
}

test('a refusal that no worker can be added for is a WorkBufferFullError', async () => {
  const scaled = new ScaledPool({ ...(ALL[0] as Settings), total: 1, max: 1, workBuffer: 0, whenFull: 'reject' })
  scaled.submit()
  await expect(scaled.submit()).rejects.toBeInstanceOf(WorkBufferFullError)
  await scaled.close()
})
