import { afterEach, describe, expect, it } from 'vitest'
import { transfer } from '../../src/values/transfer.js'
import { FakePool, type FakePoolOptions, fakeTask, serialOf } from './fake-pool.js'
import type { FakeThread } from './fake-thread.js'

let pool: FakePool

/** Threads that run two works each, all of them begun. */
async function running(count: number, options: FakePoolOptions = {}) {
  pool = new FakePool({ concurrency: 2, grace: 1000, ...options })
  await pool.boot()
  const works = Array.from({ length: count }, () => pool.submit({ task: fakeTask(100) }))
  await pool.turn()
  for (const thread of pool.living) begin(thread)
  return { thread: pool.thread(0), works }
}

function begin(thread: FakeThread): void {
  while (thread.begun.length < 2 && pool.begin(thread) !== undefined);
}

/** Serials of the works that are on this thread's lane, the oldest first. */
function lane(thread: FakeThread): number[] {
  return thread.holds.map(({ serial }) => serial)
}

afterEach(() => pool.close())

describe('places', () => {
  it('each gets a work before any is sent ahead, and those that do least come first', async () => {
    await running(5, { total: 2 })
    expect([lane(pool.thread(0)).length, lane(pool.thread(1)).length].sort()).toEqual([2, 3])
    expect(pool.starts).toHaveLength(4)
    expect(pool.workerOf(pool.thread(0)).places.held + pool.workerOf(pool.thread(1)).places.held).toBe(5)
  })

  it('no more than one long work is sent ahead behind those that run', async () => {
    const { thread } = await running(6)
    expect(lane(thread)).toEqual([0, 1, 2])
  })

  it('one that becomes free gets the next work, whichever of those that run has ended', async () => {
    const { thread } = await running(4)
    await pool.end(thread, undefined, 1)
    begin(thread)
    expect(thread.begun).toEqual([0, 2])
    expect(lane(thread)).toEqual([0, 2, 3])
  })

  it('[13] are what the buffer is counted from', async () => {
    const { works } = await running(4, { total: 2, workBuffer: 1 })
    const one = pool.submit()
    const refused = pool.submit({ whenFull: 'reject' })
    await expect(refused).rejects.toThrow(/4 of 4 places on 2 available workers taken/)
    expect([one.status, works.map(work => work.status)]).toEqual(['queued', Array(4).fill('running')])
  })

  it('works sent ahead go to a place that becomes free elsewhere', async () => {
    await running(5, { total: 2 })
    const behind = pool.living.find(thread => lane(thread).length === 3)
    const other = pool.living.find(thread => thread !== behind)
    if (behind === undefined || other === undefined) throw new Error('nothing was sent ahead')
    const [oldest] = other.begun
    await pool.end(other, undefined, oldest)
    expect(lane(behind)).toHaveLength(2)
    begin(other)
    expect(other.begun).toContain(4)
  })

  it('are kept by works that have one, although their thread has yet to begin them and another is free', async () => {
    pool = new FakePool({ concurrency: 2, total: 2 })
    await pool.boot()
    const task = fakeTask(100)
    for (const priority of [1, 1, 1, 1, 0]) pool.submit({ task, priority })
    await pool.turn()
    const behind = pool.living.find(thread => lane(thread).length === 3)
    const other = pool.living.find(thread => thread !== behind)
    if (behind === undefined || other === undefined) throw new Error('nothing was sent ahead')
    const first = lane(behind).slice(0, 2)
    begin(other)
    await pool.end(other)
    expect(lane(behind)).toEqual(first)
    expect(lane(other)).toContain(4)
  })

  it('of a thread that does not begin what it was sent are given to others within two looks', async () => {
    pool = new FakePool({ concurrency: 2, total: 2 })
    await pool.boot()
    const task = fakeTask(100)
    for (let i = 0; i < 3; i++) pool.submit({ task })
    await pool.turn()
    const blocked = pool.living.find(thread => lane(thread).length === 2)
    const other = pool.living.find(thread => thread !== blocked)
    if (blocked === undefined || other === undefined) throw new Error('the works were not spread')
    // In a function that does not yield.
    pool.begin(blocked)
    begin(other)
    await pool.pass(10, 5)
    expect(lane(blocked)).toHaveLength(1)
    begin(other)
    expect(other.begun).toHaveLength(2)
    // It gets none of those that come now, as long as the other has room.
    await pool.end(other)
    pool.submit({ task })
    await pool.turn()
    expect([lane(blocked).length, lane(other).length]).toEqual([1, 2])
  })

  it('[41] of a thread in a function that does not yield are used as soon as it does', async () => {
    const { thread } = await running(1)
    thread.claims.enterCall(pool.clock.now())
    await pool.pass(3)
    const buffer = new ArrayBuffer(8)
    const moved = pool.submit({ args: [transfer(buffer, [buffer])] })
    await pool.pass(40)
    expect([lane(thread), buffer.byteLength]).toEqual([[0], 8])
    thread.claims.leaveCall()
    await pool.pass(5)
    expect(lane(thread)).toEqual([0, serialOf(moved)])
    await pool.workOff()
  })

  it('of a thread that was held up count again as soon as it has answered', async () => {
    pool = new FakePool({ concurrency: 3, total: 2 })
    await pool.boot()
    const task = fakeTask(100)
    for (let i = 0; i < 5; i++) pool.submit({ task })
    await pool.turn()
    const blocked = pool.living.find(thread => lane(thread).length === 3)
    const other = pool.living.find(thread => thread !== blocked)
    if (blocked === undefined || other === undefined) throw new Error('the works were not spread')
    pool.begin(blocked)
    pool.begin(blocked)
    while (pool.begin(other) !== undefined);
    await pool.pass(10, 5)
    expect([lane(blocked).length, lane(other).length]).toEqual([2, 3])
    await pool.end(blocked)
    pool.begin(other)
    await pool.end(other)
    // Both have places, and it has more of them.
    pool.submit({ task })
    await pool.turn()
    expect([lane(blocked).length, lane(other).length]).toEqual([2, 2])
  })

  it('[12] hold back a work of lower priority that is not begun', async () => {
    const { thread } = await running(3)
    const high = pool.submit({ priority: 1 })
    await pool.turn()
    await pool.end(thread)
    begin(thread)
    expect(thread.begun).toEqual([1, serialOf(high)])
  })
})

describe('ending one of several', () => {
  it('asks it to stop, takes back what has not begun, and sends nothing more to its thread', async () => {
    const { thread, works } = await running(3, { total: 1 })
    void pool.discardHot(works[0]!)
    thread.receive()
    expect(pool.asked).toEqual([0])
    expect(lane(thread)).toEqual([0, 1])
    await pool.end(thread, undefined, 1)
    expect(lane(thread)).toEqual([0])
    await pool.end(thread, undefined, 0)
    expect(lane(thread)).toEqual([2])
    expect(thread.terminated).toBe(false)
  })

  it('ends the thread after the grace; the others fail with its error as the cause', async () => {
    const { thread, works } = await running(2)
    void pool.discardHot(works[0]!)
    await pool.pass(999, 111)
    expect(thread.terminated).toBe(false)
    await pool.pass(1)
    expect(thread.terminated).toBe(true)
    thread.obey()
    await pool.turn()
    const reason: unknown = await works[0]!.catch((error: unknown) => error)
    await expect(works[1]).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true, cause: reason })
  })

  it('ends the thread within 100 ms when the victim is alone on it', async () => {
    const { thread, works } = await running(2)
    void pool.discardHot(works[0]!)
    await pool.pass(200)
    await pool.end(thread, undefined, 1)
    await pool.pass(99, 33)
    expect(thread.terminated).toBe(false)
    await pool.pass(1)
    expect(thread.terminated).toBe(true)
  })

  it('[59] also when the answer of the last other lies in shared memory, and the victim keeps the thread from posting it', async () => {
    const { thread, works } = await running(2)
    void pool.discardHot(works[0]!)
    await pool.pass(200)
    thread.finish('small', 1)
    await pool.pass(200, 5)
    expect(works[1]?.status).toBe('done')
    expect(thread.terminated).toBe(true)
  })

  it('[59] gives the grace to a work whose buffer is there, too, since it cannot be taken back', async () => {
    const { thread, works } = await running(1)
    const buffer = new ArrayBuffer(8)
    const moved = pool.submit({ args: [transfer(buffer, [buffer])] })
    await pool.turn()
    expect(buffer.byteLength).toBe(0)
    void pool.discardHot(works[0]!)
    await pool.pass(500)
    expect(thread.terminated).toBe(false)
    begin(thread)
    await pool.end(thread, undefined, serialOf(moved))
    expect(moved.status).toBe('done')
    await pool.pass(100)
    expect(thread.terminated).toBe(true)
  })

  it('spares the thread of a victim that ends by itself when it is alone', async () => {
    const { thread, works } = await running(1)
    const over = pool.discardHot(works[0]!)
    await pool.pass(50)
    await pool.end(thread)
    await over
    await pool.pass(2000, 100)
    expect(thread.terminated).toBe(false)
    expect(pool.clock.pending).toBe(0)
  })

  it('two victims are alone together', async () => {
    const { thread, works } = await running(2)
    void pool.discardHot(works[0]!)
    await pool.pass(300, 100)
    void pool.discardHot(works[1]!)
    await pool.pass(100, 50)
    expect(thread.terminated).toBe(true)
  })

  it('[50] a hot stop waits for no grace that nobody needs', async () => {
    const { thread } = await running(2, { grace: 10_000 })
    void pool.shutdown.stop(true, Infinity)
    await pool.pass(100, 50)
    expect(thread.terminated).toBe(true)
  })

  it('retries those that went down with it', async () => {
    pool = new FakePool({ concurrency: 2, grace: 0 })
    await pool.boot()
    const victim = pool.submit()
    const other = pool.submit({ retries: 1 })
    await pool.turn()
    const thread = pool.thread(0)
    begin(thread)
    void pool.discardHot(victim)
    expect(thread.terminated).toBe(true)
    thread.obey()
    await pool.turn()
    await pool.workOff()
    expect(other.status).toBe('done')
    expect(pool.starts).toEqual([0, 1, 1])
  })
})
