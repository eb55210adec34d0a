/**
 * `pool.module`: calls the functions of a module as if they were local. Each call becomes a work. It does not know what
 * runs the works.
 */

import { bare } from '../base/checks.js'
import { taskRecord } from '../task/record.js'
import { moduleUrl, task, type Task } from '../task/task.js'
import type { Work } from '../work/work.js'

/**
 * The functions of module `M` as they are called in threads: the same names and arguments, with works as results. A
 * promise of a function counts as one. Classes and values are left out, and so are the {@link ProtocolName}s.
 *
 * @group Tasks
 */
export type RemoteModule<M> = {
  readonly [K in Exclude<keyof M & string, ProtocolName> as Awaited<M[K]> extends (...args: never[]) => unknown
    ? K
    : never]: Awaited<M[K]> extends (...args: infer A) => infer R ? (...args: A) => Work<Awaited<R>> : never
}

/**
 * Names that the language itself looks up and calls: for `await`, in template strings, in `JSON.stringify`. If they
 * were remote functions, these uses would submit works unnoticed. Use `execute(task(url, name))` for exports with these
 * names.
 *
 * @group Tasks
 */
export type ProtocolName = 'then' | 'toString' | 'valueOf' | 'toJSON'

const PROTOCOL_NAMES: ReadonlySet<string> = new Set<ProtocolName>(['then', 'toString', 'valueOf', 'toJSON'])

/**
 * An object on which every name is a function that runs the export of that name in a thread. The module is never
 * imported here, so a missing export shows only when it is called: that work fails.
 *
 * @param execute submits one call
 * @throws {TypeError} a url that threads cannot import
 */
export function remoteModule<M>(
  url: string | URL,
  execute: (task: Task<unknown[], unknown>, args: unknown[]) => Work<unknown>,
): RemoteModule<M> {
  const href = moduleUrl(url)
  const functions = new Map<string, (...args: unknown[]) => Work<unknown>>()

  function remoteFunction(name: string): (...args: unknown[]) => Work<unknown> {
    const exported = task(href, name)
    const call = (...args: unknown[]): Work<unknown> => {
      // Makes the record here, so that its site is the caller of this function and not the line below.
      taskRecord(exported, call)
      return execute(exported, args)
    }
    Object.defineProperty(call, 'name', Object.assign(bare<PropertyDescriptor>(), { value: name, configurable: true }))
    return call
  }

  const refuse = (): never => {
    throw new TypeError(`the functions of a remote module cannot be replaced or removed: ${href}`)
  }
  // Object.create returns `any`. The caller claims that the module has the type M. That cannot be checked here.
  const proxy = new Proxy(Object.freeze(Object.create(null)), {
    get(_target, name) {
      if (typeof name === 'symbol' || PROTOCOL_NAMES.has(name)) return undefined
      let known = functions.get(name)
      if (known === undefined) {
        known = remoteFunction(name)
        functions.set(name, known)
      }
      return known
    },
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
  })
  return proxy
}
