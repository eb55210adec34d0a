import { afterEach, describe, expect, it } from 'vitest'
import type { Work } from '../../src/work/work.js'
import { FakePool, serialOf } from './fake-pool.js'

let pool: FakePool

afterEach(() => pool.close())

describe('a broadcast', () => {
  it('[57] that was sent to a worker which dies before it begins is no other one’s to run', async () => {
    pool = new FakePool({ total: 2 })
    await pool.boot()
    const everywhere = pool.broadcast()
    await pool.turn()
    const [dying, other] = pool.living
    expect([dying?.holds.length, other?.holds.length]).toEqual([1, 1])
    dying?.die(1)
    await pool.workOff()
    expect(await everywhere).toHaveLength(1)
    expect(pool.starts).toHaveLength(1)
  })

  it('[57] comes behind what its worker was sent before, and ahead of all that is sent later', async () => {
    pool = new FakePool()
    await pool.boot()
    const thread = pool.thread(0)
    const before = [pool.submit(), pool.submit()].map(serialOf)
    await pool.turn()
    pool.begin(thread)
    void pool.broadcast()
    const later = serialOf(pool.submit())
    await pool.turn()
    await pool.end(thread)
    await pool.workOff()
    expect(pool.starts).toEqual([...before, later - 1, later])
  })

  it('[57] waits until it is alone on a thread that runs several works, and nothing begins beside it', async () => {
    pool = new FakePool({ concurrency: 2 })
    await pool.boot()
    const thread = pool.thread(0)
    const serial = serialOf(pool.submit())
    await pool.turn()
    pool.begin(thread)
    void pool.broadcast()
    pool.submit()
    await pool.turn()
    expect(thread.holds).toHaveLength(1)
    await pool.end(thread)
    pool.begin(thread)
    expect(thread.holds).toHaveLength(1)
    expect(thread.begun).toEqual([serial + 1])
    await pool.end(thread)
    pool.begin(thread)
    expect(thread.begun).toEqual([serial + 2])
  })

  it('is not run by a worker for which it was discarded before its turn', async () => {
    const handles: Work<unknown>[] = []
    pool = new FakePool({ observer: { queued: work => void handles.push(work.handle) } })
    await pool.boot()
    pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    const everywhere = pool.broadcast()
    const [, handle] = handles
    if (handle === undefined) throw new Error('it is not queued')
    pool.discardGently(handle)
    await expect(everywhere).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    await pool.end(pool.thread(0))
    await pool.workOff()
    expect(pool.starts).toEqual([0])
  })

  it('[57] leaves out a worker that is stuck in native code', async () => {
    pool = new FakePool({ total: 2, killTimeout: 100 })
    await pool.boot()
    const work = pool.submit()
    await pool.turn()
    const stuck = pool.living.find(thread => thread.holds.length === 1)
    if (stuck === undefined) throw new Error('no thread has the work')
    pool.begin(stuck)
    const everywhere = pool.broadcast()
    stuck.isStuck = true
    void pool.discardHot(work)
    await pool.pass(100)
    await pool.workOff()
    expect(await everywhere).toHaveLength(1)
  })

  it('[57] gives its results in the order of the workers, whoever is free first', async () => {
    pool = new FakePool({ total: 2 })
    await pool.boot()
    const [first, second] = pool.living
    if (first === undefined || second === undefined) throw new Error('a thread is missing')
    // Each has one; the first keeps it for longer.
    pool.submit()
    pool.submit()
    await pool.turn()
    pool.begin(first)
    pool.begin(second)
    await pool.end(second)
    const everywhere = pool.broadcast()
    await pool.turn()
    pool.begin(second)
    await pool.end(second, 'of the second')
    await pool.end(first)
    pool.begin(first)
    await pool.end(first, 'of the first')
    expect(await everywhere).toEqual(['of the first', 'of the second'])
  })
})
