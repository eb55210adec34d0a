/** A pool of puppets for a test: what they say is kept, and can be waited for. Ends with the test. */

import { type WorkerGroupOptions, WorkerPool, type WorkerPoolOptions, type WorkerView } from 'threadcrew/groups'

export const PUPPET = new URL('./puppet.js', import.meta.url)

/** What a puppet, or the pool, has said. */
export interface Said {
  readonly at: string
  readonly id?: string
  readonly [key: string]: unknown
}

export class Stage {
  readonly pool: WorkerPool
  /** Everything said so far. */
  readonly said: Said[] = []
  readonly lines: { level: string; text: string; fields: Record<string, unknown> }[] = []
  /** How `run()` ended, once it has. */
  readonly errors: unknown[] = []
  ended: Promise<unknown> = Promise.resolve()
  readonly #waiters = new Set<() => void>()

  constructor(groups: readonly (Partial<WorkerGroupOptions> & { name: string })[], options: WorkerPoolOptions = {}) {
    const line =
      (level: string) =>
      (text: string, fields: Record<string, unknown>): void =>
        void this.lines.push({ level, text, fields })
    const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
    this.pool = new WorkerPool({ logger, ...options })
    for (const group of groups) this.pool.describeGroup({ type: 'job', entryPoint: PUPPET, ...group })
    this.pool.on('message', (message, worker) => this.#say({ id: worker.id, ...(message as Said) }))
    this.pool.on('workerOnline', worker => this.#say({ at: 'online', id: worker.id, threadId: worker.threadId }))
    this.pool.on('workerExit', (worker, code, error) => this.#say({ at: 'exit', id: worker.id, code, error }))
    this.pool.on('workerRestart', (worker, after) => this.#say({ at: 'restart', id: worker.id, after }))
    this.pool.on('workerUnresponsive', (worker, ms) => this.#say({ at: 'unresponsive', id: worker.id, ms }))
    this.pool.on('groupDown', (group, error) => this.#say({ at: 'groupDown', group, error }))
    this.pool.on('scaled', change => this.#say({ at: 'scaled', ...change }))
    this.pool.on('error', error => {
      this.errors.push(error)
      this.#say({ at: 'error event', error })
    })
  }

  /** Runs the pool; resolves when all its workers are available. */
  async start(): Promise<this> {
    this.run()
    await this.pool.started
    return this
  }

  /** Runs the pool. `ended` resolves with what run() rejects with, or undefined. */
  run(): void {
    this.ended = this.pool.run().then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  worker(id: string): WorkerView {
    const worker = this.pool.workers.find(each => each.id === id)
    if (worker === undefined) throw new Error(`there is no worker ${id}`)
    return worker
  }

  tell(id: string, command: object): void {
    this.worker(id).send(command)
  }

  /** What was said that has all of these properties. */
  all(match: Partial<Said>): Said[] {
    return this.said.filter(each => Object.entries(match).every(([key, value]) => each[key] === value))
  }

  /** Resolves when so much was said that has all of these properties, with the last of it. */
  async until(match: Partial<Said>, count = 1): Promise<Said> {
    await this.when(() => this.all(match).length >= count)
    const last = this.all(match)[count - 1]
    if (last === undefined) throw new Error('it was said, and is gone')
    return last
  }

  /** Resolves when this is so, which is looked at whenever something is said. */
  async when(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>(resolve => this.#waiters.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.stop({ hot: true })
    await this.ended
  }

  #say(said: Said): void {
    this.said.push(said)
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter()
  }
}
