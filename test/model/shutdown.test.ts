import { afterEach, describe, expect, it } from 'vitest'
import { FakePool, type FakePoolOptions } from './fake-pool.js'

let pool: FakePool

async function setUp(options: FakePoolOptions = {}): Promise<FakePool> {
  pool = new FakePool(options)
  await pool.boot()
  return pool
}

afterEach(() => pool.close())

/** Begins the stop; `map` is there once it is over. */
function stop(
  hot = false,
  timeout = Infinity,
): { readonly promise: Promise<Map<string, unknown>>; map?: Map<string, unknown> } {
  const promise = pool.shutdown.stop(hot, timeout)
  const outcome: { promise: typeof promise; map?: Map<string, unknown> } = { promise }
  void promise.then(map => (outcome.map = map))
  return outcome
}

/** Threads do what they are told, until nothing is left. */
async function letGo(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    for (const thread of pool.living) {
      thread.receive()
      thread.obey()
    }
    await pool.hear()
  }
}

describe('a graceful stop', () => {
  it('[49] sees out works that run, works in the buffer and works at the door', async () => {
    await setUp({ total: 2, workBuffer: 2 })
    const works = Array.from({ length: 8 }, () => pool.submit())
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    expect(works.at(-1)?.status).toBe('waiting')
    const { promise } = stop()
    await pool.workOff()
    await letGo()
    expect([...(await promise)]).toEqual(works.map(({ id }) => [id, 'done']))
    expect(pool.leftovers()).toEqual([])
  })

  it('[50] of an idle pool ends its threads, and of an empty one is over at once', async () => {
    await setUp({ total: 2 })
    const { promise } = stop()
    await pool.turn()
    await letGo()
    expect((await promise).size).toBe(0)
    expect(pool.shutdown.state).toBe('stopped')
    expect(pool.leftovers()).toEqual([])

    await setUp({ total: 0 })
    expect((await stop().promise).size).toBe(0)
  })

  it('aborts nobody', async () => {
    await setUp({ grace: 100 })
    const work = pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    const { promise } = stop()
    await pool.pass(1000, 100)
    pool.thread(0).receive()
    expect(pool.asked).toEqual([])
    await pool.end(pool.thread(0), 'done')
    await letGo()
    await promise
    await expect(work).resolves.toBe('done')
  })

  it('[49] replaces threads that die before the works are done', async () => {
    await setUp()
    const works = [pool.submit(), pool.submit(), pool.submit()]
    await pool.turn()
    const { promise } = stop()
    pool.begin(pool.thread(0))
    pool.thread(0).die(1)
    await pool.workOff()
    await letGo()
    expect([...(await promise).values()]).toEqual(['failed', 'done', 'done'])
    expect(pool.threads).toHaveLength(2)
    await expect(works[0]).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
  })

  it('[50] starts a worker if works remain and nobody is there', async () => {
    await setUp({ total: 0 })
    const work = pool.submit()
    const { promise } = stop()
    await pool.turn()
    await pool.workOff()
    await letGo()
    await promise
    await expect(work).resolves.toBeUndefined()
  })

  it('[50] waits for works whose threads are still starting', async () => {
    pool = new FakePool()
    const work = pool.submit()
    const outcome = stop()
    await pool.pass(500, 100)
    expect(outcome.map).toBeUndefined()
    await pool.workOff()
    await letGo()
    expect(outcome.map?.get(work.id)).toBe('done')
  })

  it('[20] waits for the function of a work that was discarded', async () => {
    await setUp()
    const work = pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    pool.discardGently(work)
    const outcome = stop()
    await pool.pass(100)
    expect(outcome.map).toBeUndefined()
    await pool.end(pool.thread(0))
    await letGo()
    expect(outcome.map?.size).toBe(0)
    expect(pool.thread(0).terminated).toBe(false)
  })

  it('keeps the process until it is over', async () => {
    await setUp()
    const { promise } = stop()
    await pool.turn()
    expect(pool.holds).toBe(1)
    await letGo()
    await promise
    await pool.turn()
    expect(pool.holds).toBe(0)
  })
})

describe('a hot stop', () => {
  it('[50] discards what has not begun and ends what runs, at once', async () => {
    await setUp({ total: 2, workBuffer: 2 })
    const works = Array.from({ length: 7 }, () => pool.submit())
    const entries = works.map(work =>
      work.accepted.then(
        () => 'in',
        () => 'out',
      ),
    )
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    const { promise } = stop(true)
    expect(works.map(({ status }) => status)).toEqual(works.map(() => 'discarded'))
    await pool.turn()
    expect(pool.threads.map(({ terminated }) => terminated)).toEqual([true, true])
    await letGo()
    expect([...(await promise).values()]).toEqual(works.map(() => 'discarded'))
    expect(await Promise.all(entries)).toEqual(['in', 'in', 'in', 'in', 'out', 'out', 'out'])
    expect(pool.leftovers()).toEqual([])
  })

  it('[50] gives running works their grace, and no more', async () => {
    await setUp({ total: 2, grace: 50 })
    pool.submit()
    pool.submit()
    await pool.turn()
    const [nice, rude] = pool.threads
    for (const thread of pool.threads) pool.begin(thread)
    const outcome = stop(true)
    await pool.pass(20)
    expect(pool.threads.map(({ terminated }) => terminated)).toEqual([false, false])
    nice?.finish()
    nice?.flush()
    await pool.hear()
    await pool.pass(29, 29)
    expect(rude?.terminated).toBe(false)
    await pool.pass(1)
    expect(rude?.terminated).toBe(true)
    await letGo()
    await pool.turn()
    expect(outcome.map).toBeDefined()
  })

  it('[50] does not wait for threads that start, nor for a setup that hangs', async () => {
    pool = new FakePool({ total: 2 })
    const work = pool.submit()
    const { promise } = stop(true)
    await pool.turn()
    for (const thread of pool.living) thread.obey()
    expect((await promise).get(work.id)).toBe('discarded')
    expect(pool.leftovers()).toEqual([])
  })

  it('[40] leaves threads behind that are stuck, and names them', async () => {
    await setUp({ killTimeout: 100 })
    pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    pool.thread(0).isStuck = true
    const outcome = stop(true)
    await pool.pass(99)
    expect(outcome.map).toBeUndefined()
    await pool.pass(1)
    expect(outcome.map?.size).toBe(1)
    expect(pool.crew.stuck.size).toBe(1)
    expect(pool.clock.pending).toBe(0)
    expect(pool.holds).toBe(0)
    // It ends after all, and tells nobody.
    pool.thread(0).isStuck = false
    pool.thread(0).obey()
    await pool.turn()
    expect(pool.leftovers()).toEqual([])
  })

  it('[50] ends what looped behind an answer that was never posted', async () => {
    await setUp()
    const works = [pool.submit(), pool.submit()]
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    thread.finish('done')
    thread.startNext()
    const { promise } = stop(true)
    await pool.turn()
    expect(thread.terminated).toBe(true)
    await letGo()
    await promise
    expect(works[1]?.status).toBe('discarded')
  })

  it('leaves no time limit behind', async () => {
    await setUp({ total: 2, timeout: 10_000 })
    for (let i = 0; i < 6; i++) pool.submit({ queueTimeout: 5000 })
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    pool.thread(0).die(1)
    const { promise } = stop(true)
    await pool.turn()
    await letGo()
    await promise
    expect(pool.clock.pending).toBe(0)
  })
})

describe('several calls', () => {
  it('[50] share one outcome, which names the works unfinished at the first', async () => {
    await setUp()
    const work = pool.submit()
    await pool.turn()
    const first = pool.shutdown.stop(false, Infinity)
    expect(pool.shutdown.stop(false, Infinity)).toBe(first)
    await pool.workOff()
    await letGo()
    expect(pool.shutdown.stop(true, 5)).toBe(first)
    expect([...(await first)]).toEqual([[work.id, 'done']])
    expect(pool.shutdown.stop(false, Infinity)).toBe(first)
  })

  it('[50] a hot one after a graceful one makes it come sooner', async () => {
    await setUp()
    const works = [pool.submit(), pool.submit()]
    await pool.turn()
    pool.begin(pool.thread(0))
    const outcome = stop()
    await pool.pass(50)
    expect(outcome.map).toBeUndefined()
    expect(pool.shutdown.stop(true, Infinity)).toBe(outcome.promise)
    expect(works.map(({ status }) => status)).toEqual(['discarded', 'discarded'])
    await pool.turn()
    await letGo()
    expect([...(await outcome.promise).values()]).toEqual(['discarded', 'discarded'])
  })

  it('[50] a hot one ends threads whose teardown hangs', async () => {
    await setUp()
    const outcome = stop()
    await pool.turn()
    pool.thread(0).receive()
    expect(pool.thread(0).stopAsked).toBe(true)
    await pool.pass(500, 100)
    expect(outcome.map).toBeUndefined()
    void pool.shutdown.stop(true, Infinity)
    await pool.turn()
    expect(pool.thread(0).terminated).toBe(true)
    await letGo()
    expect(outcome.map).toBeDefined()
  })

  it('a timeout turns it hot, and leaves no timer where it was not needed', async () => {
    await setUp()
    const work = pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    const outcome = stop(false, 100)
    await pool.pass(99)
    expect(work.status).toBe('running')
    await pool.pass(1)
    expect(work.status).toBe('discarded')
    await letGo()
    expect(outcome.map?.get(work.id)).toBe('discarded')

    await setUp()
    const { promise } = stop(false, 100)
    await pool.turn()
    await letGo()
    await promise
    await pool.turn()
    expect(pool.clock.pending).toBe(0)
  })

  it('a later call may bring its timeout', async () => {
    await setUp()
    const work = pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    const { promise } = stop()
    await pool.pass(100)
    void pool.shutdown.stop(false, 20)
    await pool.pass(20)
    expect(work.status).toBe('discarded')
    await letGo()
    await promise
  })
})
