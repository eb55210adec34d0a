/** Compiled to CommonJS: what it imports, it requires. Nothing here runs. */

import { Pool, task, type TaskLike, ThreadcrewError, WorkerLostError, type Work } from 'threadcrew'
import { restart, WorkerPool, type GroupWorker, type JobOptions } from 'threadcrew/groups'
import { context, transfer } from 'threadcrew/thread'
import type { Pool as ImportedPool, Task } from 'threadcrew' with { 'resolution-mode': 'import' }
import threadcrew = require('threadcrew')

const pool = new Pool({ total: 1 })
const sum: Work<number> = pool.execute((a, b) => a + b, [2, 3])
// @ts-expect-error a string is no number
const text: Work<string> = pool.execute((a: number) => a, [1])
const host: Task<[], string> = task<() => string>('node:os', 'hostname')
const math = pool.module<{ fib(n: number): number }>('/math.js')
const eight: Work<number> = math.fib(6)

// What was required and what was imported are of the same type, as they are of the same class.
const imported: ImportedPool = pool
const required: threadcrew.Pool = imported
const classes: typeof Pool = threadcrew.Pool

function twice<A extends unknown[], R>(fn: TaskLike<A, R>, args: [...A]): Promise<Awaited<R>[]> {
  return Promise.all([pool.execute(fn, args), pool.execute(fn, args)])
}

class Crew extends Pool {
  busy(): number {
    return this.active
  }
}

export function describe(error: unknown): string {
  if (error instanceof WorkerLostError) return `${error.workerId} ${error.exitCode} ${error.reason}`
  return error instanceof ThreadcrewError ? error.code : 'other'
}

const groups = new WorkerPool()
groups.describeGroup({ type: 'job', name: 'a', entryPoint: 'file:///a.js', restart: restart.always() })
export const send = (worker: GroupWorker, options: JobOptions) => worker.jobs.send<number>('a', 1, options)
export const bytes: Uint8Array = transfer(new Uint8Array(1), [])
export const label: string | undefined = context().label
export { classes, Crew, eight, host, required, sum, text, twice }
