import { afterEach, describe, expect, it } from 'vitest'
import { FakePool, type FakePoolOptions, fakeTask, serialOf } from './fake-pool.js'
import type { FakeThread } from './fake-thread.js'

let pool: FakePool

/** One worker, on which the first of so many works runs and the others are sent ahead. */
async function running(count: number, options: FakePoolOptions = {}, timeout?: number) {
  pool = new FakePool(options)
  await pool.boot()
  const task = fakeTask(0.001)
  const works = Array.from({ length: count }, () => pool.submit({ task, timeout }))
  await pool.turn()
  pool.begin(pool.thread(0))
  const [first, second] = works
  if (first === undefined) throw new Error('no work')
  return { thread: pool.thread(0), works, first, second }
}

afterEach(() => pool.close())

/** What lies on the lane whenever the thread is told to end. */
function laneAtTheEnd(thread: FakeThread): number[][] {
  const seen: number[][] = []
  const { terminate } = thread
  thread.terminate = () => {
    seen.push(thread.holds.map(({ serial }) => serial))
    terminate.call(thread)
  }
  return seen
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  )
  await pool.turn()
  return settled
}

describe('ending a running work', () => {
  it('[19] takes back what was sent ahead before the thread is told to end', async () => {
    const { thread, first } = await running(4)
    const seen = laneAtTheEnd(thread)
    void pool.discardHot(first)
    expect(seen).toEqual([[0]])
    thread.obey()
    await pool.turn()
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1, 2, 3])
    await expect(first).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
  })

  it('settles the work at once, and resolves when its thread is gone', async () => {
    const { thread, first } = await running(1)
    const end = pool.discardHot(first)
    expect(first.status).toBe('discarded')
    expect(await isSettled(end)).toBe(false)
    thread.obey()
    expect(await isSettled(end)).toBe(true)
    expect(pool.living).toHaveLength(1)
  })

  it('asks first, and ends the thread only after the grace', async () => {
    const { thread, first } = await running(2, { grace: 50 })
    void pool.discardHot(first)
    thread.receive()
    expect(pool.asked).toEqual([0])
    await pool.pass(49.9, 49.9)
    expect(thread.terminated).toBe(false)
    await pool.pass(0.1)
    expect(thread.terminated).toBe(true)
  })

  it('[20] keeps the thread of a work that ends within the grace', async () => {
    const { thread, first, second } = await running(2, { grace: 50 })
    const end = pool.discardHot(first)
    await pool.pass(40)
    await pool.end(thread)
    expect(await isSettled(end)).toBe(true)
    await pool.pass(100)
    expect(thread.terminated).toBe(false)
    await pool.workOff()
    await expect(second).resolves.toBeUndefined()
    expect(pool.threads).toHaveLength(1)
  })

  it('[25] drops the result that comes after the discard', async () => {
    const { thread, first } = await running(1, { grace: 50 })
    void pool.discardHot(first)
    await pool.end(thread, 'too late')
    await expect(first).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(first.status).toBe('discarded')
  })

  it('[25] leaves alone what had ended before, and the thread with it', async () => {
    const { thread, first } = await running(1)
    thread.finish('in time')
    thread.flush()
    await pool.discardHot(first)
    expect(thread.terminated).toBe(false)
    await pool.hear()
    expect(pool.threads).toHaveLength(1)
  })

  it('[21] sends nothing to the worker and begins nothing there, until it is over', async () => {
    const { thread, first } = await running(3, { grace: 50 })
    void pool.discardHot(first)
    const late = pool.submit()
    await pool.turn()
    expect(thread.holds.map(({ serial }) => serial)).toEqual([0])
    thread.receive()
    thread.finish()
    expect(thread.startNext()).toBeUndefined()
    thread.flush()
    await pool.hear()
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1, 2, serialOf(late)])
  })

  it('[21] its works go to another worker meanwhile', async () => {
    const { thread, first } = await running(3, { grace: 50 })
    pool.crew.setTarget(2)
    void pool.discardHot(first)
    await pool.boot()
    pool.thread(1).work()
    await pool.hear()
    expect(pool.starts).toEqual([0, 1, 2])
    expect(thread.running?.serial).toBe(0)
  })

  it('[19] a second victim on the same thread is not forgotten over the first', async () => {
    const { thread, works } = await running(2)
    const [first, second] = works
    if (first === undefined || second === undefined) throw new Error('no work')
    // The first has ended, but the second loops before its answer is posted.
    thread.finish(1)
    thread.startNext()
    const ends = Promise.all([pool.discardHot(first), pool.discardHot(second)])
    expect(thread.terminated).toBe(true)
    thread.obey()
    expect(await isSettled(ends)).toBe(true)
  })

  it('[20] asked for twice is over for both when the function has ended, and has one grace', async () => {
    const { thread, first } = await running(1, { grace: 50 })
    const ends = [pool.discardHot(first)]
    await pool.pass(20)
    ends.push(pool.discardHot(first))
    await pool.end(thread)
    expect(await isSettled(Promise.all(ends))).toBe(true)
    expect(pool.clock.pending).toBe(0)
  })

  it('[40] is over when the function has ended, even if its thread blocks before it can say so', async () => {
    const { thread, first } = await running(1, { grace: 20 })
    const end = pool.discardHot(first)
    thread.finish({ in: 'its hand' })
    await pool.pass(20)
    expect(await isSettled(end)).toBe(true)
    thread.flush()
    await pool.hear()
  })

  it('[40] of a thread in native code takes grace + killTimeout, and the thread is replaced and named', async () => {
    const { thread, first } = await running(2, { grace: 20, killTimeout: 100 })
    const { id } = pool.workerOf(thread)
    thread.isStuck = true
    const end = pool.discardHot(first)
    await pool.pass(119)
    expect(await isSettled(end)).toBe(false)
    await pool.pass(1)
    expect(await isSettled(end)).toBe(true)
    expect([...pool.crew.stuck].map(worker => worker.id)).toEqual([id])
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1])
    // Native code ends after all: nobody misses the thread, and it is no longer named.
    thread.isStuck = false
    thread.finish('much too late')
    thread.flush()
    thread.obey()
    await pool.turn()
    expect(pool.crew.stuck.size).toBe(0)
    expect(pool.living).toHaveLength(1)
    expect(first.status).toBe('discarded')
  })

  it('[36] answers that a thread had posted before it got stuck count, heard or not', async () => {
    const { thread, first } = await running(1, { killTimeout: 100 })
    await pool.pass(5) // by then nobody looks at this lane any more: nothing waits on it
    thread.finish({ an: 'object' })
    thread.flush()
    for (const worker of pool.crew.workers) worker.kill()
    pool.clock.advance(100)
    await expect(first).resolves.toEqual({ an: 'object' })
    thread.obey()
    await pool.turn()
  })

  it('[27] by its timeout counts from its start', async () => {
    pool = new FakePool({ timeout: 30 })
    await pool.boot()
    const work = pool.submit()
    await pool.pass(100)
    expect(work.status).toBe('queued')
    pool.begin(pool.thread(0))
    await pool.pass(29)
    expect(work.status).toBe('running')
    await pool.pass(1)
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'run' })
    expect(pool.thread(0).terminated).toBe(true)
  })

  it('[27] by its timeout does not happen to one that has ended in time, however late its answer is heard', async () => {
    const { thread, first } = await running(1, {}, 30)
    await pool.pass(20)
    thread.finish({ an: 'object' })
    thread.flush()
    pool.clock.advance(100)
    await pool.hear()
    await expect(first).resolves.toEqual({ an: 'object' })
  })
})

describe('a gentle discard', () => {
  it('[20] asks the function to stop, and never ends its thread', async () => {
    const { thread, first, second } = await running(2)
    pool.discardGently(first)
    expect(first.status).toBe('discarded')
    thread.receive()
    expect(pool.asked).toEqual([0])
    await pool.pass(1000, 100)
    expect(thread.terminated).toBe(false)
    await pool.workOff()
    await expect(second).resolves.toBeUndefined()
    expect(pool.threads).toHaveLength(1)
  })

  it('leaves the function its timeout, which does end the thread', async () => {
    const { thread, first } = await running(1, {}, 60)
    pool.discardGently(first)
    await pool.pass(59)
    expect(thread.terminated).toBe(false)
    await pool.pass(1)
    expect(thread.terminated).toBe(true)
  })

  it('turns hot when it is asked for again', async () => {
    const { thread, first } = await running(1)
    pool.discardGently(first)
    void pool.discardHot(first)
    expect(thread.terminated).toBe(true)
  })

  it('[18] takes a work out that has not begun, for good', async () => {
    const { thread, second, works } = await running(3)
    if (second === undefined) throw new Error('no work')
    pool.discardGently(second)
    pool.discardGently(second)
    await pool.end(thread)
    await pool.workOff()
    expect(pool.starts).toEqual([0, 2])
    await expect(works[2]).resolves.toBeUndefined()
  })
})

describe('a grace of Infinity', () => {
  it('[60] settles the work at once, asks its function to stop, and never ends the thread', async () => {
    const { thread, first, second } = await running(2, { grace: Infinity })
    const end = pool.discardHot(first)
    expect(first.status).toBe('discarded')
    thread.receive()
    expect(pool.asked).toEqual([0])
    await pool.pass(100_000, 1000)
    expect(thread.terminated).toBe(false)
    expect(await isSettled(end)).toBe(false)
    expect(pool.starts).toEqual([0]) // its place is still taken
    await pool.end(thread)
    expect(await isSettled(end)).toBe(true)
    await pool.workOff()
    await expect(second).resolves.toBeUndefined()
    expect(pool.threads).toHaveLength(1)
  })

  it('[60] lets a timeout fail the work, and the thread serve the next one', async () => {
    const { thread, first, second } = await running(2, { grace: Infinity }, 60)
    await pool.pass(60)
    await expect(first).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'run' })
    await pool.pass(1000, 100)
    expect(thread.terminated).toBe(false)
    await pool.end(thread)
    await pool.workOff()
    await expect(second).resolves.toBeUndefined()
    expect(pool.threads).toHaveLength(1)
  })

  it('[60] leaves works that wait behind it to threads that become free', async () => {
    const { first, works } = await running(3, { grace: Infinity, total: 2 })
    void pool.discardHot(first)
    const [holder] = pool.threads.filter(thread => thread.running?.serial === 0)
    for (const other of pool.threads) if (other !== holder) other.work()
    await pool.hear()
    for (const other of pool.threads) if (other !== holder) other.work()
    await pool.hear()
    expect(works.slice(1).map(work => work.status)).toEqual(['done', 'done'])
  })

  it('[60] of one work does not spare the thread when another one has to end', async () => {
    pool = new FakePool({ concurrency: 2, grace: 50 })
    await pool.boot()
    const spared = pool.submit({ grace: Infinity })
    const victim = pool.submit()
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    pool.begin(thread)
    void pool.discardHot(spared)
    await pool.pass(1000, 100)
    expect(thread.terminated).toBe(false)
    void pool.discardHot(victim)
    // Not within 100 ms, as if nothing but victims were on it.
    await pool.pass(49)
    expect(thread.terminated).toBe(false)
    await pool.pass(1)
    expect(thread.terminated).toBe(true)
  })

  it('[60] shares the thread with other works meanwhile', async () => {
    pool = new FakePool({ concurrency: 2, grace: Infinity })
    await pool.boot()
    const spared = pool.submit()
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    void pool.discardHot(spared)
    const other = pool.submit()
    await pool.turn()
    pool.begin(thread)
    await pool.end(thread, 'beside it', serialOf(other))
    await expect(other).resolves.toBe('beside it')
    expect(spared.status).toBe('discarded')
  })

  it('[60] ends with a hot stop, which ends the thread at once; a graceful stop waits', async () => {
    for (const isAskedToStop of [true, false]) {
      const { thread, first } = await running(1, { grace: Infinity })
      if (isAskedToStop) void pool.discardHot(first)
      const stopped = pool.shutdown.stop(false, Infinity)
      await pool.pass(10_000, 1000)
      expect(thread.terminated).toBe(false)
      expect(await isSettled(stopped)).toBe(false)
      void pool.shutdown.stop(true, Infinity)
      expect(thread.terminated).toBe(true)
      thread.obey()
      await pool.hear()
      expect(await isSettled(stopped)).toBe(true)
    }
  })

  it('[60] lets a worker that is removed hot leave when the function has returned', async () => {
    const { thread, first } = await running(1, { grace: Infinity })
    const gone = pool.interrupt(pool.crew.setTarget(0, true))
    expect(first.status).toBe('discarded')
    await pool.pass(10_000, 1000)
    expect(thread.terminated).toBe(false)
    await pool.end(thread)
    expect(thread.terminated).toBe(true)
    thread.obey()
    await gone
  })
})
