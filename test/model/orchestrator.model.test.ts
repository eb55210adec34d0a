/**
 * The whole of the pool's main side against a model of it: random commands on fake threads, every promise checked after
 * every step. A failure prints its seed and the last commands; `SEED=… npx vitest run test/model` repeats it, and
 * `RUNS=1000` looks for longer.
 */

import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { WorkerLostError } from '../../src/errors/works.js'
import { transfer } from '../../src/values/transfer.js'
import { isFinal } from '../../src/work/status.js'
import { random } from '../support/random.js'
import { FakePool, fakeTask, type Worker } from './fake-pool.js'
import { type FakeThread, LARGE } from './fake-thread.js'
import { check, LONGEST_STEP_MS, Model, type Modelled, type Request } from './model.js'

type CommandName =
  | 'submit'
  | 'step'
  | 'hear'
  | 'pass'
  | 'discard'
  | 'discardHot'
  | 'abort'
  | 'scale'
  | 'scaleHot'
  | 'dismiss'
  | 'resize'
  | 'die'
  | 'garble'
  | 'stick'
  | 'sour'

/** One kind of life that a pool can lead. */
interface Profile {
  readonly name: string
  /** Workers at first, and at most. */
  readonly total: number
  readonly most: number
  /** The size of the buffer is between 0 and this. */
  readonly buffer: number
  /** Works that one thread runs at a time. */
  readonly concurrency: number
  readonly grace: number
  readonly killTimeout: number
  readonly priorities: readonly number[]
  /** Share of the thread starts that fail, in times when they do. */
  readonly badStarts: number
  /** Whether listeners of the pool act on it. */
  readonly listenersAct: boolean
  /** How often each command comes, relative to the others; 0 for one that is left out. */
  readonly weights: Readonly<Record<CommandName, number>>
}

const USUAL: Profile = {
  name: 'several workers',
  total: 3,
  most: 5,
  buffer: 12,
  concurrency: 1,
  grace: 0,
  killTimeout: 30,
  priorities: [0],
  badStarts: 0,
  listenersAct: false,
  weights: {
    submit: 12,
    step: 40,
    hear: 20,
    pass: 6,
    discard: 3,
    discardHot: 2,
    abort: 1,
    scale: 1,
    scaleHot: 0.5,
    dismiss: 0.5,
    resize: 1,
    die: 0.7,
    garble: 0.3,
    stick: 0,
    sour: 0,
  },
}

function variant(name: string, changes: Partial<Profile>, weights: Partial<Profile['weights']> = {}): Profile {
  return { ...USUAL, ...changes, name, weights: { ...USUAL.weights, ...weights } }
}

const PROFILES: readonly Profile[] = [
  variant('one worker', { total: 1, most: 1, priorities: [0, 0, 1, -2] }, { scale: 0, scaleHot: 0, dismiss: 0 }),
  USUAL,
  variant('priorities', { priorities: [0, 0, 5, -1, 2.5], grace: 10 }),
  variant('a storm of crashes', { buffer: 30, grace: 10 }, { die: 12, submit: 20, garble: 1 }),
  variant('a tight buffer', { buffer: 3, priorities: [0, 0, 1] }, { submit: 25, resize: 4, discard: 6 }),
  variant('bad starts', { badStarts: 0.85, total: 2, most: 3 }, { die: 5, pass: 12, scale: 2, sour: 4 }),
  variant(
    'stuck threads',
    { grace: 15, killTimeout: 8 },
    { stick: 3, discardHot: 6, scaleHot: 2, dismiss: 2, pass: 12 },
  ),
  variant(
    'works that share a thread',
    { concurrency: 3, grace: 15, buffer: 20, priorities: [0, 0, 5, -1] },
    { submit: 20, discardHot: 4, pass: 10, step: 60 },
  ),
  variant(
    'works that share a thread, in a storm',
    { concurrency: 2, grace: 150, buffer: 5, priorities: [0, 1], listenersAct: true },
    { submit: 20, die: 4, discardHot: 4, scaleHot: 2, stick: 1, pass: 12 },
  ),
  variant('listeners that act', { listenersAct: true, buffer: 5, priorities: [0, 1] }, { die: 2 }),
]

/** Seeds that once found a fault, by the name of their profile: they are played each time. */
const KNOWN: Readonly<Record<string, readonly number[]>> = {
  // A place that was held up counts as free again, while works wait on the lanes of others and none in the queue.
  'works that share a thread': [424560046],
  'works that share a thread, in a storm': [84],
}

const STEPS = Number(process.env['STEPS']) || 300
const RUNS = process.env['SEED'] === undefined ? Number(process.env['RUNS']) || 15 : 1
/** Of these, the first in which threads still die. */
const TROUBLED = 25
/** With so many works, a pool has seen everything there is to see. */
const MOST_UNFINISHED = 40
/** Commands shown when a run fails. */
const SHOWN = Number(process.env['SHOWN']) || 60
/** Rounds in which every work must have come to its end, once nothing stands in the way. */
const PATIENCE = 400

/** What goes wrong where nobody can catch it: in the pump, or in a promise that nobody awaits. */
const escaped: unknown[] = []

class Run {
  readonly log: string[] = []
  readonly #profile: Profile
  readonly #next: () => number
  readonly #pool: FakePool
  readonly #model: Model
  readonly #tasks = [fakeTask(), fakeTask(0.01), fakeTask(50)]
  readonly #controllers = [new AbortController(), new AbortController()]
  /** Calls of whenManned() that have not settled. */
  #crewCalls = 0
  readonly #garbled = new Set<FakeThread>()
  #listenersMayAct = true
  #startsAreBad = false
  #threadsMayFail = true
  #listening = 0

  constructor(seed: number, profile: Profile) {
    this.#profile = profile
    this.#next = random(seed).next
    const { total, grace, killTimeout, concurrency } = profile
    this.#pool = new FakePool({
      total,
      grace,
      killTimeout,
      concurrency,
      workBuffer: this.#below(profile.buffer + 1),
      timeout: this.#chance(0.2) ? 60 : Infinity,
      retain: 50,
      beforeStart: () => {
        if (this.#isStartBad(0.3)) throw new Error('options that Node refuses')
      },
      observer: {
        queued: record => {
          this.#model.queued(record)
          this.#listen()
        },
        settled: (record, status, payload) => {
          this.#model.settled(record, status, payload)
          this.#listen()
        },
        drained: () => {
          this.#model.drained()
          this.#listen()
        },
        idle: () => {
          this.#model.idle()
          this.#listen()
        },
        workerOnline: worker => {
          this.#model.workerOnline(worker)
          this.#listen()
        },
        workerExit: worker => {
          this.#model.workerExit(worker)
          this.#listen()
        },
      },
    })
    this.#model = new Model(this.#pool, profile.most === 1 && concurrency === 1)
  }

  async play(): Promise<void> {
    for (let i = 0; i < STEPS; i++) {
      await this.#command(this.#pickCommand())
      await this.#look(this.#chance(0.6))
    }
    await this.#windUp()
  }

  async #look(atRest: boolean): Promise<void> {
    if (atRest) await this.#pool.turn()
    if (escaped.length > 0) throw escaped[0]
    if (atRest) this.#model.checkAtRest()
    else this.#model.checkNow()
  }

  // The commands.

  #pickCommand(): CommandName {
    const weights = Object.entries(this.#profile.weights) as [CommandName, number][]
    let left = this.#next() * weights.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of weights) if ((left -= weight) < 0) return name
    return 'step'
  }

  async #command(name: CommandName): Promise<void> {
    const pool = this.#pool
    const thread = this.#one(pool.living)
    switch (name) {
      case 'submit':
        if (this.#model.unfinished.size > MOST_UNFINISHED) break
        for (let n = 1 + this.#below(this.#chance(0.2) ? 12 : 3); n > 0; n--) this.#submit()
        break
      case 'step':
        if (thread !== undefined) for (let n = 1 + this.#below(3); n > 0; n--) this.#step(thread)
        break
      case 'hear':
        this.#hear(thread)
        break
      case 'pass': {
        const ms = this.#one([0, 0.3, 1, 2, 5, 5, 12, 40, this.#chance(0.1) ? 1100 : 20]) ?? 0
        this.#say(`clock + ${ms}`)
        const step = ms > 100 ? LONGEST_STEP_MS : 5
        for (let left = ms; left > 0; left -= step) {
          pool.clock.advance(Math.min(step, left))
          await this.#look(true)
        }
        break
      }
      case 'discard':
        this.#discard()
        break
      case 'discardHot':
        this.#discardHot()
        break
      case 'abort':
        this.#abort()
        break
      case 'scale':
        this.#say(`target ${pool.crew.target} -> `)
        pool.crew.setTarget(this.#below(this.#profile.most + 1))
        this.#add(`${pool.crew.target}`)
        this.#waitForCrew()
        break
      case 'scaleHot': {
        this.#say('hot scale to ')
        this.#interrupt(pool.crew.setTarget(Math.max(0, pool.crew.target - 1 - this.#below(2)), true))
        this.#add(`${pool.crew.target}`)
        break
      }
      case 'dismiss': {
        const worker = this.#one(
          [...pool.crew.workers].filter(({ phase }) => phase === 'starting' || phase === 'serving'),
        )
        if (worker === undefined) break
        const hot = this.#chance(0.5)
        this.#say(`dismiss ${hot ? 'hot ' : ''}${this.#nameOf(worker)}`)
        pool.crew.dismiss(worker, hot)
        if (hot) this.#interrupt([worker])
        break
      }
      case 'resize': {
        const size = this.#below(this.#profile.buffer + 1)
        this.#say(`workBuffer ${pool.workBuffer} -> ${size}`)
        pool.workBuffer = size
        break
      }
      case 'die':
        if (thread !== undefined) this.#die(thread)
        break
      case 'garble':
        if (thread === undefined || thread.lane.pending === 0) break
        this.#say(`T${thread.id}: its answers cannot be read`)
        this.#garbled.add(thread)
        this.#model.garbled(thread)
        thread.lane.deliverUnreadable()
        // If the message held a single result, only that work fails, and the thread goes on.
        if (!thread.terminated) break
        this.#model.expectWithin(
          pool.killTimeout,
          `the end of T${thread.id}`,
          pool.findWorker(thread)?.gone ?? Promise.resolve(),
        )
        break
      case 'stick':
        if (thread === undefined) break
        thread.isStuck = !thread.isStuck
        this.#say(`T${thread.id} ${thread.isStuck ? 'is stuck' : 'moves again'}`)
        break
      case 'sour':
        this.#startsAreBad = !this.#startsAreBad
        this.#say(`from here on, most starts ${this.#startsAreBad ? 'fail' : 'succeed'}`)
        break
    }
  }

  /** Sooner or later there are as many as are wanted, or it is clear that there never will be. */
  #waitForCrew(): void {
    this.#crewCalls++
    const over = (): void => void this.#crewCalls--
    this.#pool.crew.whenManned().then(over, over)
  }

  #submit(): void {
    const signal = this.#chance(0.15) ? this.#one(this.#controllers)?.signal : undefined
    const buffer = this.#chance(0.08) ? new ArrayBuffer(8) : undefined
    const cloneable = !this.#chance(0.05)
    const args: unknown[] = buffer === undefined ? ['x'] : [transfer({ buffer }, [buffer])]
    // The first is seen before it is put on a lane, the other when the batch is posted.
    if (!cloneable) args.push(this.#chance(0.5) ? new EventTarget() : () => {})
    const request: Request = {
      task: this.#one(this.#tasks) ?? fakeTask(),
      args,
      priority: this.#one(this.#profile.priorities) ?? 0,
      signal,
      timeout: this.#chance(0.1) ? this.#one([5, 20, 100, Infinity]) : undefined,
      queueTimeout: this.#chance(0.1) ? this.#one([3, 15, 60]) : undefined,
      whenFull: this.#chance(0.2) ? 'reject' : 'wait',
      buffer,
      cloneable,
    }
    const { priority, timeout, queueTimeout, whenFull } = request
    const shown = {
      priority,
      timeout,
      queueTimeout,
      whenFull,
      signal: signal && true,
      buffer: buffer && true,
      cloneable,
    }
    this.#say(`submit ${this.#model.works.length} ${JSON.stringify(shown)}`)
    const work = this.#model.submit(request)
    if (this.#chance(0.3)) this.#model.watchEntry(work)
    this.#model.checkLedger(work)
    if (buffer !== undefined && work.settled !== undefined) transfer(args[0] as object, [])
  }

  #discard(): void {
    const work = this.#someWork()
    if (work === undefined) return
    this.#say(`discard ${work.serial} (${work.status})`)
    work.asked = true
    this.#pool.discardGently(work.handle)
    check(isFinal(work.handle.status), () => `work ${work.serial} is still ${work.handle.status} after its discard`)
    this.#model.checkLedger(work)
  }

  #discardHot(): void {
    const work = this.#someWork()
    if (work === undefined) return
    this.#say(`discard hot ${work.serial} (${work.status})`)
    work.asked = true
    const end = this.#chance(0.5) ? work.handle.stop() : this.#pool.discardHot(work.handle)
    this.#model.expectWithin(this.#pool.grace + this.#pool.killTimeout, `the hot discard of ${work.serial}`, end)
    check(isFinal(work.handle.status), () => `work ${work.serial} is still ${work.handle.status} after its hot discard`)
  }

  #abort(): void {
    const index = this.#below(this.#controllers.length)
    const controller = this.#controllers[index]
    if (controller === undefined) return
    this.#say(`abort signal ${index}`)
    for (const work of this.#model.unfinished) if (work.request.signal === controller.signal) work.asked = true
    this.#controllers[index] = new AbortController()
    controller.abort()
  }

  #interrupt(workers: readonly Worker[]): void {
    for (const worker of workers) {
      for (const { serial } of this.#threadOf(worker)?.holds ?? []) this.#model.work(serial).asked = true
    }
    const gone = this.#pool.interrupt(workers)
    this.#model.expectWithin(this.#pool.grace + this.#pool.killTimeout, 'the end of interrupted workers', gone)
  }

  #hear(thread: FakeThread | undefined): void {
    if (thread === undefined || (thread.control.pending === 0 && thread.lane.pending === 0)) return
    this.#say(`the pool hears T${thread.id}`)
    while (thread.control.deliver());
    const all = this.#chance(0.5)
    while (thread.lane.deliver() && all);
  }

  // What threads do.

  #step(thread: FakeThread): void {
    if (thread.isStuck || thread.state === 'gone') return
    const name = `T${thread.id}`
    if (thread.state === 'starting') return this.#start(thread)
    const running = this.#one(this.#model.runningOn(thread))
    const steps: (() => void)[] = []
    if (thread.hasMail) steps.push(() => (this.#say(`${name} receives`), thread.receive()))
    if (running !== undefined)
      steps.push(() => (this.#say(`${name} ends ${running.serial}`), this.#finish(thread, running)))
    if (thread.begun.length < this.#pool.concurrency) {
      steps.push(() => {
        const serial = thread.startNext()?.serial
        if (serial !== undefined) this.#say(`${name} begins ${serial}`)
      })
    }
    if (thread.hasAnswers) steps.push(() => (this.#say(`${name} flushes`), this.#flush(thread)))
    if (thread.terminated || thread.stopAsked) steps.push(() => this.#obey(thread))
    this.#one(steps)?.()
  }

  #start(thread: FakeThread): void {
    const name = `T${thread.id}`
    if (thread.terminated) return this.#obey(thread)
    if (!this.#isStartBad(1)) {
      this.#say(`${name} is ready`)
      thread.boot()
    } else if (this.#chance(0.5)) {
      this.#say(`${name}: its setup fails`)
      thread.failStart(new Error('setup'))
    } else {
      this.#say(`${name} dies as it starts`)
      thread.die(1, this.#chance(0.5) ? { error: new Error('no such file') } : {})
    }
  }

  #finish(thread: FakeThread, work: Modelled): void {
    if (this.#chance(0.15)) {
      const error = new Error(`thrown at ${this.log.length}`)
      this.#model.ended(work, true, error, false)
      thread.throws(error, work.serial)
      return
    }
    const value = this.#one([1, undefined, 'text', { an: 'object' }, LARGE])
    const isKept = typeof value !== 'object'
    this.#model.ended(work, false, value, isKept)
    // What cannot be held back is posted, and with it all that was held.
    if (value === LARGE) this.#model.flushed(thread)
    thread.finish(value, work.serial)
  }

  #flush(thread: FakeThread): void {
    this.#model.flushed(thread)
    thread.flush()
  }

  #obey(thread: FakeThread): void {
    if (!thread.terminated) this.#model.flushed(thread)
    if (thread.obey()) this.#say(`T${thread.id} is gone`)
  }

  #die(thread: FakeThread): void {
    const error = this.#chance(0.5)
      ? Object.assign(new Error('crash'), this.#chance(0.2) && { code: 'ERR_WORKER_OUT_OF_MEMORY' })
      : undefined
    const flush = this.#chance(0.5)
    this.#say(
      `T${thread.id} dies ${error === undefined ? '' : `of ${String(error)} `}${flush ? 'after' : 'without'} a flush`,
    )
    if (flush) this.#model.flushed(thread)
    // Where an answer could not be read, that is what has ended the thread.
    const isDeathOfItsOwn = error !== undefined && thread.state === 'up' && !this.#garbled.has(thread)
    const atStake = this.#model.atStake(thread)
    thread.die(this.#one([0, 1, 3]) ?? 0, { error, flush })
    // A listener that hears of the first of them may have discarded the others: then the crash is nobody's.
    const isOwned = atStake.some(({ settled }) => settled?.payload instanceof WorkerLostError)
    const times = this.#pool.errors.filter(other => other === error).length
    if (isDeathOfItsOwn)
      check(times === Number(!isOwned), () => `the crash was reported ${times} times, owned by a work: ${isOwned}`)
  }

  // The end.

  async #windUp(): Promise<void> {
    const pool = this.#pool
    this.#listenersMayAct = false
    const ending = this.#one(['calm', 'graceful', 'hot', 'escalating', 'limited'] as const) ?? 'calm'
    if (ending === 'calm') await this.#calmDown()
    this.#model.isStopping = true
    const unfinished = [...this.#model.unfinished]
    this.#say(`stop: ${ending}`)
    if (ending === 'hot') this.#askForAll()
    const outcome = pool.shutdown.stop(ending === 'hot', ending === 'limited' ? 50 : Infinity)
    let statuses: Map<string, unknown> | undefined
    void outcome.then(map => (statuses = map))
    await this.#look(true)
    const rounds = ending === 'escalating' ? this.#below(6) : ending === 'limited' ? 9 : PATIENCE
    await this.#drive(rounds, () => statuses !== undefined, ending !== 'hot')
    if (statuses === undefined && (ending === 'escalating' || ending === 'limited')) {
      this.#askForAll()
      if (ending === 'escalating') {
        this.#say('stop hot')
        check(pool.shutdown.stop(true, Infinity) === outcome, 'a second stop() has an outcome of its own')
      }
      await this.#drive(PATIENCE, () => statuses !== undefined, false)
    }
    check(statuses !== undefined, () => `the stop never ends: ${pool.leftovers().join(', ')}`)
    await this.#model.checkAtEnd()
    check(
      statuses.size === unfinished.length,
      () => `the outcome has ${statuses?.size} works, ${unfinished.length} were unfinished`,
    )
    for (const { handle, settled, serial } of unfinished) {
      check(
        statuses.get(handle.id) === settled?.status,
        () => `the outcome says ${String(statuses?.get(handle.id))} of work ${serial}`,
      )
    }
    check(pool.shutdown.state === 'stopped', () => `the pool is ${pool.shutdown.state}`)
    for (const { request, serial } of this.#model.works) {
      if (request.signal === undefined) continue
      check(
        getEventListeners(request.signal, 'abort').length === 0,
        () => `somebody still listens to the signal of work ${serial}`,
      )
    }
    check(this.#crewCalls === 0, 'whenManned() never settled')
    this.#checkStuck()
    const left = pool.leftovers()
    check(left.length === 0, () => `left behind: ${left.join(', ')}`)
  }

  /** Threads in native code are left behind, and named; they end when they can. */
  #checkStuck(): void {
    const { living, crew } = this.#pool
    const stuck = new Set(Array.from(crew.stuck, ({ id }) => id))
    for (const thread of living) {
      check(thread.terminated && stuck.has(thread.workerId), () => `T${thread.id} is alive, and the pool does not know`)
      thread.isStuck = false
      this.#obey(thread)
    }
    check(stuck.size === living.length, () => `${stuck.size} workers are stuck, ${living.length} threads are`)
    check(crew.stuck.size === 0 && crew.workers.size === 0, 'a worker outlives its thread')
  }

  /** Everything gets time, and nothing dies: all works end, and the pool has its size again. */
  async #calmDown(): Promise<void> {
    const { crew } = this.#pool
    this.#threadsMayFail = false
    if (crew.target === 0) crew.setTarget(1)
    // Whoever comes next makes the pool try again to start threads.
    this.#submit()
    for (const thread of this.#pool.living) thread.isStuck = false
    await this.#drive(PATIENCE, () => this.#model.unfinished.size === 0, true)
    check(
      this.#model.unfinished.size === 0,
      () => `works never end: ${[...this.#model.unfinished].map(({ serial }) => serial).join()}`,
    )
    await this.#drive(
      PATIENCE,
      () => [...crew.workers].filter(({ phase }) => phase === 'serving').length === crew.target,
      true,
    )
    const { size } = crew.workers
    check(size >= crew.target, () => `${crew.target} workers are wanted, ${size} are there`)
    for (const promise of [this.#pool.orchestrator.register.settled(), crew.whenManned()]) {
      let resolved = false
      void promise.then(() => (resolved = true))
      await this.#pool.turn()
      check(resolved, 'settled() or whenManned() does not resolve')
    }
  }

  /** Time passes and threads work, until the condition holds, for so many rounds at most. */
  async #drive(rounds: number, isOver: () => boolean, unstick: boolean): Promise<void> {
    const pool = this.#pool
    for (let round = 0; round < rounds && !isOver(); round++) {
      if (round === TROUBLED) this.#threadsMayFail = false
      for (const thread of pool.living) {
        if (unstick) thread.isStuck = false
        if (this.#threadsMayFail && this.#chance(this.#profile.weights.die / 100)) {
          this.#die(thread)
          continue
        }
        for (let n = this.#below(round < TROUBLED ? 3 : 8); n > 0; n--) this.#step(thread)
        this.#hear(thread)
      }
      await this.#look(this.#chance(0.5))
      this.#say('clock + 5')
      pool.clock.advance(5)
      await this.#look(true)
    }
  }

  #askForAll(): void {
    for (const work of this.#model.unfinished) work.asked = true
  }

  // Small things.

  /** A listener of the pool: the figures must add up, and it may do what users do in listeners. */
  #listen(): void {
    this.#model.checkSum()
    if (!this.#profile.listenersAct || !this.#listenersMayAct || this.#listening > 0 || !this.#chance(0.15)) return
    this.#listening++
    this.#say('a listener:')
    this.#model.disturbed()
    const act = this.#one([() => this.#submit(), () => this.#discard(), () => this.#discardHot(), () => this.#abort()])
    act?.()
    this.#listening--
  }

  #someWork(): Modelled | undefined {
    const works = this.#chance(0.9) ? [...this.#model.unfinished] : this.#model.works.slice(-20)
    return this.#one(works.filter(({ record }) => record !== undefined))
  }

  #threadOf(worker: Worker): FakeThread | undefined {
    return this.#pool.threads.find(({ workerId }) => workerId === worker.id)
  }

  #nameOf(worker: Worker): string {
    return `T${this.#threadOf(worker)?.id}`
  }

  #isStartBad(share: number): boolean {
    return this.#startsAreBad && this.#threadsMayFail && this.#chance(share * this.#profile.badStarts)
  }

  #chance(probability: number): boolean {
    return this.#next() < probability
  }

  #below(n: number): number {
    return Math.floor(this.#next() * n)
  }

  #one<T>(items: readonly T[]): T | undefined {
    return items[this.#below(items.length)]
  }

  #say(text: string): void {
    this.log.push(text)
  }

  #add(text: string): void {
    this.log.push(`${this.log.pop() ?? ''}${text}`)
  }
}

describe('the orchestrator keeps its promises, whatever happens:', () => {
  const escape = (error: unknown): void => void escaped.push(error)

  beforeAll(() => {
    process.on('unhandledRejection', escape)
  })

  afterAll(() => {
    process.off('unhandledRejection', escape)
  })

  it.each(PROFILES)('$name', { timeout: 600_000 }, async profile => {
    const first = random().seed
    const seeds = Array.from({ length: RUNS }, (_, index) => first + index)
    for (const seed of [...(KNOWN[profile.name] ?? []), ...seeds]) {
      escaped.length = 0
      const run = new Run(seed, profile)
      try {
        await run.play()
        // What failed in the pump is told after all microtasks, and belongs to the run that called for it.
        await new Promise(resolve => setImmediate(resolve))
        if (escaped.length > 0) throw escaped[0]
      } catch (error) {
        const [message] = String(error).split('\n')
        const commands = run.log.slice(-SHOWN).map(line => `  ${line}`)
        throw new Error(
          `${message}\nSEED=${seed} npx vitest run test/model -t '${profile.name}'\n${commands.join('\n')}`,
          { cause: error },
        )
      }
    }
  })
})
