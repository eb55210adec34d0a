/** AsyncLocalStorage: whose store is current where, and that nobody's store is kept longer than their request. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { Pool, type PoolEvents } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { stand } from '../support/tasks/gates.js'

const request = new AsyncLocalStorage<string>()

describe('after an await', () => {
  test('[53] the store of the caller is current, whatever it waited for', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    await request.run('mine', async () => {
      const check = (what: string) => expect(request.getStore(), what).toBe('mine')
      await pool.ready
      check('ready')
      await pool.execute(() => 1)
      check('done')
      await pool.execute(async () => 1).then(() => check('then'))
      await pool.execute(() => 1).finally(() => check('finally'))
      await pool.execute(() => Promise.reject(new Error('no'))).catch(() => check('catch'))
      check('failed')
      using gate = new ScopedGate()
      const busy = pool.execute(stand, [gate.buffer])
      await gate.entered()
      const [queued, waiting] = [pool.execute(() => 1), pool.execute(() => 1)]
      const accepted = waiting.accepted.then(() => check('accepted'))
      await pool.discard(queued)
      check('discard()')
      await queued.catch(() => check('discarded'))
      await accepted
      gate.open()
      await Promise.all([busy, waiting])
      check('all')
      for await (const _ of pool.map([1, 2], n => n)) check('map')
      check('after map')
      await pool.settled()
      check('settled()')
      await pool.scale(1)
      check('scale(1)')
      await pool.scale(-1)
      check('scale(-1)')
      await pool.execute(() => process.exit(1)).catch(() => check('lost'))
      const looping = pool.execute(() => {
        for (;;);
      })
      await looping.stop()
      check('work.stop()')
      await pool.stop()
      check('stop()')
    })
  })

  test('[53] each of many callers has its own, also where one batch answers them all', async () => {
    await using pool = new Pool({ total: 2 })
    const wrong: unknown[] = []
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        request.run(`request ${i}`, async () => {
          for (let step = 0; step < 5; step++) {
            const result = await pool.execute(i => i, [i])
            if (request.getStore() !== `request ${i}` || result !== i) wrong.push([i, request.getStore(), result])
          }
        }),
      ),
    )
    expect(wrong).toEqual([])
  })
})

describe('listeners', () => {
  test('[53] see the store of on() and once(), whoever causes the event', async () => {
    const seen: Record<string, Set<string | undefined>> = {}
    const EVENTS: (keyof PoolEvents)[] = [
      'ready',
      'queued',
      'done',
      'failed',
      'discarded',
      'drain',
      'idle',
      'scaled',
      'workerOnline',
      'workerExit',
      'error',
      'stopped',
    ]
    await using pool = new Pool({ total: 1, workBuffer: 1, teardown: () => Promise.reject(new Error('teardown')) })
    request.run('listener', () => {
      for (const event of EVENTS) {
        const note = () => void (seen[event] ??= new Set()).add(request.getStore())
        pool.on(event, note)
        pool.once(event, () => note())
      }
    })
    await request.run('caller', async () => {
      await pool.ready
      using gate = new ScopedGate()
      const busy = pool.execute(stand, [gate.buffer])
      await gate.entered()
      const works = [1, 2, 3].map(n => pool.execute(n => n, [n]))
      await pool.discard(works[2] ?? [])
      works[2]?.catch(() => {})
      gate.open()
      await Promise.all([busy, ...works.slice(0, 2)])
      await pool.execute(() => Promise.reject(new Error('no'))).catch(() => {})
      pool.total = 2
      await pool.scale(-1)
      await pool.stop()
    })
    expect(seen).toEqual(Object.fromEntries(EVENTS.map(event => [event, new Set(['listener'])])))
  })
})

describe('a store', () => {
  interface Case {
    readonly name: string
    /** What happens before the request, in it, and after it; `pool` goes on living. */
    readonly before: string
    readonly during: string
    readonly after?: string
  }

  /** Whether the store of each request could be collected while its pool lived on. */
  const collected = async (cases: readonly Case[]): Promise<Record<string, boolean>> => {
    const { code, stdout, stderr } = await runInChild(
      `
      import { AsyncLocalStorage } from 'node:async_hooks'
      import { Pool } from 'threadcrew'
      const requests = new AsyncLocalStorage()
      const stand = gate => { Atomics.add(gate, 1, 1); Atomics.wait(gate, 0, 0) }
      const until = async condition => { while (!condition()) await new Promise(setImmediate) }
      const result = {}
      ${cases
        .map(
          ({ name, before, during, after = '' }) => `
      await (async () => {
        const gate = new Int32Array(new SharedArrayBuffer(8))
        let pool, work
        ${before}
        const request = async () => {
          const store = { name: 'the store of one request' }
          await requests.run(store, async () => { ${during} })
          return new WeakRef(store)
        }
        const store = await request()
        ${after}
        for (let i = 0; i < 40 && store.deref() !== undefined; i++) {
          for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
          gc()
        }
        result[${JSON.stringify(name)}] = store.deref() === undefined
        Atomics.store(gate, 0, 1)
        Atomics.notify(gate, 0)
        await pool?.stop()
      })()`,
        )
        .join('\n')}
      console.log(JSON.stringify(result))
      `,
      ['--expose-gc'],
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout) as Record<string, boolean>
  }

  const eachCollected = (cases: readonly Case[]) => Object.fromEntries(cases.map(({ name }) => [name, true]))

  test('[53] of a request without a pool can be collected, and one that a timer holds cannot: the test itself works', async () => {
    const cases = [
      { name: 'free', before: '', during: 'await new Promise(setImmediate)' },
      { name: 'held', before: '', during: 'globalThis.timer = setInterval(() => {}, 1e6).unref()' },
    ]
    expect(await collected(cases)).toEqual({ free: true, held: false })
  })

  test('[53] of a request in which a worker was started is not kept by it', async () => {
    const cases: Case[] = [
      {
        name: 'by the first work',
        before: 'pool = new Pool({ total: 0, autoScale: true })',
        during: 'await pool.execute(() => {})',
      },
      { name: 'by scale()', before: 'pool = new Pool({ total: 1 }); await pool.ready', during: 'await pool.scale(1)' },
      {
        name: 'by total',
        before: 'pool = new Pool({ total: 0 })',
        during: 'pool.total = 1; await pool.execute(() => {})',
      },
      {
        name: 'after a crash',
        before: 'pool = new Pool({ total: 1 })',
        during: 'await pool.execute(() => process.exit(1)).catch(() => {}); await pool.execute(() => {})',
      },
      {
        name: 'after a hot discard',
        before: 'pool = new Pool({ total: 1 })',
        during: `
          const running = pool.execute(stand, [gate])
          await until(() => gate[1] === 1)
          await pool.discard(running, true)
          await pool.execute(() => {})`,
      },
      {
        name: 'with its pool',
        before: '',
        during: 'pool = new Pool({ total: 1 }); await pool.ready; await pool.execute(() => {})',
      },
    ]
    expect(await collected(cases)).toEqual(eachCollected(cases))
  })

  test('[53] of a request is not kept by its works, nor by what looks after them', async () => {
    // A pool of two that goes on working: one of its threads is held up all the time, with a time limit of its own.
    const before = `
      pool = new Pool({ total: 2 })
      await pool.ready
      pool.execute(stand, [gate], { timeout: 700_000 })
      await until(() => gate[1] === 1)`
    // Both of its threads are held up.
    const full = `${before}
      pool.execute(stand, [gate])
      await until(() => gate[1] === 2)`
    const cases: Case[] = [
      { name: 'a work', before, during: 'await pool.execute(() => {})' },
      { name: 'the limit before all others', before, during: 'await pool.execute(() => {}, [], { timeout: 400_000 })' },
      {
        name: 'a signal that lives on',
        before: `const { signal } = (globalThis.controller = new AbortController()); ${before}`,
        during: 'await pool.execute(() => {}, [], { signal })',
      },
      { name: 'a failed work', before, during: 'await pool.execute(() => { throw new Error("no") }).catch(() => {})' },
      {
        name: 'a loop of map()',
        before,
        during: 'for await (const n of pool.map([1, 2, 3], n => n)) if (n === 2) break',
      },
      {
        name: 'the first of those that wait',
        before: full,
        during: 'work = pool.execute(() => {})',
        after: 'pool.execute(() => {}); await pool.discard(work); work = undefined',
      },
      {
        name: 'a work that autoScale looked after',
        before: full,
        during: 'pool.max = 2; pool.waitTime = 5; await pool.discard(pool.execute(() => {}))',
        after: 'pool.execute(() => {})',
      },
      {
        name: 'the last work of a pool',
        before: 'pool = new Pool({ total: 1 })',
        during: 'await pool.execute(() => {})',
      },
    ]
    expect(await collected(cases)).toEqual(eachCollected(cases))
  })
})
