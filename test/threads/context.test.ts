/** AsyncLocalStorage: whose store is current where, and that nobody's store is kept longer than their request. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { Pool, type PoolEvents } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import '../support/expect-no-leaks.js'
import { Gate } from '../support/gate.js'
import { runInChild } from '../support/run-in-child.js'
import { stand } from '../support/tasks/gates.js'

const request = new AsyncLocalStorage<string>()

describe('after an await', () => {
  test('[53] the store of the caller is current, whatever it waited for', async () => {
    const pool = new Pool({ total: 1, workBuffer: 1 })
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
      const gate = new Gate()
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
    const pool = new Pool({ total: 1, workBuffer: 1, teardown: () => Promise.reject(new Error('teardown')) })
    request.run('listener', () => {
      for (const event of EVENTS) {
        const note = () => void (seen[event] ??= new Set()).add(request.getStore())
        pool.on(event, note)
        pool.once(event, () => note())
      }
    })
    await request.run('caller', async () => {
      await pool.ready
      const gate = new Gate()
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
  /**
   * Runs `during` in a request of its own, then `after`, and says whether the request's store could be collected while the
   * pool lives on.
   */
  const isCollected = async (script: { before?: string; during: string; after?: string }): Promise<boolean> => {
    const { code, stdout, stderr } = await runInChild(
      `
      import { AsyncLocalStorage } from 'node:async_hooks'
      import { Pool } from 'threadcrew'
      const requests = new AsyncLocalStorage()
      const gate = new Int32Array(new SharedArrayBuffer(8))
      const stand = gate => { Atomics.add(gate, 1, 1); Atomics.wait(gate, 0, 0) }
      const until = async condition => { while (!condition()) await new Promise(setImmediate) }
      let pool
      ${script.before ?? ''}
      const request = async () => {
        const store = { name: 'the store of one request' }
        await requests.run(store, async () => { ${script.during} })
        return new WeakRef(store)
      }
      const store = await request()
      ${script.after ?? ''}
      for (let i = 0; i < 40 && store.deref() !== undefined; i++) {
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
        gc()
      }
      console.log(store.deref() === undefined)
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      await pool?.stop()
      `,
      ['--expose-gc'],
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout === 'true\n'
  }

  test('[53] can be collected after a request without a pool: the test itself works', async () => {
    expect(await isCollected({ during: 'await new Promise(setImmediate)' })).toBe(true)
    expect(await isCollected({ before: 'const keep = []', during: 'keep.push(setInterval(() => {}, 1e6).unref())' })).toBe(false)
  })

  test.each([
    ['by the first work of a pool of none', 'pool = new Pool({ total: 0, autoScale: true })', 'await pool.execute(() => {})'],
    ['by scale()', 'pool = new Pool({ total: 1 }); await pool.ready', 'await pool.scale(1)'],
    ['by setting total', 'pool = new Pool({ total: 0 })', 'pool.total = 1; await pool.execute(() => {})'],
    ['for one that died', 'pool = new Pool({ total: 1 })', 'await pool.execute(() => process.exit(1)).catch(() => {}); await pool.execute(() => {})'],
    ['for one that a hot discard ended', 'pool = new Pool({ total: 1 })', 'const w = pool.execute(stand, [gate]); await until(() => gate[1] === 1); await pool.discard(w, true); await pool.execute(() => {})'],
    ['with a pool that is made in it', '', 'pool = new Pool({ total: 1 }); await pool.ready; await pool.execute(() => {})'],
  ])('[53] of a request in which a worker was started %s is not kept', async (_, before, during) => {
    expect(await isCollected({ before, during })).toBe(true)
  })

  /** A pool of two that goes on working: one of its threads is held up all the time, with a time limit of its own. */
  const WORKING = `
    pool = new Pool({ total: 2 })
    await pool.ready
    pool.execute(stand, [gate], { timeout: 700_000 })
    await until(() => gate[1] === 1)`
  /** Both of its threads are held up. */
  const FULL = `${WORKING}
    pool.execute(stand, [gate])
    await until(() => gate[1] === 2)`
  test.each([
    ['a work', WORKING, 'await pool.execute(() => {})', ''],
    ['a work with a time limit that comes before all others', WORKING, 'await pool.execute(() => {}, [], { timeout: 400_000 })', ''],
    ['a work with a signal that lives on', `const { signal } = new AbortController(); ${WORKING}`, 'await pool.execute(() => {}, [], { signal })', ''],
    ['a failed work', WORKING, 'await pool.execute(() => { throw new Error("no") }).catch(() => {})', ''],
    ['a loop of map()', WORKING, 'for await (const n of pool.map([1, 2, 3], n => n)) if (n === 2) break', ''],
    ['the first of the works that wait', FULL, 'work = pool.execute(() => {})', 'pool.execute(() => {}); await pool.discard(work); work = undefined'],
    ['a work that autoScale looked after', FULL, 'pool.max = 2; pool.waitTime = 5; await pool.discard(pool.execute(() => {}))', 'pool.execute(() => {})'],
    ['a work, in a pool that rests since', 'pool = new Pool({ total: 1 })', 'await pool.execute(() => {})', ''],
  ])('[53] of a request that ran %s is not kept, although the pool lives on', async (_, before, during, after) => {
    expect(await isCollected({ before: `let work; ${before}`, during, after })).toBe(true)
  })
})
