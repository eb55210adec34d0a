/**
 * What a pool promises, as books that are kept from outside and compared with it: which work is where, what may become of
 * it, what may begin next. It must not know which commands come, nor how the pool does what it does.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  UncloneableValueError,
  WorkBufferFullError,
  WorkDiscardedError,
  WorkerLostError,
  WorkerStartError,
  WorkTimeoutError,
} from '../../src/errors/works.js'
import { type ClaimState, DONE, OFFERED } from '../../src/lane/claims.js'
import type { WorkStatus } from '../../src/work/status.js'
import type { Work } from '../../src/work/work.js'
import {
  type FakePool,
  type FinalStatus,
  recordOf,
  type Submission,
  type Worker,
  type WorkRecord,
} from './fake-pool.js'
import type { FakeThread } from './fake-thread.js'

/** What is asked of the pool with a work, and what the model needs to know besides. */
export interface Request extends Submission {
  readonly controller?: AbortController | undefined
  /** Moved with the work. */
  readonly buffer?: ArrayBuffer | undefined
  readonly cloneable: boolean
}

/** The fake clock moves on by so much at once: what a timer sets off by a promise happens after that. */
export const LONGEST_STEP_MS = 50

/** One work in the model's books. */
export class Modelled {
  readonly serial: number
  readonly priority: number
  readonly submittedAt: number
  readonly request: Request
  record: WorkRecord | undefined
  accepted = false
  posted = false
  /** Somebody has asked for its end. */
  asked = false
  /** Its function has begun. */
  run: { readonly thread: FakeThread; readonly at: number } | undefined
  /** Its function has ended. */
  end:
    | { readonly at: number; readonly threw: boolean; readonly value: unknown; isSafe: boolean; isGarbled: boolean }
    | undefined
  settled: { readonly status: FinalStatus; readonly payload: unknown } | undefined
  /** What its promise said. */
  outcome: { readonly resolved: boolean; readonly value: unknown } | undefined
  /** What `accepted` said. */
  entry: { readonly resolved: boolean; readonly value: unknown } | undefined

  constructor(serial: number, submittedAt: number, request: Request) {
    this.serial = serial
    this.submittedAt = submittedAt
    this.request = request
    this.priority = request.priority ?? 0
  }

  /** What the pool has to say of it now. */
  get status(): WorkStatus {
    return this.settled?.status ?? (this.run !== undefined ? 'running' : this.accepted ? 'queued' : 'waiting')
  }

  get handle(): Work<unknown> {
    if (this.record === undefined) throw new Error('this work is just being submitted')
    return this.record.handle
  }
}

interface Resting {
  readonly work: Modelled
  /** It had a place on a lane: its thread was waking up for it. */
  readonly hasPlace: boolean
  readonly isInQueue: boolean
}

export class Model {
  readonly works: Modelled[] = []
  readonly unfinished = new Set<Modelled>()
  /** The first check that failed while the pool was in the middle of something. */
  failure: { readonly error: unknown } | undefined
  /** The pool is being stopped, which keeps the process. */
  isStopping = false
  /** Set where all works go through one thread after the other: then their order is exact. */
  readonly exactOrder: boolean
  readonly #pool: FakePool
  readonly #tally = { done: 0, failed: 0, discarded: 0 }
  /** The buffer has been full since it last drained, if only within a listener. */
  #wasFull = false
  /** A work has found it full since. */
  #wasShut = false
  #wasBusy = false
  readonly #online = new Set<string>()
  readonly #exited = new Set<string>()
  /** In the order in which they were settled. */
  readonly #finished: Modelled[] = []
  /** The works that were settled since the pool last came to rest. */
  #fresh: Modelled[] = []
  /** A listener has acted since: what was to be posted next may have been in the right order, and is no longer. */
  #isDisturbed = false
  /** The works that had been accepted and not begun when the pool last came to rest. */
  #resting: Resting[] = []
  readonly #calls = new Set<{ readonly what: string; readonly by: number }>()

  constructor(pool: FakePool, exactOrder: boolean) {
    this.#pool = pool
    this.exactOrder = exactOrder
    pool.onPost = (thread, serial) => this.#note(() => this.#posted(thread, this.work(serial)))
    pool.onStart = (thread, serial) => this.#note(() => this.#started(thread, this.work(serial)))
    pool.onTerminate = thread => this.#note(() => this.#terminating(thread))
  }

  work(serial: number): Modelled {
    const work = this.works[serial]
    if (work === undefined) throw new Error(`nobody submitted work ${serial}`)
    return work
  }

  // What happens.

  /** Submits a work and books it; the pool numbers works in the order of submission. */
  submit(request: Request): Modelled {
    const work = new Modelled(this.works.length, this.#pool.clock.now(), request)
    this.works.push(work)
    this.unfinished.add(work)
    work.asked = request.signal?.aborted === true
    this.#wasBusy = true
    // Those at the door go first.
    const isRoom = this.#backlog('known') + this.#pool.orchestrator.census.waiting < this.#pool.workBuffer
    const handle = this.#pool.submit(request)
    work.record = recordOf(handle)
    check(work.record.serial === work.serial, () => `work ${work.serial} got the number ${work.record?.serial}`)
    if (work.status === 'waiting') this.#wasFull = this.#wasShut = true
    const isRefused = work.settled?.payload instanceof WorkBufferFullError
    check(!isRefused || !isRoom, () => `work ${work.serial} was refused, with room in the buffer`)
    handle.then(
      value => (work.outcome = { resolved: true, value }),
      (value: unknown) => (work.outcome = { resolved: false, value }),
    )
    return work
  }

  /** Looks at `accepted` from now on. */
  watchEntry(work: Modelled): void {
    work.handle.accepted.then(
      value => (work.entry = { resolved: true, value }),
      (value: unknown) => (work.entry = { resolved: false, value }),
    )
  }

  /** The function of a work ends. @param isSafe whether its answer survives the thread from here on */
  ended(work: Modelled, threw: boolean, value: unknown, isSafe: boolean): void {
    work.end = { at: this.#pool.clock.now(), threw, value, isSafe, isGarbled: false }
  }

  /** What lay in the thread's hand is posted. */
  flushed(thread: FakeThread): void {
    for (const work of this.unfinished)
      if (work.run?.thread === thread && work.end !== undefined) work.end.isSafe = true
  }

  /** An answer that was posted cannot be read: it may be any of them. */
  garbled(thread: FakeThread): void {
    for (const work of this.unfinished)
      if (work.run?.thread === thread && work.end?.isSafe === true) work.end.isGarbled = true
  }

  /** The works that run on the thread, the oldest first. */
  runningOn(thread: FakeThread): Modelled[] {
    return thread.begun.map(serial => this.work(serial))
  }

  /** The works that would go down with the thread: begun, and the answer not safe, or the buffer gone there. */
  atStake(thread: FakeThread): Modelled[] {
    return thread.holds
      .map(({ serial }) => this.work(serial))
      .filter(
        ({ settled, run, end, request }) =>
          settled === undefined && (run === undefined ? request.buffer !== undefined : end?.isSafe !== true),
      )
  }

  /** A call that has to resolve within so many ms. */
  expectWithin(ms: number, what: string, promise: Promise<unknown>): void {
    const call = { what, by: this.#pool.clock.now() + ms + LONGEST_STEP_MS }
    this.#calls.add(call)
    void promise.then(() => this.#calls.delete(call))
  }

  /** A listener of the pool is about to use it. */
  disturbed(): void {
    this.#isDisturbed = true
  }

  get openCalls(): number {
    return this.#calls.size
  }

  queued(record: WorkRecord): void {
    this.#note(() => this.#queued(record))
  }

  settled(record: WorkRecord, status: FinalStatus, payload: unknown): void {
    this.#note(() => this.#settled(record, status, payload))
  }

  #queued(record: WorkRecord): void {
    const work = this.work(record.serial)
    work.record = record
    check(!work.accepted && work.settled === undefined, () => `work ${work.serial} was accepted as ${work.status}`)
    // The fewest that can be in it already, without those that have ended and whose answers are on the way.
    const others = [...this.unfinished].filter(other => other.accepted).length
    const backlog = Math.min(others, this.#backlog('least'))
    check(
      backlog < this.#pool.workBuffer,
      () => `work ${work.serial} was accepted into a buffer of ${this.#pool.workBuffer} with a backlog of ${backlog}`,
    )
    const passed = [...this.unfinished].find(
      other =>
        other.status === 'waiting' &&
        other.record?.status === 'waiting' &&
        other !== work &&
        comesBefore(other, work) &&
        this.#isAtDoor(other),
    )
    check(passed === undefined, () => `work ${work.serial} was let in before ${passed?.serial}`)
    work.accepted = true
    if (this.#backlog('known') >= this.#pool.workBuffer) this.#wasFull = true
  }

  #settled(record: WorkRecord, status: FinalStatus, payload: unknown): void {
    const work = this.work(record.serial)
    work.record = record
    check(work.settled === undefined, () => `work ${work.serial} settled as ${status} although it was ${work.status}`)
    this.#checkFate(work, status, payload)
    work.settled = { status, payload }
    this.#checkTimes(work)
    this.unfinished.delete(work)
    this.#finished.push(work)
    this.#fresh.push(work)
    // Before listeners hear of it: one that makes room sees the buffer drain while the refusal is under way.
    if (payload instanceof WorkBufferFullError) this.#wasFull = this.#wasShut = true
    this.#tally[status]++
  }

  #posted(thread: FakeThread, work: Modelled): void {
    const name = `work ${work.serial}`
    const worker = this.#pool.findWorker(thread)
    check(worker?.accepting === true, () => `${name} was sent to a worker that takes none`)
    check(work.settled === undefined && work.accepted, () => `${name} was sent although it is ${work.status}`)
    check(work.run === undefined, () => `${name} was sent again after it had begun`)
    if (work.request.buffer !== undefined) {
      check(!work.posted, () => `${name} was sent a second time, its buffer gone`)
      const others = thread.holds.filter(
        ({ serial, state }) => serial !== work.serial && !this.#isOutOfTheWay(serial, state),
      )
      check(others.length < this.#pool.concurrency, () => `${name}, which moves a buffer, was sent to a busy worker`)
    }
    work.posted = true
    if (this.#isDisturbed) return
    for (const { work: other, isInQueue } of this.#resting) {
      if (!isInQueue || other.status !== 'queued' || other.record?.onLane === true) continue
      check(
        other.priority !== work.priority || other.serial > work.serial,
        () => `${name} was sent before the older ${other.serial}, which was in the queue`,
      )
    }
  }

  #started(thread: FakeThread, work: Modelled): void {
    const name = `work ${work.serial}`
    check(work.run === undefined, () => `${name} began a second time`)
    check(work.settled === undefined, () => `${name} began after it was ${work.status}`)
    check(work.accepted, () => `${name} began before it was accepted`)
    const worker = this.#pool.findWorker(thread)
    // It cannot be taken back. Where threads are shared, it may lie behind the one that has to go.
    const hadToStay = work.request.buffer !== undefined
    check(
      worker?.phase !== 'serving' || worker.accepting || (hadToStay && this.#pool.concurrency > 1),
      () => `${name} began on a worker from which another is being evicted`,
    )
    check(!thread.terminated || hadToStay, () => `${name} began on a thread that had been told to end`)
    for (const { work: other, hasPlace } of this.#resting) {
      if (other === work || other.status !== 'queued') continue
      const isLower = other.priority > work.priority
      // It may have been sent elsewhere since.
      const hasPlaceNow = this.#hasPlace(this.#places().get(other.serial)) || this.#waitsForStart(other.serial)
      const mayWait = hasPlace || work.request.buffer !== undefined || hasPlaceNow
      check(!isLower || mayWait, () => `${name} began before ${other.serial}, which has a higher priority`)
      if (this.exactOrder && !isLower)
        check(!comesBefore(other, work), () => `${name} began before the older ${other.serial}`)
    }
    work.run = { thread, at: this.#pool.clock.now() }
  }

  /** Nothing innocent may be able to begin on the thread from here on. */
  #terminating(thread: FakeThread): void {
    for (const { serial, state } of thread.holds) {
      const mayStay = state !== OFFERED || this.work(serial).request.buffer !== undefined
      check(mayStay, () => `T${thread.id} is ended while work ${serial} could begin there`)
    }
  }

  /** A buffer that had been full is at most half full. */
  drained(): void {
    this.#note(() => {
      const backlog = this.#backlog('least')
      check(this.#wasFull, 'the buffer drained, but had not been full')
      check(backlog <= this.#pool.workBuffer / 2, () => `the buffer drained to ${backlog} of ${this.#pool.workBuffer}`)
      this.#wasFull = this.#wasShut = false
    })
  }

  /** Nothing is unfinished. */
  idle(): void {
    this.#note(() => {
      check(
        this.unfinished.size === 0 && this.#wasBusy,
        () => `the pool told that it is idle, with ${this.unfinished.size} works`,
      )
      this.#wasBusy = false
    })
  }

  workerOnline({ id }: Worker): void {
    this.#note(() => {
      check(!this.#online.has(id) && !this.#exited.has(id), 'a worker came online a second time')
      this.#online.add(id)
    })
  }

  workerExit({ id }: Worker): void {
    this.#note(() => {
      check(!this.#exited.has(id), 'a worker exited a second time')
      this.#exited.add(id)
    })
  }

  /** Called from within the pool, which must not see the failure of a check as something else. */
  #note(what: () => void): void {
    try {
      what()
    } catch (error) {
      this.failure ??= { error }
    }
  }

  // What must hold.

  /** At any time, inside listeners too. */
  checkSum(): void {
    this.#note(() => this.#checkSum())
  }

  #checkSum(): void {
    const { register, census } = this.#pool.orchestrator
    const { counts } = register
    const { waiting, queued, running } = census
    const { submitted, done, failed, discarded } = counts
    const isRight =
      submitted === waiting + queued + running + done + failed + discarded && Math.min(waiting, queued, running) >= 0
    check(isRight, () => `these do not add up: ${JSON.stringify({ ...counts, ...census })}`)
  }

  /** Whenever the pool is not in the middle of something. */
  checkNow(): void {
    this.checkSum()
    if (this.failure !== undefined) throw this.failure.error
    const { orchestrator, clock, crew } = this.#pool
    const { census } = orchestrator
    const { counts, statuses } = orchestrator.register
    const seen: Partial<Record<WorkStatus, number>> & typeof census = { waiting: 0, queued: 0, running: 0 }
    const now = clock.now()
    for (const work of this.unfinished) {
      const { handle, status, request, run, serial, submittedAt } = work
      seen[status] = (seen[status] ?? 0) + 1
      check(handle.status === status, () => `work ${serial} says that it is ${handle.status}, but it is ${status}`)
      const { queueTimeout = Infinity, timeout = this.#pool.timeout } = request
      if (run === undefined)
        check(now - submittedAt < queueTimeout, () => `work ${serial} still waits after its queueTimeout`)
      else if (work.end === undefined)
        check(now - run.at < timeout, () => `work ${serial} still runs after its timeout`)
      check(run?.thread.state !== 'gone', () => `work ${serial} still runs on a thread that is gone`)
    }
    const isCounted =
      census.waiting === seen.waiting &&
      census.queued === seen.queued &&
      census.running === seen.running &&
      counts.submitted === this.works.length &&
      counts.done === this.#tally.done &&
      counts.failed === this.#tally.failed &&
      counts.discarded === this.#tally.discarded
    check(
      isCounted,
      () =>
        `the figures are ${JSON.stringify({ ...counts, ...census })}, not ${JSON.stringify({ ...seen, ...this.#tally })}`,
    )
    check(
      statuses.unfinished === this.unfinished.size,
      () => `${statuses.unfinished} works are unfinished for the statuses, not ${this.unfinished.size}`,
    )
    check(this.unfinished.size === 0 || this.#pool.holds > 0, 'works are unfinished, but nothing keeps the process')

    for (const thread of this.#pool.threads) {
      const worker = this.#pool.findWorker(thread)
      if (thread.state === 'gone') {
        check(worker === undefined, () => `worker ${thread.workerId} outlives its thread`)
        continue
      }
      if (worker === undefined) continue
      const held = thread.holds.map(({ serial }) => serial)
      const lane = Array.from(worker.lane, ({ serial }) => serial)
      check(
        lane.length === held.length && lane.every((serial, i) => serial === held[i]),
        () => `the lane of thread ${thread.id} has ${lane.join()}, but ${held.join()} are there`,
      )
      check(
        worker.lane.outstanding === lane.length,
        () => `the lane of thread ${thread.id} counts ${worker.lane.outstanding} works, and has ${lane.length}`,
      )
      for (const { serial, settled, run, request } of this.runningOn(thread)) {
        if (settled === undefined || run === undefined) continue
        const limit = (request.timeout ?? this.#pool.timeout) + this.#pool.grace
        check(now - run.at < limit || thread.terminated, () => `discarded work ${serial} runs on after its timeout`)
      }
      const running = thread.begun.join()
      const shown = Array.from(worker.running(), ({ serial }) => serial).join()
      check(shown === running, () => `thread ${thread.id} runs ${running}, not ${shown}`)
    }
    const wanted = [...crew.workers].filter(({ phase }) => phase === 'starting' || phase === 'serving').length
    check(wanted <= crew.target, () => `${wanted} workers serve or start, ${crew.target} are wanted`)
  }

  /** When everything has happened that needs no message and no time. */
  checkAtRest(): void {
    this.checkNow()
    const withPlace = [...this.#pool.crew.workers].filter(worker => worker.hasPlace)
    const idle = withPlace.find(worker => worker.phase === 'serving')
    const starting = withPlace.find(worker => worker.phase === 'starting')
    const isNewsDue = this.#pool.living.some(thread => thread.hasAnswers || thread.lane.pending > 0)
    for (const work of this.#fresh) this.#checkPromise(work)
    this.#fresh = []
    this.#resting = []
    this.#isDisturbed = false
    let isWaiting = false
    const places = this.#places()
    for (const work of this.unfinished) {
      if (work.status === 'waiting') isWaiting = true
      if (work.status !== 'queued') continue
      const place = places.get(work.serial)
      const hasPlace = this.#hasPlace(place)
      check(idle === undefined || hasPlace, () => `work ${work.serial} has not begun while a worker has a place`)
      // A buffer would be lost with a thread that fails to start, and works behind it wait for their turn. A higher work
      // that lies ahead begins first; it may just have begun, or ended, and the next answer tells.
      const mayStay = this.#isBehindBuffer(work, places) || this.#isHigherOnLane(work, places) || isNewsDue
      check(
        starting === undefined || place !== undefined || mayStay,
        () => `work ${work.serial} is on no lane while a thread is starting that could begin with it`,
      )
      this.#resting.push({ work, hasPlace, isInQueue: place === undefined })
    }
    check(!isWaiting || this.#backlog('known') >= this.#pool.workBuffer, 'works wait at the door of a buffer with room')
    const mustHaveDrained =
      this.#wasShut && this.#backlog('known') <= Math.min(this.#pool.workBuffer / 2, this.#pool.workBuffer - 1)
    check(!mustHaveDrained, 'nobody was told that the buffer has drained')
    check(this.unfinished.size > 0 || !this.#wasBusy, 'nobody was told that the pool is idle')
    for (const { what, by } of this.#calls) check(this.#pool.clock.now() <= by, () => `${what} should be over by now`)
    if (this.#mayRest())
      check(this.#pool.holds === 0, () => `the pool is idle, but ${this.#pool.holds} things keep the process`)
  }

  /** When every work has had time to end. */
  async checkAtEnd(): Promise<void> {
    for (const work of this.works) if (work.entry === undefined) this.watchEntry(work)
    await this.#pool.turn()
    const begun = this.works.filter(({ run }) => run !== undefined).length
    const { waitTime, runTime } = this.#pool.orchestrator.register
    check(
      waitTime.count === begun && runTime.count === begun,
      () => `${begun} works began, ${waitTime.count} are in the figures`,
    )
    for (const { workerId, state } of this.#pool.threads) {
      check(this.#exited.has(workerId) === (state === 'gone'), () => `the exit of worker ${workerId} was not told`)
    }
    for (const work of this.works) {
      check(work.settled !== undefined, () => `work ${work.serial} never ended: it is ${work.handle.status}`)
      this.#checkPromise(work)
      const entry = work.accepted
        ? { resolved: true, value: undefined }
        : { resolved: false, value: work.settled?.payload }
      check(work.entry !== undefined, () => `work ${work.serial}: accepted never settled`)
      check(
        work.entry.resolved === entry.resolved && work.entry.value === entry.value,
        () =>
          `work ${work.serial}: accepted ${work.entry?.resolved ? 'resolved' : 'rejected'} with ${String(work.entry?.value)}`,
      )
    }
  }

  /** What the pool says by the id of a work. */
  checkLedger(work: Modelled): void {
    const known = this.#pool.orchestrator.register.statuses.get(work.handle.id)
    const isForgotten = work.settled !== undefined && !this.#finished.slice(-this.#pool.retain).includes(work)
    const expected = isForgotten ? undefined : work.status
    check(known === expected, () => `the statuses says of work ${work.serial} that it is ${known}, not ${expected}`)
  }

  #checkPromise({ serial, settled, outcome, handle, request, posted }: Modelled): void {
    if (settled === undefined) {
      check(outcome === undefined, () => `the promise of work ${serial} settled, and the work did not`)
      return
    }
    const { status, payload } = settled
    check(handle.status === status, () => `work ${serial} was ${status} and is ${handle.status}`)
    check(outcome !== undefined, () => `the promise of work ${serial} did not settle`)
    check(
      outcome.resolved === (status === 'done') && outcome.value === payload,
      () =>
        `the promise of work ${serial} ${outcome.resolved ? 'resolved' : 'rejected'} with ${String(outcome.value)}, not ${String(payload)}`,
    )
    if (request.buffer !== undefined) {
      check(
        (request.buffer.byteLength === 0) === posted,
        () => `work ${serial} was ${posted ? '' : 'not '}sent, its buffer has ${request.buffer?.byteLength} bytes`,
      )
    }
  }

  /** Whether a work may end like this, now. */
  #checkFate(work: Modelled, status: FinalStatus, payload: unknown): void {
    const { run, end, request } = work
    const now = this.#pool.clock.now()
    const may = (allowed: boolean): void => {
      check(
        allowed,
        () =>
          `work ${work.serial} became ${status} with ${String(payload)}: begun ${run?.at}, ended ${JSON.stringify(end)}, asked ${work.asked}`,
      )
    }
    if (status === 'done') return may(end?.threw === false && isDeepStrictEqual(payload, end.value))
    if (status === 'discarded') return may(work.asked && payload instanceof WorkDiscardedError)
    if (payload instanceof WorkTimeoutError) {
      if (payload.phase === 'queue')
        return may(run === undefined && now - work.submittedAt >= (request.queueTimeout ?? Infinity))
      return may(run !== undefined && end === undefined && now - run.at >= (request.timeout ?? this.#pool.timeout))
    }
    if (payload instanceof WorkerLostError) {
      may(payload.started === (run !== undefined))
      const thread = run?.thread ?? this.#pool.threads.find(({ workerId }) => workerId === payload.workerId)
      may(thread?.workerId === payload.workerId && (thread.state === 'gone' || thread.terminated))
      if (run === undefined) return may(request.buffer !== undefined && work.posted)
      if (end === undefined) return may(payload.reason !== 'answer-lost')
      return may(payload.reason === 'answer-lost' && (!end.isSafe || end.isGarbled))
    }
    // A result that cannot be read fails its own work.
    if (payload instanceof UncloneableValueError)
      return may(run === undefined ? !request.cloneable : end?.isGarbled === true && payload.path === 'result')
    if (payload instanceof WorkBufferFullError) return may(request.whenFull === 'reject' && !work.accepted)
    if (payload instanceof WorkerStartError) {
      const serving = [...this.#pool.crew.workers].filter(worker => worker.phase === 'serving')
      return may(run === undefined && serving.length === 0 && payload.attempts >= 3)
    }
    may(end?.threw === true && payload instanceof Error && payload.message === (end.value as Error).message)
  }

  /** What the handle says of its past, once that is known. */
  #checkTimes({ handle, run, end, submittedAt, serial }: Modelled): void {
    const now = this.#pool.clock.now()
    const waitTime = (run?.at ?? now) - submittedAt
    const runTime = run === undefined ? 0 : (end?.at ?? now) - run.at
    check(handle.waitTime === waitTime, () => `work ${serial} waited ${waitTime} ms, and says ${handle.waitTime}`)
    check(handle.runTime === runTime, () => `work ${serial} ran ${runTime} ms, and says ${handle.runTime}`)
    check(handle.workerId === run?.thread.workerId, () => `work ${serial} says that worker ${handle.workerId} ran it`)
  }

  /** Whether what is there on its lane runs, or is the next to begin. */
  #hasPlace(at: number | undefined): boolean {
    return at !== undefined && at < this.#pool.concurrency
  }

  /** Whether the work, or one in the queue that comes before it, moves a buffer. */
  #isBehindBuffer(work: Modelled, places: ReadonlyMap<number, number>): boolean {
    return [...this.unfinished].some(
      other =>
        other.request.buffer !== undefined &&
        other.status === 'queued' &&
        !places.has(other.serial) &&
        (other === work || comesBefore(other, work)),
    )
  }

  /** Whether a work with a higher priority lies on the lane of a thread that has started. */
  #isHigherOnLane(work: Modelled, places: ReadonlyMap<number, number>): boolean {
    return [...places.keys()].some(serial => this.work(serial).priority > work.priority && !this.#waitsForStart(serial))
  }

  /** Whether the work lies on the lane of a thread whose start has not been heard of. */
  #waitsForStart(serial: number): boolean {
    const carrier = this.work(serial).record?.carrier
    return [...this.#pool.crew.workers].some(worker => worker === carrier && worker.phase === 'starting')
  }

  /**
   * Where on a lane each work is, from 0 on; what was settled early is out of the way. Behind all places on the lane of
   * a thread whose start has not been heard of.
   */
  #places(): Map<number, number> {
    const places = new Map<number, number>()
    for (const thread of this.#pool.threads) {
      const worker = this.#pool.findWorker(thread)
      if (worker === undefined) continue
      const first = worker.phase === 'starting' ? this.#pool.concurrency : 0
      const works = thread.holds.filter(({ serial, state }) => !this.#isOutOfTheWay(serial, state))
      works.forEach(({ serial }, place) => places.set(serial, first + place))
    }
    return places
  }

  /** Its function has ended, and the pool need not wait for its answer. */
  #isOutOfTheWay(serial: number, state: ClaimState): boolean {
    return state === DONE && this.work(serial).settled !== undefined
  }

  /**
   * Works accepted beyond the places of the workers that take any. A work that has ended is no longer there: 'known' to
   * the pool by its early answer, or at 'least' in truth, with its answer still on the way.
   */
  #backlog(measure: 'known' | 'least'): number {
    let backlog = 0
    const placed = new Set<number>()
    for (const worker of this.#pool.crew.workers) {
      const thread = this.#pool.threads.find(({ workerId }) => workerId === worker.id)
      for (const { serial, state } of thread?.holds ?? []) {
        placed.add(serial)
        const isOver = state === DONE && (measure === 'least' || this.work(serial).status === 'done')
        if (worker.accepting && !isOver) backlog++
      }
      if (worker.accepting) backlog -= this.#pool.concurrency
    }
    for (const { status, serial } of this.unfinished) if (status === 'queued' && !placed.has(serial)) backlog++
    return backlog
  }

  #isAtDoor(work: Modelled): boolean {
    return work.record?.list !== undefined
  }

  /** Whether nothing is left that could keep the process. */
  #mayRest(): boolean {
    if (this.isStopping || this.unfinished.size > 0 || this.#calls.size > 0) return false
    return this.#pool.living.every(thread => {
      const worker: Worker | undefined = this.#pool.findWorker(thread)
      return (
        worker === undefined || (worker.phase !== 'starting' && thread.state === 'up' && thread.control.pending === 0)
      )
    })
  }
}

/** Whether it is let in first, and begins first. */
function comesBefore(one: Modelled, other: Modelled): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.serial < other.serial)
}

export function check(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new Error(typeof message === 'string' ? message : message())
}
