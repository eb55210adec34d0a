/** Which works began and ended, in which order and where, as their tasks themselves wrote it down in shared memory. */

import { setImmediate as turn } from 'node:timers/promises'
import { until } from './gate.js'
import { type Pool, type Task, task } from 'threadcrew'
import type * as tasks from './tasks/steps.js'

const BEGUN = 0
const ENDED = 1
const CAPACITY = 2
const HEADER = 3

export class StepLog {
  /** Pass this to the tasks of {@link steps}. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  /** @param capacity beginnings that fit */
  constructor(capacity = 1000) {
    this.buffer = new SharedArrayBuffer(4 * (HEADER + 4 * capacity))
    this.#words = new Int32Array(this.buffer)
    this.#words[CAPACITY] = capacity
  }

  /** The index of each work that began, in order. Whoever was started twice is here twice. */
  get begun(): number[] {
    return this.#list(BEGUN).map(({ index }) => index)
  }

  /** The index of each work that ended, in order. */
  get ended(): number[] {
    return this.#list(ENDED).map(({ index }) => index)
  }

  /** The thread on which the work began; of several, the last. */
  threadOf(index: number): number | undefined {
    return this.#list(BEGUN).findLast(entry => entry.index === index)?.thread
  }

  /** Resolves when so many works have begun. */
  async beginnings(count: number): Promise<void> {
    await until(() => this.begun.length >= count)
  }

  #list(list: typeof BEGUN | typeof ENDED): { index: number; thread: number }[] {
    const capacity = this.#words[CAPACITY] ?? 0
    const count = Math.min(Atomics.load(this.#words, list), capacity)
    const entries = Array.from({ length: count }, (_, i) => {
      const at = HEADER + 2 * (list * capacity + i)
      return { index: Atomics.load(this.#words, at) - 1, thread: Atomics.load(this.#words, at + 1) }
    })
    // The thread counts first and writes then.
    return entries.filter(({ index }) => index >= 0)
  }
}

const MODULE = new URL('./tasks/steps.js', import.meta.url)
let copies = 0

type Steps = { readonly [K in keyof typeof tasks]: Task<Parameters<(typeof tasks)[K]>, ReturnType<(typeof tasks)[K]>> }

/** The tasks as a module of their own: no pool has measured them yet, whatever other tests did. */
export function steps(): Steps {
  const url = new URL(`?copy=${++copies}`, MODULE)
  const named = <K extends keyof Steps>(name: K): Steps[K] => task(url, name) as unknown as Steps[K]
  return {
    step: named('step'),
    stepObject: named('stepObject'),
    spinStep: named('spinStep'),
    busyStep: named('busyStep'),
    timedStep: named('timedStep'),
    asyncStep: named('asyncStep'),
    exitStep: named('exitStep'),
  }
}

/** A run that takes no longer counts as short here, in ms; the pool sends ahead what takes about 1 ms together. */
const SHORT_MS = 0.15
/** Runs after which what the first ones took (loading the module for example) is forgotten. */
const RUNS = 40

/** Runs tasks until the pool knows each to be short: from then on several are sent ahead to a busy thread. */
export async function warmUp(
  pool: Pool,
  ...tasks: Task<[log: SharedArrayBuffer, index: number], unknown>[]
): Promise<void> {
  for (const short of tasks) {
    const { buffer } = new StepLog(20_000)
    for (let batch = 0; batch < 100; batch++) {
      const works = Array.from({ length: RUNS * Math.max(1, pool.total) }, (_, i) => pool.execute(short, [buffer, i]))
      await Promise.all(works)
      // On a busy machine a run may be interrupted: not of late, then.
      if (works.slice(-RUNS).every(work => work.runTime <= SHORT_MS)) break
    }
  }
  // After so many answers in one turn of the event loop, what is submitted next leaves with the next turn.
  await turn()
}

/** Blocks this thread until the condition holds: the pool can neither send nor take back anything meanwhile. */
export function blockUntil(condition: () => boolean): void {
  const patience = performance.now() + 10_000
  while (!condition()) if (performance.now() > patience) throw new Error('blockUntil: the condition does not come true')
}

/** How a work ended: its result, or the `code` of its error. */
export async function endOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}
