import {
  type InvariantError,
  Pool,
  type PoolEvents,
  PoolStoppedError,
  type PoolStats,
  type ScaleReport,
  task,
  type ThreadcrewError,
  type ThreadcrewErrorCode,
  transfer,
  UncloneableValueError,
  UnshippableFunctionError,
  type Work,
  WorkBufferFullError,
  type WorkContext,
  WorkDiscardedError,
  type WorkerInfo,
  WorkerLostError,
  type WorkerStatus,
  WorkerStartError,
  type WorkStatus,
  WorkTimeoutError,
} from 'threadcrew'
import type * as works from 'threadcrew'
import type * as groups from 'threadcrew/groups'
import * as inThread from 'threadcrew/thread'
import { describe, expectTypeOf, test } from 'vitest'

// Nothing here runs: the compiler is the test.
declare const pool: Pool
declare const url: URL
declare const id: string

interface Point {
  readonly x: number
  readonly y: number
}

declare function distance(a: Point, b: Point): number
declare function greet(name: string, polite?: boolean): Promise<string>
declare function sum(...numbers: number[]): number
declare function own(this: WorkContext, n: number): string

describe('execute', () => {
  test('[54] infers parameters from args and the result from the function', () => {
    expectTypeOf(pool.execute((a, b) => a + b, [2, 3])).toEqualTypeOf<Work<number>>()
    expectTypeOf(pool.execute((text, times) => text.repeat(times), ['a', 3])).toEqualTypeOf<Work<string>>()
    expectTypeOf(pool.execute(() => 1)).toEqualTypeOf<Work<number>>()
    expectTypeOf(pool.execute(() => {})).toEqualTypeOf<Work<void>>()
    expectTypeOf(pool.execute(() => 'x' as const, [])).toEqualTypeOf<Work<'x'>>()
    expectTypeOf(
      pool.execute(distance, [
        { x: 0, y: 0 },
        { x: 3, y: 4 },
      ]),
    ).toEqualTypeOf<Work<number>>()
    pool.execute(
      (a, b, c) => {
        expectTypeOf(a).toEqualTypeOf<number>()
        expectTypeOf(b).toEqualTypeOf<{ deep: string[] }>()
        expectTypeOf(c).toEqualTypeOf<Map<string, Date>>()
      },
      [1, { deep: ['x'] }, new Map<string, Date>()],
    )
  })

  test('[54] the result is awaited, however deep promises are nested', () => {
    expectTypeOf(pool.execute(async (n: number) => [n], [1])).toEqualTypeOf<Work<number[]>>()
    expectTypeOf(pool.execute(greet, ['you'])).toEqualTypeOf<Work<string>>()
    expectTypeOf(pool.execute((): Promise<Promise<5>> => pool as never)).toEqualTypeOf<Work<5>>()
    expectTypeOf(pool.execute((): PromiseLike<Date> => Promise.resolve(new Date()))).toEqualTypeOf<Work<Date>>()
    expectTypeOf(pool.execute((): never => pool as never)).toEqualTypeOf<Work<never>>()
  })

  test('[54] optional and rest parameters may be left out or filled', () => {
    expectTypeOf(pool.execute(greet, ['you', true])).toEqualTypeOf<Work<string>>()
    expectTypeOf(pool.execute(sum)).toEqualTypeOf<Work<number>>()
    expectTypeOf(pool.execute(sum, [])).toEqualTypeOf<Work<number>>()
    expectTypeOf(pool.execute(sum, [1, 2, 3])).toEqualTypeOf<Work<number>>()
  })

  test('[54] arguments that do not fit do not compile', () => {
    // @ts-expect-error a string is no number
    pool.execute((a: number) => a, ['1'])
    // @ts-expect-error the second is missing
    pool.execute((a: number, b: number) => a + b, [1])
    // @ts-expect-error there are no arguments at all
    pool.execute((a: number) => a)
    // @ts-expect-error nor here
    pool.execute(distance, [])
    // @ts-expect-error one of them is of another type
    pool.execute(distance, [{ x: 0, y: 0 }, { x: 3 }])
    // @ts-expect-error one too many of the wrong type
    pool.execute(greet, ['you', true, 5])
    // @ts-expect-error no array
    pool.execute((a: number) => a, 1)
    // @ts-expect-error no function
    pool.execute(5, [])
    // @ts-expect-error a class cannot be called
    pool.execute(Map, [])
    // @ts-expect-error nor is it a task
    pool.execute({ url: 'file:///x.js', exportName: 'x' }, [])
  })

  test('[54] tasks of modules have the types of their functions', () => {
    expectTypeOf(
      pool.execute(task<typeof distance>(url, 'distance'), [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ]),
    ).toEqualTypeOf<Work<number>>()
    expectTypeOf(pool.execute(task<typeof greet>(url), ['you'])).toEqualTypeOf<Work<string>>()
    expectTypeOf(pool.execute(task(url, 'any'), [1, 'two'])).toEqualTypeOf<Work<unknown>>()
    // @ts-expect-error a number is no name
    pool.execute(task<typeof greet>(url), [5])
    // @ts-expect-error the name is missing
    pool.execute(task<typeof greet>(url), [])
  })

  test('[54] an inline function has the context of its work as this', () => {
    pool.execute(function () {
      expectTypeOf(this).toEqualTypeOf<WorkContext>()
      expectTypeOf(this.id).toEqualTypeOf<string>()
      expectTypeOf(this.workerId).toEqualTypeOf<string>()
      expectTypeOf(this.threadId).toEqualTypeOf<number>()
      expectTypeOf(this.label).toEqualTypeOf<string | undefined>()
      expectTypeOf(this.signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(this.transfer(new Uint8Array(1), [])).toEqualTypeOf<Uint8Array<ArrayBuffer>>()
    })
    pool.execute(
      async function (n) {
        expectTypeOf(this).toEqualTypeOf<WorkContext>()
        return n
      },
      [1],
    )
    expectTypeOf(pool.execute(own, [1])).toEqualTypeOf<Work<string>>()
    // @ts-expect-error the context is not the function's own
    pool.execute(function (this: Date) {
      return this.getTime()
    })
  })

  test('[54] options are known by name and type', () => {
    pool.execute(() => 1, [], {
      priority: 1,
      signal: AbortSignal.abort(),
      timeout: Infinity,
      queueTimeout: 5,
      label: 'x',
    })
    // @ts-expect-error no such option
    pool.execute(() => 1, [], { prio: 1 })
    // @ts-expect-error a controller is no signal
    pool.execute(() => 1, [], { signal: new AbortController() })
    // @ts-expect-error no number
    pool.execute(() => 1, [], { timeout: '5' })
  })
})

describe('a work', () => {
  const work = pool.execute(greet, ['you'])

  test('is a promise of its result', async () => {
    expectTypeOf(work).toExtend<Promise<string>>()
    expectTypeOf(await work).toEqualTypeOf<string>()
    expectTypeOf(work.then(text => text.length)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(work.catch(() => 5)).toEqualTypeOf<Promise<string | number>>()
    expectTypeOf(work.finally(() => {})).toEqualTypeOf<Promise<string>>()
    expectTypeOf(await Promise.all([work, pool.execute(() => 1)])).toEqualTypeOf<[string, number]>()
  })

  test('is a handle', () => {
    expectTypeOf(work.id).toEqualTypeOf<string>()
    expectTypeOf(work.status).toEqualTypeOf<WorkStatus>()
    expectTypeOf<WorkStatus>().toEqualTypeOf<'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'discarded'>()
    expectTypeOf(work.accepted).toEqualTypeOf<Promise<void>>()
    expectTypeOf(work.workerId).toEqualTypeOf<string | undefined>()
    expectTypeOf(work.waitTime).toEqualTypeOf<number>()
    expectTypeOf(work.runTime).toEqualTypeOf<number>()
    expectTypeOf(work.stop()).toEqualTypeOf<Promise<WorkStatus>>()
    // @ts-expect-error read-only
    work.status = 'done'
    // @ts-expect-error read-only
    work.id = 'mine'
  })
})

interface MathModule {
  fib(n: number): number
  slow(n: number): Promise<string>
  withContext(this: WorkContext, n: number): boolean
  default: () => Promise<Promise<5>>
  Shape: typeof Map
  version: string
  limits: { max: number }
  then(resolve: () => void): void
}

describe('module', () => {
  test('[54] exposes only functions, typed', () => {
    const remote = pool.module<MathModule>(url)
    expectTypeOf<keyof typeof remote>().toEqualTypeOf<'fib' | 'slow' | 'withContext' | 'default'>()
    expectTypeOf(remote.fib).toEqualTypeOf<(n: number) => Work<number>>()
    expectTypeOf(remote.slow(1)).toEqualTypeOf<Work<string>>()
    expectTypeOf(remote.withContext(1)).toEqualTypeOf<Work<boolean>>()
    expectTypeOf(remote.default()).toEqualTypeOf<Work<5>>()
    // @ts-expect-error no number
    remote.fib('1')
    // @ts-expect-error missing
    remote.fib()
    // @ts-expect-error a value
    void remote.version
    // @ts-expect-error a class
    void remote.Shape
    // @ts-expect-error an object
    void remote.limits
    // @ts-expect-error what await looks up
    void remote.then
    // @ts-expect-error not there
    void remote.sub
    // @ts-expect-error neither a string nor a URL
    pool.module<MathModule>(5)
  })

  test('[54] takes typeof import(), and can be taken apart', () => {
    const { basename, join } = pool.module<typeof import('node:path')>('node:path')
    expectTypeOf(basename('/a/b')).toEqualTypeOf<Work<string>>()
    expectTypeOf(join('a', 'b')).toEqualTypeOf<Work<string>>()
    // @ts-expect-error a path is text
    basename(5)
  })
})

describe('map', () => {
  test('[54] infers inputs, index and awaited results', () => {
    expectTypeOf(pool.map([1, 2], n => n + 1)).toEqualTypeOf<AsyncIterableIterator<number>>()
    expectTypeOf(pool.map(new Set(['a']), async text => text.length)).toEqualTypeOf<AsyncIterableIterator<number>>()
    expectTypeOf(pool.map('text', (character, index) => [character, index] as const)).toEqualTypeOf<
      AsyncIterableIterator<readonly [string, number]>
    >()
    async function* inputs(): AsyncGenerator<Date> {
      yield new Date()
    }
    expectTypeOf(pool.map(inputs(), date => date.getTime())).toEqualTypeOf<AsyncIterableIterator<number>>()
    expectTypeOf(pool.map(['you'], task<(name: string) => Promise<string>>(url))).toEqualTypeOf<
      AsyncIterableIterator<string>
    >()
    pool.map([1], function () {
      expectTypeOf(this).toEqualTypeOf<WorkContext>()
    })
    pool.map([1], n => n, { ordered: false, limit: 4, priority: 1, timeout: 5, label: 'x' })
    // Further arguments: inferred from `args`, or from the function.
    expectTypeOf(pool.map([1], (n, i, factor, unit) => `${n * i * factor} ${unit}`, { args: [2, 'm'] })).toEqualTypeOf<
      AsyncIterableIterator<string>
    >()
    pool.map([1], (n: number, _: number, table: Map<number, string>) => table.get(n), { args: [new Map()], limit: 2 })
    pool.map(['you'], task<(name: string, index: number, greeting: string) => string>(url), { args: ['hello'] })
    pool.map([1], n => n, { args: [] })
    // @ts-expect-error of another type
    pool.map([1], (n: number, _: number, factor: number) => n * factor, { args: ['2'] })
    // @ts-expect-error one is missing
    pool.map([1], (n: number, _: number, factor: number) => n * factor)
    // @ts-expect-error not iterable
    pool.map(5, n => n)
    // @ts-expect-error of another type
    pool.map([1], (text: string) => text)
    // @ts-expect-error no such option
    pool.map([1], n => n, { parallel: 4 })
  })
})

describe('stream', () => {
  test('[54] infers the values of generators, iterables and promises of them', () => {
    expectTypeOf(
      pool.stream(function* () {
        yield 1
      }),
    ).toEqualTypeOf<AsyncIterableIterator<number>>()
    expectTypeOf(
      pool.stream(
        async function* (text: string) {
          yield [this.id, text.length] as const
        },
        ['a'],
        { highWaterMark: 4, priority: 1 },
      ),
    ).toEqualTypeOf<AsyncIterableIterator<readonly [string, number]>>()
    expectTypeOf(pool.stream(async () => [Promise.resolve('a')])).toEqualTypeOf<AsyncIterableIterator<string>>()
    expectTypeOf(pool.stream(task<(n: number) => Generator<Date>>(url), [1])).toEqualTypeOf<
      AsyncIterableIterator<Date>
    >()
    // @ts-expect-error: nothing to iterate
    pool.stream(() => 5)
    // @ts-expect-error: wrong argument
    pool.stream((n: number) => [n], ['1'])
  })
})

describe('broadcast', () => {
  test('[54] infers arguments, and a list of awaited results', () => {
    expectTypeOf(pool.broadcast(async (n: number) => n > 1, [2])).toEqualTypeOf<Promise<boolean[]>>()
    expectTypeOf(pool.broadcast(() => 'a')).toEqualTypeOf<Promise<string[]>>()
    // @ts-expect-error: an argument is missing
    void pool.broadcast((n: number) => n)
    // @ts-expect-error: wrong argument
    void pool.broadcast((n: number) => n, ['1'])
  })
})

describe('discard', () => {
  test('[54] takes ids and works, one or many, or each with a flag of its own', () => {
    const work = pool.execute(() => 1)
    type Outcome = Promise<Map<string, WorkStatus | 'unknown'>>
    expectTypeOf(pool.discard(id)).toEqualTypeOf<Outcome>()
    expectTypeOf(pool.discard(work, true)).toEqualTypeOf<Outcome>()
    expectTypeOf(pool.discard([id, work])).toEqualTypeOf<Outcome>()
    expectTypeOf(pool.discard(new Set([work]), false)).toEqualTypeOf<Outcome>()
    expectTypeOf(pool.discard(new Map([[id, true]]))).toEqualTypeOf<Outcome>()
    expectTypeOf(pool.discard({ [id]: false })).toEqualTypeOf<Outcome>()
    expectTypeOf(pool.discard(pool.jobs.keys())).toEqualTypeOf<Outcome>()
    // @ts-expect-error no id
    pool.discard(5)
    // @ts-expect-error no flag
    pool.discard(new Map([[id, 'hot']]))
    // @ts-expect-error no flag
    pool.discard(id, 'hot')
    // @ts-expect-error any promise is no work
    pool.discard(Promise.resolve())
  })
})

describe('the errors', () => {
  test('[54] narrow by code', () => {
    const narrow = (
      error: WorkTimeoutError | WorkerLostError | WorkDiscardedError | UncloneableValueError | WorkerStartError,
    ): void => {
      switch (error.code) {
        case 'ERR_WORK_TIMEOUT':
          expectTypeOf(error).toEqualTypeOf<WorkTimeoutError>()
          expectTypeOf(error.phase).toEqualTypeOf<'queue' | 'run'>()
          break
        case 'ERR_WORKER_LOST':
          expectTypeOf(error).toEqualTypeOf<WorkerLostError>()
          expectTypeOf(error.reason).toEqualTypeOf<'exit' | 'crash' | 'out-of-memory' | 'answer-lost'>()
          expectTypeOf(error.workerId).toEqualTypeOf<string>()
          expectTypeOf(error.exitCode).toEqualTypeOf<number>()
          expectTypeOf(error.started).toEqualTypeOf<boolean>()
          break
        case 'ERR_VALUE_NOT_CLONEABLE':
          expectTypeOf(error.path).toEqualTypeOf<string>()
          break
        case 'ERR_WORKER_START':
          expectTypeOf(error.attempts).toEqualTypeOf<number>()
          break
        case 'ERR_WORK_DISCARDED':
          expectTypeOf(error).toEqualTypeOf<WorkDiscardedError>()
          break
        default:
          expectTypeOf(error).toEqualTypeOf<never>()
      }
    }
    expectTypeOf(narrow).toBeFunction()
  })

  test('[54] a switch over the code of any of them is checked for completeness', () => {
    const isOver = ({ code }: ThreadcrewError): boolean => {
      switch (code) {
        case 'ERR_POOL_STOPPED':
        case 'ERR_WORK_DISCARDED':
        case 'ERR_WORK_TIMEOUT':
        case 'ERR_WORKER_LOST':
        case 'ERR_FUNCTION_NOT_SHIPPABLE':
        case 'ERR_VALUE_NOT_CLONEABLE':
        case 'ERR_INVARIANT':
          return true
        case 'ERR_WORK_BUFFER_FULL':
        case 'ERR_WORKER_START':
        case 'ERR_WORKER_STOPPED':
          return false
        case 'ERR_GROUP_CONFIG':
        case 'ERR_NO_WORKERS_AVAILABLE':
        case 'ERR_RESTART_BUDGET_EXCEEDED':
        case 'ERR_RESTART_FAILED':
        case 'ERR_FATAL_WORKER':
        case 'ERR_TERMINATE_WORKER':
          return false
        default:
          expectTypeOf(code).toEqualTypeOf<never>()
          return code satisfies never
      }
    }
    expectTypeOf(isOver).toBeFunction()
    const misspelt = (error: ThreadcrewError): boolean =>
      // @ts-expect-error no error has this code
      error.code === 'ERR_WORK_TIMED_OUT'
    expectTypeOf(misspelt).toBeFunction()
  })

  test('[54] the union of codes has those of the classes, no more and no less', () => {
    type Classes = (typeof works)[keyof typeof works] | (typeof groups)[keyof typeof groups]
    // The base class has them all; each other class has one.
    type OwnCode<C> = ThreadcrewErrorCode extends C ? never : C
    type Codes<T> = T extends { readonly prototype: { readonly code: infer C } } ? OwnCode<C> : never
    expectTypeOf<Codes<Classes>>().toEqualTypeOf<ThreadcrewErrorCode>()
    expectTypeOf<ThreadcrewError['code']>().toEqualTypeOf<ThreadcrewErrorCode>()
  })

  test('[54] each has its code as a literal, and all a common ancestor', () => {
    expectTypeOf<PoolStoppedError['code']>().toEqualTypeOf<'ERR_POOL_STOPPED'>()
    expectTypeOf<WorkBufferFullError['code']>().toEqualTypeOf<'ERR_WORK_BUFFER_FULL'>()
    expectTypeOf<WorkDiscardedError['code']>().toEqualTypeOf<'ERR_WORK_DISCARDED'>()
    expectTypeOf<WorkTimeoutError['code']>().toEqualTypeOf<'ERR_WORK_TIMEOUT'>()
    expectTypeOf<WorkerLostError['code']>().toEqualTypeOf<'ERR_WORKER_LOST'>()
    expectTypeOf<WorkerStartError['code']>().toEqualTypeOf<'ERR_WORKER_START'>()
    expectTypeOf<UnshippableFunctionError['code']>().toEqualTypeOf<'ERR_FUNCTION_NOT_SHIPPABLE'>()
    expectTypeOf<UncloneableValueError['code']>().toEqualTypeOf<'ERR_VALUE_NOT_CLONEABLE'>()
    expectTypeOf<
      | PoolStoppedError
      | WorkBufferFullError
      | WorkDiscardedError
      | WorkTimeoutError
      | WorkerLostError
      | WorkerStartError
      | UnshippableFunctionError
      | UncloneableValueError
    >().toExtend<ThreadcrewError>()
    expectTypeOf<InvariantError['code']>().toEqualTypeOf<'ERR_INVARIANT'>()
    expectTypeOf<ThreadcrewError>().toExtend<Error>()
    // @ts-expect-error stable for ever
    new WorkTimeoutError('run', 1).code = 'ERR_OTHER'
  })
})

describe('events', () => {
  test('[54] are known by name, with what they carry', () => {
    pool.on('done', work => expectTypeOf(work).toEqualTypeOf<Work<unknown>>())
    pool.once('failed', (work, error) => {
      expectTypeOf(work).toEqualTypeOf<Work<unknown>>()
      expectTypeOf(error).toEqualTypeOf<unknown>()
    })
    pool.on('queued', work => expectTypeOf(work.status).toEqualTypeOf<WorkStatus>())
    pool.on('discarded', (_work, error) => expectTypeOf(error).toEqualTypeOf<unknown>())
    pool.on('scaled', ({ from, to, reason }) => {
      expectTypeOf([from, to]).toEqualTypeOf<number[]>()
      expectTypeOf(reason).toEqualTypeOf<'scale' | 'total' | 'autoScale'>()
    })
    pool.on('workerOnline', worker => expectTypeOf(worker).toEqualTypeOf<WorkerInfo>())
    pool.on('workerExit', (worker, exitCode, error) => {
      expectTypeOf(worker).toEqualTypeOf<WorkerInfo>()
      expectTypeOf(exitCode).toEqualTypeOf<number>()
      expectTypeOf(error).toEqualTypeOf<unknown>()
    })
    pool.on('error', error => expectTypeOf(error).toEqualTypeOf<unknown>())
    for (const event of ['ready', 'drain', 'idle', 'stopped'] as const)
      expectTypeOf<PoolEvents[typeof event]>().toEqualTypeOf<[]>()
    expectTypeOf(pool.on('idle', () => {})).toEqualTypeOf<Pool>()
    expectTypeOf(pool.off('idle', () => {})).toEqualTypeOf<Pool>()
    // @ts-expect-error there is no event for the start of a work
    pool.on('running', () => {})
    // @ts-expect-error no such payload
    pool.on('idle', (work: Work<unknown>) => work)
    // @ts-expect-error a work, not a string
    pool.on('done', (work: string) => work)
  })
})

describe('the pool', () => {
  test('has typed options, settings and figures', () => {
    const made = new Pool({
      total: 1,
      workBuffer: Infinity,
      whenFull: 'reject',
      min: 0,
      max: 2,
      setup: (data: Point) => data.x,
    })
    expectTypeOf(made).toEqualTypeOf<Pool>()
    expectTypeOf(pool.ready).toEqualTypeOf<Promise<void>>()
    expectTypeOf(pool.state).toEqualTypeOf<'running' | 'stopping' | 'stopped'>()
    expectTypeOf(pool.active).toEqualTypeOf<number>()
    expectTypeOf(pool.jobs).toEqualTypeOf<ReadonlyMap<string, WorkStatus>>()
    expectTypeOf(pool.workers).toEqualTypeOf<readonly WorkerInfo[]>()
    expectTypeOf(pool.stats()).toEqualTypeOf<PoolStats>()
    expectTypeOf(pool.settled()).toEqualTypeOf<Promise<void>>()
    expectTypeOf(pool.scale(-1, true)).toEqualTypeOf<Promise<ScaleReport>>()
    expectTypeOf(pool.stop({ hot: true, timeout: 5 })).toEqualTypeOf<Promise<Map<string, WorkStatus>>>()
    expectTypeOf<Pool>().toExtend<AsyncDisposable>()
    pool.total = 2
    pool.autoScale = true
    // @ts-expect-error read-only
    pool.active = 1
    // @ts-expect-error no such option
    new Pool({ threads: 4 })
    // @ts-expect-error one of two words
    new Pool({ whenFull: 'drop' })
    // @ts-expect-error no number
    pool.total = '4'
  })

  test('shows its workers', () => {
    const [worker] = pool.workers
    if (worker === undefined) return
    expectTypeOf(worker.id).toEqualTypeOf<string>()
    expectTypeOf(worker.threadId).toEqualTypeOf<number>()
    expectTypeOf(worker.status).toEqualTypeOf<WorkerStatus>()
    expectTypeOf<WorkerStatus>().toEqualTypeOf<'starting' | 'available' | 'busy' | 'stopping' | 'stopped'>()
    expectTypeOf(worker.work).toEqualTypeOf<string | undefined>()
    expectTypeOf(worker.stop(true)).toEqualTypeOf<Promise<string | undefined>>()
    const { heap, cpu, utilization } = worker.usage()
    expectTypeOf([heap, cpu, utilization]).toEqualTypeOf<number[]>()
  })
})

describe('transfer and context', () => {
  test('transfer gives back what it was given', () => {
    const bytes = new Uint8Array(8)
    expectTypeOf(transfer({ bytes }, [bytes.buffer])).toEqualTypeOf<{ bytes: Uint8Array<ArrayBuffer> }>()
    expectTypeOf(transfer(bytes, [bytes])).toEqualTypeOf<Uint8Array<ArrayBuffer>>()
    expectTypeOf(pool.execute(({ bytes }) => bytes.length, [transfer({ bytes }, [bytes.buffer])])).toEqualTypeOf<
      Work<number>
    >()
    // @ts-expect-error an object, not a number
    transfer(5, [])
    // @ts-expect-error nothing that could move
    transfer({}, ['text'])
  })

  test('a thread has the same transfer, and a context', () => {
    expectTypeOf(inThread.context()).toEqualTypeOf<WorkContext>()
    expectTypeOf(inThread.transfer).toEqualTypeOf(transfer)
    // @ts-expect-error read-only
    inThread.context().id = 'mine'
  })
})
