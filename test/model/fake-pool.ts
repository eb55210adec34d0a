/**
 * An orchestrator on fake threads and a fake clock, with what tests say to it. All that the tests of this folder know of
 * the inside of the pool is in this file.
 */

import { nanoid } from 'nanoid'
import { gather } from '../../src/calls/broadcast.js'
import { Crew } from '../../src/worker/crew.js'
import { WorkDiscardedError } from '../../src/errors/works.js'
import { KeepAlive } from '../../src/base/keep-alive.js'
import type { FinalStatus } from '../../src/work/status.js'
import type { ResolvedExecuteOptions } from '../../src/work/options.js'
import type { Observer } from '../../src/pool/observer.js'
import { ID_PREFIX_LENGTH } from '../../src/lane/work-id.js'
import { Orchestrator, type OrchestratorOptions } from '../../src/pool/orchestrator.js'
import { Shutdown } from '../../src/pool/shutdown.js'
import type { TaskRecord } from '../../src/task/record.js'
import { WorkHandle } from '../../src/work/handle.js'
import type { Work } from '../../src/work/work.js'
import type { WorkRecord } from '../../src/work/record.js'
import type { StartThread } from '../../src/worker/pool-thread.js'
import type { Worker, WorkerPlan } from '../../src/worker/worker.js'
import { FakeClock } from '../support/fake-clock.js'
import { FakeThread } from './fake-thread.js'

/** Counts what holds the process, which the handle itself tells nobody. */
const holds = new WeakMap<KeepAlive, number>()
const { hold, release } = KeepAlive.prototype
KeepAlive.prototype.hold = function (this: KeepAlive) {
  holds.set(this, (holds.get(this) ?? 0) + 1)
  hold.call(this)
}
KeepAlive.prototype.release = function (this: KeepAlive) {
  holds.set(this, (holds.get(this) ?? 0) - 1)
  release.call(this)
}

let lastTask = 0

/** A task that nobody compiles. @param runTime ms it has been measured to run so far; NaN for never */
export function fakeTask(runTime = NaN): TaskRecord {
  const number = ++lastTask
  const definition = { type: 'function', number, text: '() => {}', name: '', file: '/test.js' } as const
  return { definition, number, site: undefined, runTime }
}

/** What a test may say of a work. */
export interface Submission {
  readonly task?: TaskRecord
  readonly args?: readonly unknown[]
  readonly priority?: number
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
  readonly grace?: number | undefined
  readonly queueTimeout?: number | undefined
  readonly retries?: number
  readonly whenFull?: 'wait' | 'reject'
}

export interface FakePoolOptions
  extends Partial<OrchestratorOptions>,
    Partial<Pick<WorkerPlan, 'killTimeout' | 'concurrency'>> {
  /** Called before each thread is started; what it throws, the start throws. */
  readonly beforeStart?: () => void
  readonly observer?: Partial<Observer>
}

export class FakePool {
  readonly clock = new FakeClock(1000)
  /** All threads that were ever started, in that order. */
  readonly threads: FakeThread[] = []
  /** Serials in the order in which their functions began. */
  readonly starts: number[] = []
  /** Serials that were asked to stop while running, each as often as it was. */
  readonly asked: number[] = []
  /** What the pool told, but for the works' own fate. */
  readonly errors: unknown[] = []
  readonly orchestrator: Orchestrator
  readonly shutdown: Shutdown
  readonly killTimeout: number
  readonly concurrency: number
  readonly grace: number
  readonly timeout: number
  readonly retain: number
  /** Called when a work is put into the port of a thread. */
  onPost: (thread: FakeThread, serial: number) => void = () => {}
  /** Called when a thread is about to be ended. */
  onTerminate: (thread: FakeThread) => void = () => {}
  /** Called when a function begins. */
  onStart: (thread: FakeThread, serial: number) => void = () => {}
  readonly #task = fakeTask()

  constructor({ beforeStart, observer, ...options }: FakePoolOptions = {}) {
    const resolved = {
      total: 1,
      workBuffer: 1000,
      concurrency: 1,
      grace: 0,
      retain: 1000,
      timeout: Infinity,
      killTimeout: 1000,
      recycle: { works: Infinity, age: Infinity, heap: Infinity },
      ...options,
    }
    this.killTimeout = resolved.killTimeout
    this.concurrency = resolved.concurrency
    this.grace = resolved.grace
    this.timeout = resolved.timeout
    this.retain = resolved.retain
    const watcher = {
      now: () => this.clock.now(),
      posted: (thread: FakeThread, serial: number) => this.onPost(thread, serial),
      started: (thread: FakeThread, serial: number) => {
        this.starts.push(serial)
        this.onStart(thread, serial)
      },
      terminating: (thread: FakeThread) => this.onTerminate(thread),
      askedToStop: (_: FakeThread, serial: number) => void this.asked.push(serial),
    }
    const silent: Observer = {
      submitted() {},
      queued() {},
      settled() {},
      hearsFailures: () => true,
      drained() {},
      idle() {},
      loadChanged() {},
      refusing() {},
      workerOnline() {},
      workerExit() {},
      error: error => void this.errors.push(error),
    }
    const { clock, killTimeout, concurrency } = this
    const startThread: StartThread = (workerId, threadObserver) => {
      beforeStart?.()
      const thread = new FakeThread(workerId, threadObserver, watcher, concurrency)
      this.threads.push(thread)
      return thread
    }
    const plan = { clock, startThread, killTimeout, concurrency, quota: resolved.recycle.works }
    this.orchestrator = new Orchestrator(resolved, nanoid(ID_PREFIX_LENGTH), plan, { ...silent, ...observer })
    this.shutdown = new Shutdown(this.orchestrator, this.clock, { ending() {}, stopped() {} })
  }

  get crew(): Crew {
    return this.orchestrator.crew
  }

  /** Threads that have not exited, in the order of their start. */
  get living(): FakeThread[] {
    return this.threads.filter(thread => thread.state !== 'gone')
  }

  /** What keeps the process alive: works, starts, calls that wait. */
  get holds(): number {
    return holds.get(this.orchestrator.keepAlive) ?? 0
  }

  /** The n-th thread that was ever started. */
  thread(n: number): FakeThread {
    const thread = this.threads[n]
    if (thread === undefined) throw new Error(`there is no thread ${n}`)
    return thread
  }

  /** The pool's side of a thread, unless it is gone for it. */
  workerOf(thread: FakeThread): Worker {
    const worker = this.findWorker(thread)
    if (worker === undefined) throw new Error(`the pool has no worker for thread ${thread.id}`)
    return worker
  }

  findWorker(thread: FakeThread): Worker | undefined {
    for (const worker of this.crew.workers) if (worker.id === thread.workerId) return worker
    return undefined
  }

  /** Submits a work. Its failure, if it fails, counts as handled. */
  submit({ task = this.#task, args = [], whenFull = 'wait', ...given }: Submission = {}): Work<unknown> {
    const { priority = 0, signal, timeout, grace, queueTimeout, retries = 0 } = given
    const options: ResolvedExecuteOptions = {
      priority,
      signal,
      timeout,
      grace,
      queueTimeout,
      label: undefined,
      retries,
      onProgress: undefined,
      onOutput: undefined,
    }
    const { handle } = this.orchestrator.admission.submit(task, args, options, whenFull)
    handle.catch(() => {})
    return handle
  }

  /** Submits a work for each worker; the results are of those that were not left out. */
  broadcast(): Promise<unknown[]> {
    const results = gather(
      this.orchestrator.admission.submitToEach(this.#task, []).map(work => work.handle),
      () => true,
    )
    results.catch(() => {})
    return results
  }

  discardGently(work: Work<unknown>): void {
    this.orchestrator.endGently(recordOf(work), new WorkDiscardedError('a test'))
  }

  /** Hot: resolves when its function, or its thread, has ended. */
  discardHot(work: Work<unknown>): Promise<void> {
    return this.orchestrator.end(recordOf(work), 'discarded', new WorkDiscardedError('a test'))
  }

  /** Takes workers out at once, with what runs on them. */
  interrupt(workers: Iterable<Worker>): Promise<unknown> {
    const leaving = [...workers]
    for (const worker of leaving) this.orchestrator.interrupt(worker, new WorkDiscardedError('a test'))
    return Promise.all(leaving.map(worker => worker.gone))
  }

  get workBuffer(): number {
    return this.orchestrator.buffer.size
  }

  set workBuffer(size: number) {
    this.orchestrator.buffer.size = size
  }

  /** Lets everything happen that needs no message and no time. */
  async turn(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }

  /** Time passes, in steps short enough for what each timer sets off to happen before the next. */
  async pass(ms: number, step = 5): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left))
      await this.turn()
    }
  }

  /** The pool reads all that its threads have sent. */
  async hear(): Promise<void> {
    while (this.threads.some(thread => thread.control.deliver() || thread.lane.deliver()));
    await this.turn()
  }

  /** All threads that start say that they are ready, and the pool hears it. */
  async boot(): Promise<void> {
    for (const thread of this.threads) if (thread.state === 'starting') thread.boot()
    await this.hear()
  }

  /** The thread reads what was sent, and begins what comes first. Returns its serial. */
  begin(thread: FakeThread): number | undefined {
    thread.receive()
    return thread.startNext()?.serial
  }

  /** The function that runs on the thread returns, or that of a certain work; and the pool hears it. */
  async end(thread: FakeThread, value?: unknown, serial?: number): Promise<void> {
    thread.finish(value, serial)
    thread.flush()
    await this.hear()
  }

  /** Lets all threads do all they can, for as long as that leads to more; time stands still. */
  async workOff(): Promise<void> {
    for (let rounds = 0; rounds < 1000; rounds++) {
      await this.boot()
      const able = this.living.filter(thread => thread.state === 'up' && !thread.isStuck)
      const isBusy = able.some(thread => thread.running !== undefined || thread.hasMail || thread.hasAnswers)
      const begun = this.starts.length
      for (const thread of able) {
        thread.work()
        thread.obey()
      }
      await this.hear()
      if (!isBusy && this.starts.length === begun) return
    }
    throw new Error('the threads find no end')
  }

  /** Ends the pool, whatever state it is in, and fails if anything is left. */
  async close(): Promise<void> {
    const stopped = this.shutdown.stop(true, Infinity)
    for (const thread of this.threads) thread.isStuck = false
    let over = false
    void stopped.then(() => (over = true))
    for (let rounds = 0; rounds < 100 && (!over || this.living.length > 0); rounds++) {
      for (const thread of this.living) {
        thread.receive()
        thread.obey()
      }
      const grace = this.grace === Infinity ? 0 : this.grace // a hot stop does not wait for an endless one
      await this.pass(grace + this.killTimeout, grace + this.killTimeout)
      await this.hear()
    }
    const left = this.leftovers()
    if (!over || left.length > 0)
      throw new Error(`left behind after stop: ${[over ? '' : 'the stop itself', ...left].join(', ')}`)
  }

  /** What there must be nothing of after a stop. */
  leftovers(): string[] {
    const left: string[] = []
    for (const thread of this.threads) {
      if (thread.state !== 'gone') left.push(`thread ${thread.id}`)
      else if (!thread.lane.closed || !thread.control.closed) left.push(`a port of thread ${thread.id}`)
    }
    if (this.clock.pending > 0) left.push(`${this.clock.pending} timers`)
    if (this.holds !== 0) left.push(`${this.holds} holds on the process`)
    return left
  }
}

export function recordOf(work: Work<unknown>): WorkRecord {
  const record = WorkHandle.recordOf(work)
  if (record === undefined) throw new Error('not a work')
  return record
}

export function serialOf(work: Work<unknown>): number {
  return recordOf(work).serial
}

export type { FinalStatus, Worker, WorkRecord }
