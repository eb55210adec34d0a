import { afterEach, describe, expect, it } from 'vitest'
import { WorkerStartError } from '../../src/errors/works.js'
import { FakePool, type FakePoolOptions, serialOf, type Submission } from './fake-pool.js'
import type { FakeThread } from './fake-thread.js'

let pool: FakePool
/** Clock ms at which threads were started. */
let startTimes: number[]

function setUp(options: FakePoolOptions = {}): FakePool {
  startTimes = []
  // The first starts within the constructor.
  pool = new FakePool({ beforeStart: () => startTimes.push(pool?.clock.now() ?? 0), ...options })
  return pool
}

afterEach(() => pool.close())

/** The one thread that lives. */
function current(): FakeThread {
  const [thread, ...others] = pool.living
  if (thread === undefined || others.length > 0) throw new Error(`${others.length + 1} threads live`)
  return thread
}

/** Ms between the death of the only thread and the start of its successor. */
async function delayAfterDeath(die: (thread: FakeThread) => void): Promise<number> {
  const thread = current()
  const died = pool.clock.now()
  die(thread)
  for (let waited = 0; pool.living.length === 0 && waited < 5000; waited += 5) await pool.pass(5)
  return (startTimes.at(-1) ?? NaN) - died
}

/** Runs a work on the one thread that is available. Others may be starting. */
async function runOne(): Promise<void> {
  const work = pool.submit()
  await pool.turn()
  pool.living.find(thread => thread.state === 'up')?.work()
  await pool.hear()
  await work
}

describe('threads that die', () => {
  it('[37] without finishing a work are replaced at once the first time, then ever later up to a second', async () => {
    setUp()
    const delays: number[] = []
    for (let i = 0; i < 11; i++) {
      await pool.boot()
      delays.push(await delayAfterDeath(thread => thread.die(1)))
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
  })

  it('[37] after they have finished a work are replaced at once, and the delays begin anew', async () => {
    setUp()
    const delays: number[] = []
    const die = async (): Promise<void> => void delays.push(await delayAfterDeath(thread => thread.die(1)))
    for (let i = 0; i < 4; i++) {
      await pool.boot()
      await die()
    }
    await pool.boot()
    await runOne()
    await die()
    await pool.boot()
    await die()
    await pool.boot()
    await runOne()
    await runOne()
    await die()
    expect(delays).toEqual([0, 10, 20, 40, 0, 10, 0])
  })

  it('because we asked do not count', async () => {
    setUp()
    const delays: number[] = []
    for (let i = 0; i < 6; i++) {
      await pool.boot()
      const work = pool.submit()
      await pool.turn()
      pool.begin(current())
      delays.push(
        await delayAfterDeath(thread => {
          void pool.discardHot(work)
          thread.obey()
        }),
      )
    }
    expect(delays).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('[37] because a message of theirs cannot be read count, although we end them', async () => {
    setUp()
    const delays: number[] = []
    for (let i = 0; i < 4; i++) {
      await pool.boot()
      delays.push(
        await delayAfterDeath(thread => {
          thread.lane.deliverUnreadable()
          thread.obey()
        }),
      )
    }
    expect(delays).toEqual([0, 10, 20, 40])
  })

  it('are not waited to be replaced once they are no longer wanted', async () => {
    setUp()
    const die = async (end: (thread: FakeThread) => void): Promise<void> => {
      await pool.boot()
      end(current())
    }
    await die(thread => thread.die(1))
    await die(thread => thread.die(1))
    expect(pool.clock.pending).toBe(1)
    pool.crew.setTarget(0)
    expect(pool.clock.pending).toBe(0)
    pool.crew.setTarget(1)
    await die(thread => {
      // We end this one, but did not want to: as a death of its own it counts.
      thread.lane.deliverUnreadable()
      pool.crew.setTarget(0)
      thread.die(1)
    })
    expect(pool.clock.pending).toBe(0)
  })

  it('idle are an error that no work owns, told once', async () => {
    setUp()
    await pool.boot()
    const error = new Error('a loose rejection')
    current().die(1, { error })
    expect(pool.errors).toEqual([error])
  })

  it('[37] together are all replaced', async () => {
    setUp({ total: 4 })
    await pool.boot()
    for (const thread of pool.living) thread.die(1)
    await pool.pass(200)
    expect(pool.living).toHaveLength(4)
  })
})

describe('threads that do not start', () => {
  it.each([
    { how: 'setup fails', fail: (thread: FakeThread) => thread.failStart(new Error('setup')) },
    { how: 'they crash', fail: (thread: FakeThread) => thread.die(1, { error: new Error('setup') }) },
  ])(
    '[8] because $how: after three in a row every queued work fails, and the next submission tries again',
    async ({ fail }) => {
      setUp()
      const manned = pool.crew.whenManned()
      manned.catch(() => {})
      const works = [pool.submit(), pool.submit()]
      for (let i = 0; i < 3; i++) {
        expect(works[0]?.status).toBe('queued')
        await delayAfterDeath(fail)
      }
      for (const work of works)
        await expect(work).rejects.toMatchObject({ code: 'ERR_WORKER_START', attempts: 3, cause: { message: 'setup' } })
      await expect(manned).rejects.toBeInstanceOf(WorkerStartError)
      await pool.pass(5000, 100)
      expect(pool.threads).toHaveLength(3)
      expect(pool.holds).toBe(0)

      const late = pool.submit()
      await pool.workOff()
      await expect(late).resolves.toBeUndefined()
      expect(pool.threads).toHaveLength(4)
    },
  )

  it('[8] because Node refuses to make them', async () => {
    let refuse = true
    setUp({
      beforeStart: () => {
        if (refuse) throw new TypeError('ERR_WORKER_INVALID_EXEC_ARGV')
      },
    })
    const work = pool.submit()
    await pool.pass(50)
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORKER_START', attempts: 3 })
    refuse = false
    const late = pool.submit()
    await pool.workOff()
    await expect(late).resolves.toBeUndefined()
  })

  it('once or twice do no harm', async () => {
    setUp()
    const work = pool.submit()
    for (let i = 0; i < 2; i++) await delayAfterDeath(thread => thread.failStart(new Error(`setup ${i}`)))
    await pool.workOff()
    await expect(work).resolves.toBeUndefined()
    // Nobody else would hear of it.
    expect(pool.errors).toEqual([expect.objectContaining({ message: 'setup 1' })])
  })

  it('while another serves leave the works to that one', async () => {
    setUp({ total: 2 })
    pool.thread(0).boot()
    await pool.hear()
    const works = [pool.submit(), pool.submit(), pool.submit()]
    await failThreeStarts()
    expect(pool.errors).toEqual([expect.any(WorkerStartError)])
    pool.thread(0).work()
    await pool.hear()
    await pool.workOff()
    await Promise.all(works)
  })

  it('and the last that served dies: its works do not wait for ever', async () => {
    setUp({ total: 2 })
    pool.thread(0).boot()
    await pool.hear()
    const works = [pool.submit(), pool.submit(), pool.submit()]
    await pool.turn()
    await failThreeStarts()
    pool.thread(0).die(1)
    await pool.pass(5000, 100)
    await pool.workOff()
    for (const work of works) expect(work.status).toMatch(/done|failed/)
  })

  async function failThreeStarts(): Promise<void> {
    for (let failed = 0; failed < 3; ) {
      const starting = pool.living.find(thread => thread.state === 'starting')
      if (starting === undefined) await pool.pass(5)
      else {
        starting.failStart(new Error('setup'))
        failed++
      }
    }
    await pool.turn()
  }
})

describe('scaling', () => {
  it('[45] starts all at once, and whenManned resolves when the last is ready', async () => {
    setUp({ total: 0 })
    pool.crew.setTarget(3)
    expect(pool.threads).toHaveLength(3)
    let manned = false
    void pool.crew.whenManned().then(() => (manned = true))
    for (const thread of pool.threads) {
      await pool.turn()
      expect(manned).toBe(false)
      thread.boot()
      await pool.hear()
    }
    expect(manned).toBe(true)
  })

  it('whenManned resolves when those that are missing are no longer wanted', async () => {
    setUp({ total: 2 })
    let manned = false
    void pool.crew.whenManned().then(() => (manned = true))
    pool.thread(0).boot()
    await pool.hear()
    expect(manned).toBe(false)
    pool.crew.setTarget(1)
    pool.thread(1).receive()
    pool.thread(1).boot()
    pool.thread(1).obey()
    await pool.turn()
    expect(manned).toBe(true)
  })

  it('whenManned waits for those that were wanted when it was called, not for others that are asked for later', async () => {
    setUp({ total: 2 })
    const manned: (boolean | string)[] = []
    void pool.crew.whenManned().then(value => manned.push(value))
    pool.crew.setTarget(3)
    void pool.crew.whenManned().then(value => manned.push(`of three: ${value}`))
    for (const thread of pool.threads.slice(0, 2)) thread.boot()
    await pool.hear()
    expect(manned).toEqual([true])
    pool.crew.disband(true)
    await pool.turn()
    expect(manned).toEqual([true, 'of three: false'])
  })

  it('[44] lets go of those that have not started first, then of the idle, then of the heaviest', async () => {
    setUp({ total: 6 })
    const [starting, light, idle, hot, heavy, other] = pool.threads as [
      FakeThread,
      FakeThread,
      FakeThread,
      FakeThread,
      FakeThread,
      FakeThread,
    ]
    for (const thread of pool.threads) if (thread !== starting) thread.boot()
    await pool.hear()
    for (let i = 0; i < 5; i++) pool.submit()
    await pool.turn()
    for (const thread of [light, idle, hot, heavy, other]) pool.begin(thread)
    await pool.end(idle)
    light.figures = { heap: 10, cpu: 0, utilization: 0.1 }
    hot.figures = { heap: 10, cpu: 0, utilization: 0.9 }
    heavy.figures = { heap: 100, cpu: 0, utilization: 0.5 }
    other.figures = { heap: 20, cpu: 0, utilization: 0.1 }
    const order: FakeThread[] = []
    for (let target = 5; target >= 0; target--) {
      for (const worker of pool.crew.setTarget(target))
        order.push(pool.threads.find(({ workerId }) => workerId === worker.id) as FakeThread)
    }
    expect(order.map(thread => pool.threads.indexOf(thread))).toEqual(
      [starting, idle, heavy, hot, other, light].map(thread => pool.threads.indexOf(thread)),
    )
  })

  it('[44] lets those go first that have idled longest', async () => {
    setUp({ total: 3 })
    await pool.boot()
    for (let i = 0; i < 3; i++) pool.submit()
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    for (const index of [1, 2, 0]) {
      pool.clock.advance(10)
      await pool.end(pool.thread(index))
    }
    const leaving = [...pool.crew.setTarget(2), ...pool.crew.setTarget(1)].map(({ id }) => id)
    expect(leaving).toEqual([pool.thread(1).workerId, pool.thread(2).workerId])
  })

  it('[44] loses no work, and begins none twice', async () => {
    setUp({ total: 3 })
    await pool.boot()
    const works = Array.from({ length: 12 }, () => pool.submit())
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    const leaving = pool.crew.setTarget(1)
    expect(leaving).toHaveLength(2)
    await pool.workOff()
    await Promise.all(works)
    expect([...pool.starts].sort((a, b) => a - b)).toEqual(works.map((_, i) => i))
    expect(pool.living).toHaveLength(1)
  })

  it('hot discards what runs on those that leave, and nothing else', async () => {
    setUp({ total: 2 })
    await pool.boot()
    const works = Array.from({ length: 6 }, () => pool.submit())
    await pool.turn()
    for (const thread of pool.threads) pool.begin(thread)
    const gone = pool.interrupt(pool.crew.setTarget(1, true))
    for (const thread of pool.living) thread.obey()
    await gone
    await pool.workOff()
    expect(works.map(({ status }) => status).sort()).toEqual(['discarded', 'done', 'done', 'done', 'done', 'done'])
  })

  it('replaces a thread that is stuck in native code, and names it until it ends', async () => {
    setUp({ killTimeout: 100 })
    await pool.boot()
    const thread = pool.thread(0)
    const { id } = pool.workerOf(thread)
    const work = pool.submit()
    await pool.turn()
    pool.begin(thread)
    thread.isStuck = true
    void pool.discardHot(work)
    await pool.pass(99)
    expect(pool.threads).toHaveLength(1)
    await pool.pass(1)
    expect(pool.threads).toHaveLength(2)
    expect(Array.from(pool.crew.stuck, worker => worker.id)).toEqual([id])
    expect(Array.from(pool.crew.workers, worker => worker.id)).not.toContain(id)
    thread.isStuck = false
    thread.obey()
    await pool.turn()
    expect(pool.crew.stuck.size).toBe(0)
    expect(pool.threads).toHaveLength(2)
  })

  it('a stuck thread that is no longer wanted is not replaced', async () => {
    setUp({ total: 1, killTimeout: 100 })
    await pool.boot()
    const thread = pool.thread(0)
    pool.submit()
    await pool.turn()
    pool.begin(thread)
    thread.isStuck = true
    const gone = pool.interrupt(pool.crew.setTarget(0, true))
    await pool.pass(100)
    await gone
    expect(pool.threads).toHaveLength(1)
    expect(pool.crew.stuck.size).toBe(1)
  })

  it('[2] keeps the process while threads start, and no longer', async () => {
    setUp({ total: 2 })
    expect(pool.holds).toBe(2)
    await pool.boot()
    expect(pool.holds).toBe(0)
    const work = pool.submit()
    expect(pool.holds).toBe(1)
    await pool.workOff()
    await work
    expect(pool.holds).toBe(0)
  })

  it('[2] is no longer kept after works that listeners submit', async () => {
    let left = 5
    setUp({
      observer: {
        settled: () => {
          if (left-- > 0) pool.submit()
        },
      },
    })
    await pool.boot()
    pool.submit()
    await pool.workOff()
    await pool.workOff()
    expect(pool.starts).toHaveLength(6)
    expect(pool.holds).toBe(0)
  })
})

describe('a worker that has served for long enough', () => {
  const limits = { works: Infinity, age: Infinity, heap: Infinity }

  it('[47] runs exactly `works` works; its successor starts when the last of them is sent', async () => {
    setUp({ recycle: { ...limits, works: 2 } })
    await pool.boot()
    const old = current()
    await runOne()
    expect(pool.living).toHaveLength(1)
    const second = pool.submit()
    expect(pool.living).toHaveLength(2)
    // The successor starts; further works wait for it.
    const third = pool.submit()
    await pool.turn()
    const [, successor] = pool.living
    expect([old.holds.length, successor?.holds.length]).toEqual([1, 1])
    pool.begin(old)
    await pool.boot()
    expect(old.stopAsked).toBe(false)
    await pool.end(old)
    await second
    old.receive()
    expect(old.stopAsked).toBe(true)
    old.obey()
    await pool.turn()
    expect(current()).toBe(successor)
    await pool.workOff()
    await third
    expect(startTimes).toHaveLength(2)
  })

  it('[47] gives a work back that it never began, and may run another one', async () => {
    setUp({ recycle: { ...limits, works: 1 } })
    await pool.boot()
    const old = current()
    const work = pool.submit()
    await pool.discardHot(work)
    const next = pool.submit()
    await pool.workOff()
    await next
    expect(old.holds).toEqual([])
    expect(pool.starts).toEqual([serialOf(next)])
  })

  it('[47] runs one work with `works: 1`, however many come at once', async () => {
    setUp({ total: 2, recycle: { ...limits, works: 1 } })
    const perThread = new Map<number, number>()
    pool.onStart = thread => void perThread.set(thread.id, (perThread.get(thread.id) ?? 0) + 1)
    const works = Array.from({ length: 20 }, () => pool.submit())
    await pool.workOff()
    await Promise.all(works)
    expect([...perThread.values()]).toEqual(new Array(20).fill(1))
    expect(pool.orchestrator.crew.target).toBe(2)
  })

  it('[47] is replaced by age, though it idles', async () => {
    setUp({ recycle: { ...limits, age: 1000 } })
    await pool.boot()
    const old = current()
    await pool.pass(900)
    expect(pool.living).toHaveLength(1)
    await pool.pass(200)
    await pool.boot()
    old.receive()
    old.obey()
    await pool.turn()
    expect(current()).not.toBe(old)
    expect(pool.orchestrator.crew.target).toBe(1)
  })

  it('[47] is replaced by heap, as its thread tells it', async () => {
    setUp({ recycle: { ...limits, heap: 1000 } })
    await pool.boot()
    const old = current()
    old.figures = { ...old.figures, heap: 999 }
    await runOne()
    expect(pool.living).toHaveLength(1)
    old.figures = { ...old.figures, heap: 1000 }
    await runOne()
    await pool.boot()
    old.receive()
    old.obey()
    await pool.turn()
    expect(current()).not.toBe(old)
  })

  it('[47] fails the works that wait where no successor can be started, and the next work tries again', async () => {
    setUp({ recycle: { ...limits, works: 1 } })
    await pool.boot()
    await runOne()
    const work = pool.submit()
    for (let i = 0; i < 5; i++) {
      pool.living.find(thread => thread.state === 'starting')?.failStart(new Error('not today'))
      await pool.pass(2000)
    }
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORKER_START' })
    const next = pool.submit()
    await pool.workOff()
    await next
  })

  it('[47] takes its successor along when fewer are wanted', async () => {
    setUp({ recycle: { ...limits, works: 1 } })
    await pool.boot()
    await runOne()
    expect(pool.living).toHaveLength(2)
    pool.orchestrator.crew.setTarget(0)
    for (const thread of pool.living) thread.receive()
    for (const thread of pool.threads) thread.obey()
    await pool.pass(pool.killTimeout)
    await pool.boot()
    for (const thread of pool.living) thread.receive()
    for (const thread of pool.threads) thread.obey()
    await pool.turn()
    expect(pool.living).toEqual([])
  })

  it('[47] dies before its successor is there: one thread is started in all', async () => {
    setUp({ recycle: { ...limits, works: 1 } })
    await pool.boot()
    const old = current()
    await runOne()
    old.die(1)
    await pool.pass(50)
    await pool.boot()
    expect(startTimes).toHaveLength(2)
  })
})

describe('a restart', () => {
  it('replaces every worker, successors first, and lets running works end', async () => {
    setUp({ total: 2 })
    await pool.boot()
    const old = pool.living
    const works = [pool.submit(), pool.submit()]
    for (const thread of old) pool.begin(thread)
    let replaced: unknown
    void pool.crew.replaceAll(false).then(workers => (replaced = workers.map(({ id }) => id)))
    expect(pool.living).toHaveLength(4)
    await pool.boot()
    expect(pool.orchestrator.crew.target).toBe(2)
    expect(works.map(work => work.status)).toEqual(['running', 'running'])
    for (const thread of old) await pool.end(thread)
    await pool.workOff()
    expect(await Promise.all(works)).toEqual([undefined, undefined])
    expect(replaced).toEqual(old.map(thread => thread.workerId))
    expect(pool.living).toHaveLength(2)
  })

  it('that is hot ends each worker as soon as its successor is available, not before', async () => {
    setUp({ total: 1 })
    await pool.boot()
    const old = current()
    const work = pool.submit()
    pool.begin(old)
    const restarted = pool.crew.replaceAll(true)
    await pool.turn()
    expect(work.status).toBe('running')
    await pool.boot()
    expect(work.status).toBe('discarded')
    await pool.workOff()
    expect(await restarted).toHaveLength(1)
    expect(current()).not.toBe(old)
  })

  it('replaces workers that are still starting, with the works that wait for them', async () => {
    setUp({ total: 1 })
    const work = pool.submit()
    const first = pool.thread(0)
    const restarted = pool.crew.replaceAll(false)
    await pool.workOff()
    await restarted
    await work
    expect(first.state).toBe('gone')
    expect(pool.living).toHaveLength(1)
  })

  it('rejects if no successor can be started, and the workers go on', async () => {
    setUp({ total: 1 })
    await pool.boot()
    const old = current()
    const restarted = pool.crew.replaceAll(false)
    restarted.catch(() => {})
    for (let i = 0; i < 5; i++) {
      pool.living.find(thread => thread.state === 'starting')?.failStart(new Error('not today'))
      await pool.pass(2000)
    }
    await expect(restarted).rejects.toMatchObject({ code: 'ERR_WORKER_START', attempts: 3 })
    expect(current()).toBe(old)
    await runOne()
  })

  it('that was rejected ends nothing later', async () => {
    setUp({ total: 1 })
    await pool.boot()
    const old = current()
    const restarted = pool.crew.replaceAll(true)
    restarted.catch(() => {})
    for (let i = 0; i < 5; i++) {
      pool.living.find(thread => thread.state === 'starting')?.failStart(new Error('not today'))
      await pool.pass(2000)
    }
    await expect(restarted).rejects.toMatchObject({ code: 'ERR_WORKER_START' })
    const work = pool.submit()
    pool.begin(old)
    await pool.pass(5000)
    await pool.boot()
    expect([work.status, pool.living]).toEqual(['running', [old]])
    await pool.end(old)
    await work
  })

  it('repeated before the first is over starts no more threads than there are workers', async () => {
    setUp({ total: 2 })
    await pool.boot()
    const all = Array.from({ length: 5 }, () => pool.crew.replaceAll(false))
    for (const thread of pool.living) thread.receive()
    for (const thread of pool.threads) thread.obey()
    await pool.turn()
    expect(pool.living).toHaveLength(4)
    await pool.boot()
    await pool.workOff()
    await Promise.all(all)
    expect(pool.living).toHaveLength(2)
  })

  it('ends with the pool, if that stops meanwhile', async () => {
    setUp({ total: 2 })
    await pool.boot()
    const restarted = pool.crew.replaceAll(false)
    const stopped = pool.shutdown.stop(false, Infinity)
    let left: number | undefined
    void restarted.then(() => (left = pool.living.length))
    await pool.workOff()
    await stopped
    expect(await restarted).toHaveLength(2)
    expect(left).toBe(0)
  })
})

describe('works that may run again', () => {
  async function begun(
    retries: number,
    limits: Submission = {},
  ): Promise<{ work: ReturnType<FakePool['submit']>; thread: FakeThread }> {
    setUp({ total: 1 })
    await pool.boot()
    const work = pool.submit({ retries, ...limits })
    await pool.turn()
    const thread = current()
    pool.begin(thread)
    return { work, thread }
  }

  it('do so on the next thread', async () => {
    const { work, thread } = await begun(1)
    thread.die(1)
    await pool.turn()
    expect(work.status).toBe('running')
    await pool.boot()
    await pool.workOff()
    expect(pool.starts).toEqual([0, 0])
    expect(work.status).toBe('done')
  })

  it('have their whole timeout again, and no more', async () => {
    const { work, thread } = await begun(1, { timeout: 100 })
    await pool.pass(90)
    thread.die(1)
    await pool.turn()
    await pool.boot()
    // Its new thread comes to it later.
    await pool.pass(50)
    pool.begin(current())
    await pool.pass(90)
    expect(work.status).toBe('running')
    await pool.pass(10)
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'run' })
    expect(pool.starts).toEqual([0, 0])
  })

  it('have no queueTimeout between two attempts', async () => {
    const { work, thread } = await begun(1, { timeout: 1000, queueTimeout: 50 })
    thread.die(1)
    await pool.pass(100)
    await pool.boot()
    await pool.pass(100)
    expect(work.status).toBe('running')
    await pool.workOff()
    expect(work.status).toBe('done')
  })

  it('[48] count among those that have begun where they end between two attempts', async () => {
    const { work, thread } = await begun(1)
    await pool.pass(20)
    thread.die(1)
    await pool.pass(10)
    await pool.discardHot(work)
    const { waitTime, runTime } = pool.orchestrator.register
    expect([work.status, work.runTime, waitTime.count, runTime.count]).toEqual(['discarded', 30, 1, 1])
    expect(runTime.percentiles().max).toBe(30)
  })

  it('do not once their function had ended, though its result was lost', async () => {
    const { work, thread } = await begun(3)
    thread.finish({ held: 'for the next message' })
    thread.die(1)
    await pool.turn()
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', reason: 'answer-lost' })
    await pool.boot()
    await pool.workOff()
    expect(pool.starts).toEqual([0])
  })

  it('do not while the thread that has them is stuck and may go on with them', async () => {
    const { work, thread } = await begun(3)
    thread.isStuck = true
    const worker = pool.workerOf(thread)
    worker?.kill()
    await pool.pass(pool.killTimeout + 10)
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true })
    expect(pool.starts).toEqual([0])
    thread.isStuck = false
    thread.obey()
  })

  it('do not use up an attempt where the next thread ends before it has begun them', async () => {
    const { work, thread } = await begun(1)
    thread.die(1)
    await pool.turn()
    await pool.boot()
    await pool.turn()
    expect(current().holds.map(({ serial }) => serial)).toEqual([0])
    current().die(1)
    await pool.pass(50)
    await pool.boot()
    await pool.workOff()
    expect(pool.starts).toEqual([0, 0])
    expect(work.status).toBe('done')
  })
})
