/** One seed of the storm of groups: it sends the jobs, lets the adversary strike, waits, and has everything judged. */

import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { random } from '../random.js'
import { Adversary } from './adversary.js'
import { Books } from './books.js'
import { Marks } from './marks.js'
import { poolOf } from './scheme.js'
import { inWords, send } from './send.js'
import { LAST, phaseOf, specOf } from './spec.js'
import { Threads } from './threads.js'

/** Jobs that may be open at a time, wherever they were sent. */
const MOST_OPEN = 600
/** Ms in which something has to happen. */
const PATIENCE_MS = 15_000
/**
 * Error events that are no news: what a job or a thread was to die of, and of jobs for which nobody waited. On a machine
 * that does much else, a thread may take more than a second to exit.
 */
const EXPECTED =
  /mine|has not exited for a second|takes the place of|crash|loose|ERR_(POOL_STOPPED|WORKER_LOST|WORK_TIMEOUT|NO_WORKERS_AVAILABLE|WORK_DISCARDED|VALUE_NOT_CLONEABLE)/

export class Round {
  #seed
  #total
  #random
  #threads = new Threads()
  #books
  #pool
  #adversary
  /** Whether it stops the pool without waiting for jobs. */
  #isHot
  #exits = 0
  #unresponsive = 0
  #began = performance.now()

  constructor(seed, total) {
    this.#seed = seed
    this.#total = total
    this.#random = random(seed)
    this.#books = new Books(seed, total, this.#threads)
    this.#isHot = seed % 2 === 1
  }

  /** Resolves with the figures, which it has printed. */
  async run() {
    // At once: whatever takes the process down, the seed is known.
    process.stdout.write(`seed ${this.#seed}: `)
    const before = surroundings()
    this.#threads.open()
    this.#pool = poolOf(this.#random)
    this.#listen()
    this.#adversary = new Adversary(
      this.#pool,
      this.#random,
      text => this.#complain(text),
      () => this.#sendBlock(),
    )
    let ended = 'not at all'
    const running = this.#pool.run().then(
      () => (ended = 'well'),
      error => (ended = inWords(error)),
    )
    await this.#pool.started
    await this.#storm()
    await this.#stop()
    await Promise.race([running, delay(PATIENCE_MS, undefined, { ref: false })])
    if (ended !== 'well') this.#complain(`run() has ended ${ended}`)
    await turn()
    if (this.#threads.running.size > 0) this.#complain(`${this.#threads.running.size} threads are left`)
    this.#threads.close()
    const after = surroundings()
    if (after !== before) this.#complain(`before it there was ${before}, afterwards ${after}`)
    this.#books.judge(this.#isHot)
    return this.#report()
  }

  #listen() {
    const pool = this.#pool
    pool.on('workerExit', () => this.#exits++)
    pool.on('workerUnresponsive', () => this.#unresponsive++)
    pool.on('groupDown', group => this.#complain(`group ${group} is down`))
    pool.on('message', message => this.#complain(message.text))
    pool.on('error', error => {
      const text = inWords(error)
      const isStrange = typeof error !== 'object' || error === null || !(error instanceof Error)
      if (!isStrange && !EXPECTED.test(text)) this.#complain(`an error event: ${text} ${inWords(error.cause)}`)
    })
  }

  async #storm() {
    const { below, chance } = this.#random
    const phase = i => phaseOf(i, this.#total)
    for (let next = 0; next < this.#total - LAST; ) {
      let to = next + 1
      for (let more = below(phase(next) === 'burst' ? 8 : 50); more > 0 && phase(to) === phase(next); more--) to++
      if (phase(next) === 'burst') await this.#burst(next, to)
      else {
        this.#order(chance(0.4) ? undefined : this.#sender(), next, to)
        if (chance(0.3)) this.#adversary.strike()
        if (chance(0.5)) await turn()
        await this.#until(() => this.#books.stillOpen() < MOST_OPEN)
      }
      if (phase(to) !== phase(next)) await this.#lull()
      next = to
    }
  }

  /** From all sides, and little enough that all of it waits for few places. */
  async #burst(from, to) {
    const senders = [
      undefined,
      ...this.#pool.workers.filter(({ group, status }) => group === 'web' && status === 'available'),
    ]
    const share = Math.ceil((to - from) / senders.length)
    for (let at = from; at < to; at += share) this.#order(senders.pop(), at, Math.min(to, at + share))
    await this.#until(() => this.#books.stillOpen() === 0)
  }

  /** Sends the last jobs, and stops the pool before they are done. */
  async #stop() {
    const middle = this.#total - LAST / 2
    this.#order(this.#sender(), middle - LAST / 2, middle)
    this.#order(undefined, middle, this.#total)
    if (this.#random.chance(0.5)) await turn()
    const stopped = this.#pool.stop({ hot: this.#isHot })
    let isStopped = false
    void stopped.then(() => (isStopped = true))
    await this.#until(() => isStopped)
  }

  /** Waits until there is nothing left to wait for, and looks whether all is as at the beginning. */
  async #lull() {
    await this.#until(() => this.#books.stillOpen() === 0 && !this.#adversary.isBusy)
    this.#adversary.makeGood()
    // As few as there can be where nobody else decides: so that the bursts wait.
    this.#pool.scaleGroup('single', -1)
    await this.#until(() => this.#isWhole())
  }

  /** Some worker that sends jobs. */
  #sender() {
    const { chance, pick } = this.#random
    const group = chance(0.2) ? 'watch' : 'web'
    return pick(this.#pool.workers.filter(worker => worker.group === group && worker.status === 'available'))
  }

  /** Has these jobs sent by a worker, or by the main thread. */
  #order(sender, from, to) {
    const seed = this.#seed
    const total = this.#total
    const { marks } = this.#books
    this.#books.ordered(sender, from, to)
    if (sender !== undefined) return void sender.send({ act: 'send', marks: marks.buffer, seed, total, from, to })
    const tell = text => this.#complain(text)
    for (let i = from; i < to; i++) void send(specOf(seed, i, total), seed, total, this.#pool.jobs, marks, tell)
  }

  #sendBlock() {
    const data = { marks: new Marks(1).buffer, i: 0, kind: 'blocks' }
    this.#pool.jobs.send('single', data).then(
      () => this.#complain('a worker that blocks was not replaced'),
      error => error?.code === 'ERR_WORKER_LOST' || this.#complain(`a job that blocks: ${inWords(error)}`),
    )
  }

  /** All initial workers are available, and nobody has a job. */
  #isWhole() {
    const { workers } = this.#pool
    if (workers.some(({ jobs }) => jobs > 0)) return false
    return ['quick', 'wide', 'single', 'watch', 'web'].every(name => {
      const group = this.#pool.group(name)
      return group.workers.filter(({ status }) => status === 'available').length >= group.minWorkers
    })
  }

  /** Says what is missing and gives up, if nothing has happened for too long. */
  async #until(isSo) {
    let last
    let since = performance.now()
    while (!isSo()) {
      const { workers } = this.#pool
      const now = JSON.stringify([
        this.#books.stillOpen(),
        this.#exits,
        workers.map(({ jobs, status }) => [jobs, status]),
      ])
      if (now !== last) since = performance.now()
      else if (performance.now() - since > PATIENCE_MS) this.#giveUp()
      last = now
      await delay(1)
    }
  }

  #giveUp() {
    this.#books.complainOfOpen()
    for (const { id, status, jobs, threadId, starts } of this.#pool.workers)
      this.#complain(`worker ${id}: ${status}, thread ${threadId} (its ${starts}.), ${jobs} jobs`)
    if (this.#adversary.isBusy) this.#complain('a restart or stop has not come to its end')
    this.#report()
    process.exit(1)
  }

  #complain(text) {
    this.#books.complain(text)
  }

  #report() {
    const fates = this.#books.fates()
    const seconds = (performance.now() - this.#began) / 1000
    const jobs = Object.values(fates).reduce((sum, count) => sum + count, 0)
    const complaints = this.#books.complaints.length
    const { counts } = this.#adversary
    const threads = this.#threads.exited.size + this.#threads.running.size
    const facts = JSON.stringify({ ...counts, exits: this.#exits, unresponsive: this.#unresponsive, threads, ...fates })
    console.log(`${jobs} jobs in ${seconds.toFixed(1)} s, ${complaints} complaints, ${facts}`)
    for (const complaint of this.#books.complaints.slice(0, 40)) console.log(`  ${complaint}`)
    return { jobs, seconds, complaints, threads, kills: counts.kills, restarts: counts.restarts }
  }
}

/** Handles and listeners of the process. */
function surroundings() {
  const handles = process.getActiveResourcesInfo().filter(name => !/TTYWrap|PipeWrap|FSReqPromise|CloseReq/.test(name))
  const events = [
    'exit',
    'beforeExit',
    'uncaughtException',
    'unhandledRejection',
    'warning',
    'worker',
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
    'SIGUSR2',
  ]
  return `${handles.join()} [${events.map(event => process.listenerCount(event)).join()}]`
}
