import { describe, expectTypeOf, test } from 'vitest'
import type { RemoteModule } from '../../src/calls/remote-module.js'
import { remoteModule } from '../../src/calls/remote-module.js'
import type { Task, TaskLike } from '../../src/task/task.js'
import { task } from '../../src/task/task.js'
import { taskRecord } from '../../src/task/record.js'
import type { WorkContext } from '../../src/task/context.js'
import type { Work } from '../../src/work/work.js'

const url = new URL('file:///math.js')

declare function fib(n: number): number
declare function greet(name: string, polite?: boolean): Promise<string>
declare function own(this: WorkContext, n: number): string

/** As Pool declares it. */
declare function execute<A extends unknown[], R>(fn: TaskLike<A, R>, args: readonly [...A]): Work<Awaited<R>>
declare class Pool {
  execute<A extends unknown[], R>(fn: TaskLike<A, R>, args: readonly [...A]): Work<Awaited<R>>
}

describe('task', () => {
  test('[54] a typed task has the arguments and the result of its function', () => {
    expectTypeOf(task<typeof fib>(url, 'fib')).toEqualTypeOf<Task<[n: number], number>>()
    expectTypeOf(task<typeof greet>(url)).toEqualTypeOf<Task<[name: string, polite?: boolean], Promise<string>>>()
    expectTypeOf(task<Promise<typeof fib>>(url)).toEqualTypeOf<Task<[n: number], number>>()
    expectTypeOf(task<typeof own>(url)).toEqualTypeOf<Task<[n: number], string>>()
    expectTypeOf(task<(n: number) => string>('/x.js')).toEqualTypeOf<Task<[n: number], string>>()
  })

  test('[54] an untyped task takes anything and gives unknown', () => {
    expectTypeOf(task(url)).toEqualTypeOf<Task<unknown[], unknown>>()
    expectTypeOf(execute(task(url, 'x'), [1, 'two'])).toEqualTypeOf<Work<unknown>>()
    expectTypeOf(execute(task(url, 'x'), [])).toEqualTypeOf<Work<unknown>>()
  })

  test('[54] only functions and urls are taken', () => {
    // @ts-expect-error a number is no function
    task<number>(url)
    // @ts-expect-error nor is a class, which cannot be called
    task<typeof Map>(url)
    // @ts-expect-error no url
    task<typeof fib>(5)
    // @ts-expect-error an export has a name
    task<typeof fib>(url, 5)
  })

  test('[5] a look-alike is no task', () => {
    expectTypeOf<{ url: string; exportName: string }>().not.toExtend<Task<unknown[], unknown>>()
    expectTypeOf<object>().not.toExtend<Task<unknown[], unknown>>()
  })
})

describe('what execute infers', () => {
  test('[54] arguments and awaited result of a task', () => {
    expectTypeOf(execute(task<typeof fib>(url, 'fib'), [40])).toEqualTypeOf<Work<number>>()
    expectTypeOf(execute(task<typeof greet>(url), ['you'])).toEqualTypeOf<Work<string>>()
    // @ts-expect-error fib takes a number
    execute(task<typeof fib>(url, 'fib'), ['40'])
    // @ts-expect-error and needs it
    execute(task<typeof fib>(url, 'fib'), [])
  })

  test('[54] arguments and awaited result of an inline function', () => {
    expectTypeOf(execute((a, b) => a + b, [2, 3])).toEqualTypeOf<Work<number>>()
    expectTypeOf(execute((a: string, b: number) => a.repeat(b), ['a', 3])).toEqualTypeOf<Work<string>>()
    expectTypeOf(execute(async (a: number) => [a], [3])).toEqualTypeOf<Work<number[]>>()
    expectTypeOf(execute(own, [3])).toEqualTypeOf<Work<string>>()
    // @ts-expect-error wrong type
    execute((a: string) => a, [3])
  })

  test('an inline function has the context as this', () => {
    execute(
      function (n: number) {
        expectTypeOf(this).toEqualTypeOf<WorkContext>()
        return n
      },
      [1],
    )
  })

  test('any public function can be the boundary of a record', () => {
    taskRecord(fib, execute)
    taskRecord(fib, Pool.prototype.execute)
  })
})

interface MathModule {
  fib: typeof fib
  greet(name: string, polite?: boolean): Promise<string>
  own: typeof own
  Shape: typeof Map
  version: string
  limits: { max: number }
  then(resolve: () => void): void
  toJSON(): string
  default: () => Promise<Promise<5>>
}

describe('remote modules', () => {
  test('[54] a remote module has the functions only, and each gives a work of its awaited result', () => {
    expectTypeOf<keyof RemoteModule<MathModule>>().toEqualTypeOf<'fib' | 'greet' | 'own' | 'default'>()
    expectTypeOf<RemoteModule<MathModule>['fib']>().toEqualTypeOf<(n: number) => Work<number>>()
    expectTypeOf<RemoteModule<MathModule>['greet']>().toEqualTypeOf<(name: string, polite?: boolean) => Work<string>>()
    expectTypeOf<RemoteModule<MathModule>['own']>().toEqualTypeOf<(n: number) => Work<string>>()
    expectTypeOf<RemoteModule<MathModule>['default']>().toEqualTypeOf<() => Work<5>>()
  })

  test('[54] typeof import() is what one writes', () => {
    const remote = remoteModule<typeof import('node:path')>('node:path', execute)
    expectTypeOf(remote.basename('/a/b')).toEqualTypeOf<Work<string>>()
    // @ts-expect-error a path is text
    remote.basename(5)
    // @ts-expect-error no function
    void remote.sep
    // @ts-expect-error no reassignment
    remote.basename = () => remote.basename('')
  })
})
