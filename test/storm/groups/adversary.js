/** What happens to the pool under load: kills, restarts, other numbers of workers, a main thread that is busy. */

import { block } from './do.js'

export class Adversary {
  /** What it has done so far. */
  counts = { kills: 0, stops: 0, restarts: 0, refused: 0, scalings: 0, blocks: 0 }
  #pool
  #random
  #complain
  #blockJob
  /** Restarts that go on, and stops. */
  #open = new Set()
  #deeds

  /** @param blockJob sends a job that blocks its worker until that is found unresponsive */
  constructor(pool, random, complain, blockJob) {
    this.#pool = pool
    this.#random = random
    this.#complain = complain
    this.#blockJob = blockJob
    const { below, chance, pick } = random
    const tell = message => () => this.#kill(worker => worker.send(message()))
    this.#deeds = [
      [8, tell(() => ({ act: 'exit', code: 2 + below(3) }))],
      [6, tell(() => ({ act: 'throw' }))],
      [4, tell(() => ({ act: 'reject' }))],
      [4, tell(() => ({ act: 'stop' }))],
      [3, () => this.#stop(chance(0.5))],
      [6, () => this.#restart(pool.restartWorker(this.#worker()?.id ?? 'nobody'))],
      [1, () => this.#restart(pool.restart())],
      [1, () => this.#restart(pool.restart({ hard: true }))],
      [12, () => this.#scale(pick(['quick', 'wide', 'single', 'web']), pick([-2, -1, 1, 2]))],
      [4, () => block(below(20))],
      [0.3, () => this.#block()],
    ]
  }

  /** Does something. */
  strike() {
    const all = this.#deeds.reduce((sum, [weight]) => sum + weight, 0)
    let at = this.#random.below(all * 10) / 10
    const [, deed] = this.#deeds.find(([weight]) => (at -= weight) < 0) ?? this.#deeds[0]
    deed()
  }

  /** Brings back whom it has stopped. */
  makeGood() {
    for (const { group } of this.#pool.workers) this.#scale(group, 0)
  }

  get isBusy() {
    return this.#open.size > 0
  }

  #worker() {
    return this.#random.pick(this.#pool.workers.filter(({ status }) => status === 'available'))
  }

  #kill(deed) {
    const worker = this.#worker()
    if (worker === undefined) return
    this.counts.kills++
    deed(worker)
  }

  #stop(hot) {
    const worker = this.#worker()
    if (worker === undefined) return
    this.counts.stops++
    this.#keep(
      'stop()',
      worker.stop(hot).then(() => this.#scale(worker.group, 0)),
    )
  }

  #restart(promise) {
    this.counts.restarts++
    // Whoever kills workers in their start has no right to complain that they did not start.
    const refused = error => {
      if (error?.code !== 'ERR_RESTART_FAILED') throw error
      this.counts.refused++
    }
    this.#keep('a restart', promise.catch(refused))
  }

  #scale(group, delta) {
    this.counts.scalings++
    this.#pool.scaleGroup(group, delta)
    const { size, minWorkers, maxWorkers } = this.#pool.group(group)
    if (size < minWorkers && this.#pool.group(group).workers.every(({ status }) => status !== 'stopping'))
      this.#complain(`group ${group} has ${size} workers after scaleGroup(${delta})`)
    if (size > maxWorkers) this.#complain(`group ${group} has ${size} workers of at most ${maxWorkers}`)
  }

  #block() {
    this.counts.blocks++
    this.#blockJob()
  }

  #keep(what, promise) {
    const kept = promise.catch(error => this.#complain(`${what} was rejected with ${error?.stack ?? String(error)}`))
    this.#open.add(kept)
    void kept.finally(() => this.#open.delete(kept))
  }
}
