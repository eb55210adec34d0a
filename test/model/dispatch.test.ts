import { afterEach, describe, expect, it } from 'vitest'
import { UncloneableValueError, WorkBufferFullError } from '../../src/errors/works.js'
import { transfer } from '../../src/values/transfer.js'
import { FakePool, type FakePoolOptions, fakeTask, serialOf } from './fake-pool.js'
import { type FakeThread, LARGE } from './fake-thread.js'

let pool: FakePool

async function setUp(options: FakePoolOptions = {}): Promise<FakePool> {
  pool = new FakePool(options)
  await pool.boot()
  return pool
}

afterEach(() => pool.close())

/** Serials of the works that are on this thread's lane, the oldest first. */
function lane(thread: FakeThread): number[] {
  return thread.holds.map(({ serial }) => serial)
}

function submit(count: number, submission: Parameters<FakePool['submit']>[0] = {}): ReturnType<FakePool['submit']>[] {
  return Array.from({ length: count }, () => pool.submit(submission))
}

const SHORT = 0.001
const LONG = 100

describe('sending ahead', () => {
  it.each([
    { runTime: NaN, ahead: 1, why: 'nobody knows how long it runs' },
    { runTime: LONG, ahead: 1, why: 'it is long' },
    { runTime: 1.2, ahead: 1, why: 'two of them are longer than two milliseconds' },
    { runTime: 0.5, ahead: 3, why: 'four of them fill two milliseconds' },
    { runTime: 0.0625, ahead: 31, why: '32 of them fill two milliseconds' },
    { runTime: 0, ahead: 511, why: 'a lane has 512 places' },
  ])('a function of $runTime ms is sent ahead $ahead times: $why', async ({ runTime, ahead }) => {
    await setUp()
    submit(600, { task: fakeTask(runTime) })
    await pool.turn()
    expect(lane(pool.thread(0))).toHaveLength(1 + ahead)
  })

  it('keeps up the supply while works end', async () => {
    await setUp()
    submit(20, { task: fakeTask(0.5) })
    await pool.turn()
    const thread = pool.thread(0)
    for (let first = 0; first < 8; first++) {
      expect(lane(thread)).toEqual([first, first + 1, first + 2, first + 3])
      pool.begin(thread)
      // As long as was expected.
      pool.clock.advance(0.5)
      await pool.end(thread)
    }
    await pool.workOff()
  })

  it('follows what was measured: works that turn out to be long are no longer sent ahead in numbers', async () => {
    await setUp()
    const task = fakeTask(SHORT)
    submit(40, { task })
    await pool.turn()
    expect(lane(pool.thread(0))).toHaveLength(40)
    while (pool.begin(pool.thread(0)) !== undefined) {
      pool.clock.advance(50)
      await pool.end(pool.thread(0))
    }
    submit(40, { task })
    await pool.turn()
    expect(lane(pool.thread(0))).toHaveLength(2)
    await pool.workOff()
  })

  it('short works are shared evenly, first in first out', async () => {
    await setUp({ total: 2 })
    submit(10, { task: fakeTask(SHORT) })
    await pool.turn()
    const [one, other] = [lane(pool.thread(0)), lane(pool.thread(1))]
    expect([one.length, other.length]).toEqual([5, 5])
    expect([...one, ...other].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(one).toEqual([...one].sort((a, b) => a - b))
    expect(other).toEqual([...other].sort((a, b) => a - b))
  })

  it('an idle thread gets its first work at once; everything else of the turn travels in one message', async () => {
    await setUp()
    let messages = 0
    const { lane } = pool.thread(0)
    const { onPosted } = lane
    lane.onPosted = message => {
      messages++
      onPosted(message)
    }
    const [first] = submit(30, { task: fakeTask(SHORT) })
    // The function itself and the work.
    expect(messages).toBe(2)
    expect(pool.begin(pool.thread(0))).toBe(first === undefined ? NaN : serialOf(first))
    await pool.turn()
    expect(messages).toBe(3)
    await pool.workOff()
  })

  it('with several idle threads, each gets one work at once', async () => {
    await setUp({ total: 3 })
    submit(10, { task: fakeTask(SHORT) })
    expect(pool.threads.map(lane)).toEqual([[0], [1], [2]])
    await pool.turn()
    expect(pool.threads.flatMap(lane)).toHaveLength(10)
    await pool.workOff()
  })

  it('a submission in reaction to answers reaches an idle thread at once', async () => {
    await setUp()
    const works = submit(2, { task: fakeTask(LONG) })
    const order: string[] = []
    void works[1]?.then(() => {
      submit(1, { task: fakeTask(SHORT) })
      order.push(`in the reaction: ${lane(pool.thread(0)).join()}`)
    })
    await pool.turn()
    for (let n = 0; n < 2; n++) {
      pool.begin(pool.thread(0))
      await pool.end(pool.thread(0))
    }
    expect(order).toEqual(['in the reaction: 2'])
    await pool.workOff()
  })

  it('[10] one worker begins works in the order in which they were submitted', async () => {
    await setUp()
    submit(1000, { task: fakeTask(SHORT) })
    await pool.workOff()
    expect(pool.starts).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  })

  it('a work sent ahead to a busy thread is passed by for as long as the work before it was expected to run, no longer', async () => {
    await setUp({ total: 2 })
    const task = fakeTask(LONG)
    submit(4, { task })
    await pool.turn()
    const [slow, quick] = [pool.thread(0), pool.thread(1)]
    expect([lane(slow), lane(quick)]).toEqual([
      [0, 2],
      [1, 3],
    ])
    pool.begin(slow)
    pool.begin(quick)
    // A steady input, of which the quick thread alone begins anything. Work 0 never ends.
    for (let passed = 0; passed < 2 * LONG; passed += 10) {
      pool.submit({ task })
      await pool.pass(10)
      await pool.end(quick)
      pool.begin(quick)
    }
    expect(pool.starts.indexOf(2)).toBeGreaterThan(0)
    expect(pool.starts.indexOf(2)).toBeLessThanOrEqual(LONG / 10 + 3)
    await pool.workOff()
  })

  it('nor is it passed by where a thread becomes idle in the very turn in which a later one is submitted', async () => {
    await setUp({ total: 2 })
    const task = fakeTask(LONG)
    const works = submit(3, { task })
    await pool.turn()
    const [slow, quick] = [pool.thread(0), pool.thread(1)]
    expect([lane(slow), lane(quick)]).toEqual([[0, 2], [1]])
    pool.begin(slow)
    pool.begin(quick)
    await pool.pass(10)
    void works[1]?.then(() => pool.submit({ task }))
    await pool.end(quick)
    expect([lane(slow), lane(quick)]).toEqual([[0], [2, 3]])
    await pool.workOff()
  })
})

describe('a work that runs for longer than was expected', () => {
  it('loses all that waits behind it to those who come to it sooner, and gets nothing more until it ends', async () => {
    await setUp({ total: 2 })
    const task = fakeTask(SHORT)
    submit(10, { task })
    await pool.turn()
    const [slow, quick] = [pool.thread(0), pool.thread(1)]
    expect(lane(slow)).toEqual([0, 2, 3, 4, 5])
    pool.begin(slow)
    pool.begin(quick)
    await pool.pass(10)
    const later = submit(4, { task })
    await pool.end(quick)
    expect(lane(slow)).toEqual([0])
    // Oldest first, but for what had been sent to the quick one before.
    for (; pool.begin(quick) !== undefined; ) await pool.end(quick)
    expect(pool.starts).toEqual([0, 1, 6, 7, 8, 9, 2, 3, 4, 5, 10, 11, 12, 13])
    expect(lane(slow)).toEqual([0])
    await Promise.all(later)
    await pool.workOff()
  })

  it('loses it in the order of submission also where nothing else is queued', async () => {
    await setUp({ total: 2 })
    submit(10, { task: fakeTask(SHORT) })
    await pool.turn()
    const [slow, quick] = [pool.thread(0), pool.thread(1)]
    pool.begin(slow)
    pool.begin(quick)
    await pool.pass(10)
    await pool.end(quick)
    expect(lane(slow)).toEqual([0])
    for (; pool.begin(quick) !== undefined; ) await pool.end(quick)
    expect(pool.starts).toEqual([0, 1, 6, 7, 8, 9, 2, 3, 4, 5])
    await pool.workOff()
  })

  it('keeps what waits behind it while nobody else comes to it sooner', async () => {
    await setUp({ total: 2 })
    const task = fakeTask(SHORT)
    submit(6, { task })
    await pool.turn()
    const lanes = [lane(pool.thread(0)), lane(pool.thread(1))]
    for (const thread of pool.threads) pool.begin(thread)
    await pool.pass(10)
    pool.submit({ task })
    await pool.turn()
    expect([lane(pool.thread(0)), lane(pool.thread(1))]).toEqual(lanes)
    await pool.workOff()
  })
})

describe('priorities', () => {
  it('[16] a higher priority recalls what was sent ahead, and the recalled keep their order', async () => {
    await setUp()
    const task = fakeTask(SHORT)
    submit(4, { task })
    await pool.turn()
    pool.begin(pool.thread(0))
    pool.submit({ task, priority: 1 })
    await pool.turn()
    expect(lane(pool.thread(0))).toEqual([0, 4])
    await pool.workOff()
    expect(pool.starts).toEqual([0, 4, 1, 2, 3])
  })

  it('[16] only what is lower is recalled, not what is equal', async () => {
    await setUp()
    const task = fakeTask(SHORT)
    for (const priority of [1, 0]) pool.submit({ task, priority })
    await pool.turn()
    expect(lane(pool.thread(0))).toEqual([0, 1])
    const posted: number[] = []
    pool.onPost = (_, serial) => posted.push(serial)
    pool.submit({ task, priority: 1 })
    await pool.turn()
    expect(posted).toEqual([2])
    await pool.workOff()
    expect(pool.starts).toEqual([0, 2, 1])
  })

  it('[16] what was recalled and sent again does not begin by its first message, which still lies in the port', async () => {
    await setUp()
    const task = fakeTask(SHORT)
    submit(2, { task })
    await pool.turn()
    pool.submit({ task, priority: 1 })
    await pool.turn()
    await pool.workOff()
    expect(pool.starts).toEqual([2, 0, 1])
  })

  it('[16] works recalled from several lanes come back in the order of submission', async () => {
    await setUp({ total: 2 })
    const task = fakeTask(LONG)
    submit(5, { task })
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    submit(2, { task, priority: 1 })
    await pool.turn()
    for (let round = 0; round < 3; round++) {
      for (const thread of pool.threads) {
        if (thread.running !== undefined) await pool.end(thread)
        pool.begin(thread)
      }
    }
    expect(pool.starts.slice(2)).toEqual([5, 6, 2, 3, 4])
    await pool.workOff()
  })

  it('[16] an idle worker begins the highest work there is, even if that was sent ahead elsewhere', async () => {
    await setUp({ total: 2 })
    const task = fakeTask(LONG)
    submit(2, { task })
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    pool.submit({ task, priority: 2 })
    submit(2, { task })
    await pool.turn()
    const free = pool.threads.find(thread => !lane(thread).includes(2))
    if (free === undefined) throw new Error('work 2 was not sent ahead')
    await pool.end(free)
    expect(pool.begin(free)).toBe(2)
    await pool.workOff()
  })
})

describe('stealing', () => {
  it('an idle worker takes the later half of what the fullest lane holds ahead', async () => {
    await setUp()
    submit(9, { task: fakeTask(SHORT) })
    await pool.turn()
    pool.begin(pool.thread(0))
    pool.crew.setTarget(2)
    await pool.boot()
    expect(lane(pool.thread(0))).toEqual([0, 1, 2, 3, 4])
    expect(lane(pool.thread(1))).toEqual([5, 6, 7, 8])
    await pool.workOff()
    expect(pool.starts).toHaveLength(9)
  })

  it('the last work behind a long one does not wait for it', async () => {
    await setUp({ total: 2 })
    submit(4, { task: fakeTask(LONG) })
    await pool.turn()
    const [slow, quick] = [pool.thread(0), pool.thread(1)]
    pool.begin(slow)
    quick.work()
    await pool.hear()
    expect(lane(slow)).toEqual([0])
    expect(lane(quick)).toEqual([2])
  })

  it('what is stolen from a thread that is about to begin it begins once', async () => {
    await setUp()
    submit(2, { task: fakeTask(SHORT) })
    await pool.turn()
    const [one] = pool.threads
    one?.receive()
    pool.crew.setTarget(2)
    await pool.boot()
    for (const thread of pool.threads) pool.begin(thread)
    expect(pool.starts).toEqual([0, 1])
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1])
  })
})

describe('a thread that is held up', () => {
  /** How often a work is put into the port of some thread from here on. */
  function countPosts(): { count: number } {
    const posts = { count: 0 }
    pool.onPost = () => posts.count++
    return posts
  }

  it('gets a work only now and then while all are, and the first that moves begins it', async () => {
    await setUp({ total: 2 })
    const posts = countPosts()
    const work = pool.submit()
    await pool.pass(300)
    expect(posts.count).toBeLessThan(8)
    const [, other] = pool.threads
    for (let waited = 0; work.status === 'queued' && waited < 1000; waited += 5) {
      if (other !== undefined) pool.begin(other)
      await pool.pass(5)
    }
    expect(work.status).toBe('running')
    await pool.workOff()
  })

  it('[57] keeps what only it may run', async () => {
    await setUp({ total: 2 })
    const posts = countPosts()
    pool.orchestrator.admission.submitToEach(fakeTask(), [])
    await pool.turn()
    await pool.pass(200)
    expect(posts.count).toBe(2)
    await pool.workOff()
    expect(pool.starts.toSorted()).toEqual([0, 1])
  })

  it('loses what it has not begun to an idle worker within two looks', async () => {
    await setUp({ total: 2 })
    pool.submit()
    await pool.turn()
    const stuck = pool.threads.find(thread => lane(thread).length > 0)
    const idle = pool.threads.find(thread => thread !== stuck)
    if (stuck === undefined || idle === undefined) throw new Error('nobody has the work')
    await pool.pass(10)
    expect([lane(stuck), lane(idle)]).toEqual([[], [0]])
    // The next goes there as well, as long as there is a choice.
    await pool.end(idle, void pool.begin(idle))
    pool.submit()
    await pool.turn()
    expect([lane(stuck), lane(idle)]).toEqual([[], [1]])
    pool.begin(idle)
    // Its message comes late: the work is no longer to be had.
    expect(pool.begin(stuck)).toBeUndefined()
  })

  it('loses also what waits behind an answer that it cannot post', async () => {
    await setUp({ total: 2 })
    submit(3)
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    const [one, other] = pool.threads as [FakeThread, FakeThread]
    const [stuck, free] = lane(one).includes(2) ? [one, other] : [other, one]
    stuck.finish('small')
    await pool.pass(5)
    await pool.end(free)
    await pool.pass(5)
    expect(lane(free)).toEqual([2])
    pool.begin(free)
  })

  it('keeps it where nobody is idle', async () => {
    await setUp()
    pool.submit()
    await pool.pass(50)
    expect(lane(pool.thread(0))).toEqual([0])
  })
})

describe('works that move buffers', () => {
  function withBuffer(): { buffer: ArrayBuffer; args: unknown[] } {
    const buffer = new ArrayBuffer(8)
    return { buffer, args: [transfer({ buffer }, [buffer])] }
  }

  it('[41] wait for an idle worker, and their buffers stay until then', async () => {
    await setUp()
    const task = fakeTask(SHORT)
    pool.submit({ task })
    await pool.turn()
    pool.begin(pool.thread(0))
    const { buffer, args } = withBuffer()
    pool.submit({ task, args })
    pool.submit({ task })
    await pool.turn()
    expect(lane(pool.thread(0))).toEqual([0])
    expect(buffer.byteLength).toBe(8)
    await pool.end(pool.thread(0))
    expect(lane(pool.thread(0))).toEqual([1, 2])
    expect(buffer.byteLength).toBe(0)
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1, 2])
  })

  it('[41] discarded before they are sent, they leave their buffers whole', async () => {
    await setUp()
    pool.submit()
    await pool.turn()
    pool.begin(pool.thread(0))
    const { buffer, args } = withBuffer()
    const work = pool.submit({ args })
    await pool.turn()
    pool.discardGently(work)
    await pool.workOff()
    expect(buffer.byteLength).toBe(8)
    transfer(args[0] as object, [])
  })

  it('[41] once sent, they are never taken back: not by a priority, a thief or an older claim', async () => {
    await setUp()
    // An answer in its hand keeps the first thread from being quite idle.
    submit(1)
    await pool.turn()
    pool.begin(pool.thread(0))
    pool.thread(0).finish(1)
    await pool.pass(5)
    const { args } = withBuffer()
    const work = pool.submit({ args })
    await pool.turn()
    pool.crew.setTarget(2)
    await pool.boot()
    submit(2, { priority: 1 })
    submit(4)
    await pool.pass(20)
    await pool.workOff()
    await expect(work).resolves.toBeUndefined()
    expect([...pool.starts].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('[41] go down with their thread, not begun', async () => {
    await setUp()
    const { args } = withBuffer()
    const work = pool.submit({ args })
    await pool.turn()
    pool.thread(0).die(1)
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: false })
  })
})

describe('works that leave a lane', () => {
  it('[22] make room for what is queued, when their worker has nothing else', async () => {
    await setUp()
    const works = submit(3, { task: fakeTask(LONG) })
    await pool.turn()
    expect(lane(pool.thread(0))).toEqual([0, 1])
    for (const work of works.slice(0, 2)) pool.discardGently(work)
    await pool.turn()
    expect(pool.begin(pool.thread(0))).toBe(2)
  })

  it('[27] do so also when it is their time in the queue that is over', async () => {
    await setUp()
    const works = submit(2, { task: fakeTask(LONG), queueTimeout: 3 })
    pool.submit()
    await pool.turn()
    pool.clock.advance(3)
    await pool.turn()
    for (const work of works) await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'queue' })
    expect(pool.begin(pool.thread(0))).toBe(2)
  })

  it('[27] keep their queueTimeout when their thread dies under them', async () => {
    await setUp()
    const [work] = submit(1, { queueTimeout: 20 })
    await pool.turn()
    pool.thread(0).die(1)
    await pool.pass(20)
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'queue' })
  })

  it('[36] come back to the head of the queue, in their order, when their thread dies', async () => {
    await setUp()
    submit(6, { task: fakeTask(SHORT) })
    await pool.turn()
    pool.begin(pool.thread(0))
    submit(2, { task: fakeTask(SHORT) })
    pool.thread(0).die(1)
    await pool.turn()
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('[36] answers that were posted and not heard count when their thread dies', async () => {
    await setUp()
    const works = submit(3, { task: fakeTask(SHORT) })
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    thread.finish({ an: 'object' })
    thread.flush()
    thread.startNext()
    thread.finish('in shared memory')
    thread.startNext()
    thread.throws(new Error('in its hand'))
    thread.die(3)
    await expect(works[0]).resolves.toEqual({ an: 'object' })
    await expect(works[1]).resolves.toBe('in shared memory')
    await expect(works[2]).rejects.toMatchObject({
      code: 'ERR_WORKER_LOST',
      reason: 'answer-lost',
      started: true,
      exitCode: 3,
    })
  })

  it('[31] uncloneable ones do not leave the worker idle', async () => {
    await setUp()
    const bad = submit(5, { args: [() => {}] })
    const good = pool.submit()
    await pool.turn()
    for (const work of bad) await expect(work).rejects.toBeInstanceOf(UncloneableValueError)
    expect(pool.begin(pool.thread(0))).toBe(serialOf(good))
  })

  it('[31] a higher one that is submitted on their refusal goes before what was just sent', async () => {
    const task = fakeTask(0.5)
    let high: ReturnType<FakePool['submit']> | undefined
    const settled = (_: unknown, status: string): void => {
      if (status === 'failed') high ??= pool.submit({ priority: 1, task })
    }
    await setUp({ total: 2, observer: { settled } })
    submit(2, { priority: 1, task })
    await pool.turn()
    const free = pool.thread(0)
    for (const thread of pool.threads) pool.begin(thread)
    await pool.end(free)
    // In one pump: the low one and behind it the bad one to the free thread, and then what its refusal brings forth.
    const low = pool.submit({ task })
    const bad = pool.submit({ task, args: [new EventTarget()] })
    await pool.turn()
    await expect(bad).rejects.toBeInstanceOf(UncloneableValueError)
    expect(high).toBeDefined()
    expect(pool.begin(free)).toBe(high && serialOf(high))
    await pool.workOff()
    expect(pool.starts).toContain(serialOf(low))
  })

  it('[31] an uncloneable one that changes lanes before it is posted disturbs neither', async () => {
    await setUp({ total: 2 })
    submit(2, { task: fakeTask(LONG) })
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    await pool.pass(10)
    const bad = pool.submit({ args: [() => {}] })
    submit(4)
    await pool.turn()
    await expect(bad).rejects.toBeInstanceOf(UncloneableValueError)
    await pool.workOff()
    expect([...pool.starts].sort((a, b) => a - b)).toEqual([0, 1, 3, 4, 5, 6])
    submit(20, { task: fakeTask(SHORT) })
    await pool.workOff()
    expect(new Set(pool.starts).size).toBe(26)
  })
})

describe('answers that a busy thread cannot post', () => {
  it('[39] count as soon as they are seen in shared memory', async () => {
    await setUp()
    const [first, second] = submit(2, { task: fakeTask(SHORT) })
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    thread.finish(42)
    thread.startNext()
    await pool.pass(5)
    await expect(first).resolves.toBe(42)
    expect(second?.status).toBe('running')
  })

  it('[39] large ones are posted before the next work begins', async () => {
    await setUp()
    const [first] = submit(2, { task: fakeTask(SHORT) })
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    thread.finish(LARGE)
    await pool.hear()
    await expect(first).resolves.toEqual(LARGE)
  })

  it('[11] take no place in the buffer', async () => {
    await setUp({ workBuffer: 1 })
    submit(2, { task: fakeTask(SHORT) })
    await pool.turn()
    const thread = pool.thread(0)
    pool.begin(thread)
    thread.finish(1)
    thread.startNext()
    await pool.pass(5)
    const fits = pool.submit({ whenFull: 'reject' })
    const tooMany = pool.submit({ whenFull: 'reject' })
    expect(fits.status).toBe('queued')
    await expect(tooMany).rejects.toBeInstanceOf(WorkBufferFullError)
  })
})

describe('the door', () => {
  it('[11] of a full buffer stays shut to the one work too many', async () => {
    await setUp({ total: 2, workBuffer: 3 })
    const works = submit(6, { whenFull: 'reject' })
    expect(works.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued', 'queued', 'queued', 'failed'])
    await pool.workOff()
    expect(pool.starts).toHaveLength(5)
  })

  it('[12] with a buffer of 0 opens for what a worker can take now, and when a discard frees one', async () => {
    await setUp({ workBuffer: 0 })
    const [first, second] = submit(2)
    await pool.turn()
    expect([first?.status, second?.status]).toEqual(['queued', 'waiting'])
    if (first !== undefined) pool.discardGently(first)
    await pool.turn()
    expect(second?.status).toBe('queued')
    expect(pool.begin(pool.thread(0))).toBe(1)
  })

  it('[16] lets in the highest priority first, and the oldest of it', async () => {
    await setUp({ workBuffer: 0 })
    const accepted: number[] = []
    for (const priority of [0, 0, 1, 0, 1]) {
      const work = pool.submit({ priority })
      void work.accepted.then(() => accepted.push(serialOf(work)))
    }
    await pool.workOff()
    expect(accepted).toEqual([0, 2, 4, 1, 3])
    expect(pool.starts).toEqual([0, 2, 4, 1, 3])
  })

  it('opens at once when the buffer grows, and evicts nobody when it shrinks', async () => {
    await setUp({ workBuffer: 1 })
    const works = submit(5)
    const statuses = (): string[] => works.map(({ status }) => status)
    expect(statuses()).toEqual(['queued', 'queued', 'waiting', 'waiting', 'waiting'])
    pool.workBuffer = 3
    expect(statuses()).toEqual(['queued', 'queued', 'queued', 'queued', 'waiting'])
    pool.workBuffer = 0
    expect(statuses()).toEqual(['queued', 'queued', 'queued', 'queued', 'waiting'])
    await pool.workOff()
    expect(pool.starts).toEqual([0, 1, 2, 3, 4])
  })
})

describe('the example in src/dispatch/README.md', () => {
  it('goes as it is told there', async () => {
    await setUp({ total: 2 })
    const start = pool.clock.now()
    const [a, b] = [pool.thread(0), pool.thread(1)]
    const task = fakeTask(0.5)
    const lanes = (): number[][] => [lane(a), lane(b)]
    /** B runs and answers its works until this time. */
    const runUntil = async (ms: number): Promise<void> => {
      while (pool.clock.now() < start + ms) {
        pool.begin(b)
        pool.clock.advance(0.5)
        await pool.end(b)
      }
    }

    submit(1, { task: fakeTask() })
    submit(6, { task })
    await pool.turn()
    expect(lanes()).toEqual([
      [0, 2],
      [1, 3, 4, 5],
    ])
    expect(pool.begin(a)).toBe(0)
    await runUntil(0.5)
    expect(lanes()).toEqual([
      [0, 2],
      [3, 4, 5, 6],
    ])
    await runUntil(2.5)
    expect(lanes()).toEqual([[0], [2]])
    await runUntil(3)
    expect(lanes()).toEqual([[0], []])
    pool.clock.advance(0.25)
    submit(4, { task })
    await pool.turn()
    expect(lanes()).toEqual([
      [0, 10],
      [7, 8, 9],
    ])
    await runUntil(3.75)
    expect(lanes()).toEqual([
      [0, 10],
      [8, 9],
    ])
    await runUntil(4.25)
    expect(lanes()).toEqual([[0], [9, 10]])
    await runUntil(5.25)
    submit(3, { task })
    await pool.turn()
    expect(lanes()).toEqual([[0], [11, 12, 13]])
    await pool.workOff()
  })
})
