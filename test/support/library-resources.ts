/**
 * Which ports and timers the library has made in this process and not let go. Node's own list shows only what keeps the
 * process alive, which these never do, and hooks into all async resources would make every promise cost more: so the few
 * makers of Node that the library uses are watched.
 */

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { isLibraryOnStack } from './library-stack.js'

// The modules themselves, not their read-only namespaces.
const require = createRequire(import.meta.url)
const threads = require('node:worker_threads') as { MessageChannel: typeof MessageChannel }
const timers = require('node:timers') as typeof import('node:timers')

const ports = new Set<object>()
/** Timer -> how many there had been before. */
const armed = new Map<unknown, number>()
let last = 0

threads.MessageChannel = new Proxy(threads.MessageChannel, {
  construct(target, args, newTarget) {
    const channel = Reflect.construct(target, args, newTarget) as import('node:worker_threads').MessageChannel
    // An end that is sent to a thread closes here, too.
    if (isLibraryOnStack()) {
      for (const port of [channel.port1, channel.port2]) {
        ports.add(port)
        port.once('close', () => ports.delete(port))
      }
    }
    return channel
  },
})

type Callback = (...args: unknown[]) => void

function watchMaker(name: 'setTimeout' | 'setInterval'): void {
  const watched = new Proxy(timers[name], {
    apply(target, self, [callback, ...rest]: [Callback, ...unknown[]]) {
      if (!isLibraryOnStack()) return Reflect.apply(target, self, [callback, ...rest])
      const fired: Callback = (...args) => {
        if (name === 'setTimeout') armed.delete(timer)
        callback(...args)
      }
      const timer: unknown = Reflect.apply(target, self, [fired, ...rest])
      armed.set(timer, ++last)
      return timer
    },
  })
  Object.assign(timers, { [name]: watched })
}

function watchCanceller(name: 'clearTimeout' | 'clearInterval'): void {
  const watched = new Proxy(timers[name], {
    apply(target, self, [timer]: [unknown]) {
      armed.delete(timer)
      Reflect.apply(target, self, [timer])
    },
  })
  Object.assign(timers, { [name]: watched })
}

watchMaker('setTimeout')
watchMaker('setInterval')
watchCanceller('clearTimeout')
watchCanceller('clearInterval')
// Also for modules that have imported them by name, and were loaded before.
syncBuiltinESMExports()

/** What is open or armed now. */
export function currentResources(): ReadonlySet<unknown> {
  return new Set([...ports, ...armed.keys()])
}

/** What is open or armed now and was not then, one word each. */
export function libraryResources(then: ReadonlySet<unknown>): string[] {
  return [
    ...Array.from(ports).flatMap(port => (then.has(port) ? [] : 'port')),
    ...Array.from(armed.keys()).flatMap(timer => (then.has(timer) ? [] : 'timer')),
  ]
}

/** From here on everything counts as gone that was not there then. */
export function forgetLibraryResources(then: ReadonlySet<unknown>): void {
  for (const port of ports) if (!then.has(port)) ports.delete(port)
  for (const timer of armed.keys()) if (!then.has(timer)) armed.delete(timer)
}

/** A mark for {@link timersSince}. */
export function timersSoFar(): number {
  return last
}

/** How many timers armed since the mark still are. */
export function timersSince(mark: number): number {
  return [...armed.values()].filter(number => number > mark).length
}
