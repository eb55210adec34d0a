/** What a pool keeps in memory: nothing of finished works, nothing of stopped pools, a bounded number of functions. */

import { Pool, type WorkStatus } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { builtModule } from '../support/built-module.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { stand } from '../support/tasks/gates.js'

const MB = 2 ** 20

/** Runs the script with `gc()` at hand and returns what it hands to `report()`. */
async function measure<T>(script: string): Promise<T> {
  const { code, stdout, stderr } = await runInChild(
    `
    import { Pool } from 'threadcrew'
    const report = value => console.log(JSON.stringify(value))
    const turns = async count => { for (let i = 0; i < count; i++) await new Promise(setImmediate) }
    /** Bytes on the heap, after all garbage is gone. */
    const heapUsed = async () => {
      for (let i = 0; i < 3; i++) { await turns(3); gc() }
      return process.memoryUsage().heapUsed
    }
    /** Names of the references whose objects are still there, after all garbage is gone. */
    const alive = async references => {
      let left = Object.entries(references)
      for (let i = 0; i < 20 && left.length > 0; i++) {
        await turns(3)
        gc()
        left = left.filter(([, reference]) => reference.deref() !== undefined)
      }
      return left.map(([name]) => name)
    }
    ${script}
    `,
    ['--expose-gc'],
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as T
}

describe('works', () => {
  test('[52] leave nothing on the heap: it is as large after 50,000 as after 10,000', async () => {
    const heap = await measure<number[]>(`
      const pool = new Pool({ total: 2, workBuffer: 5000 })
      pool.on('failed', () => {})
      const { signal } = new AbortController()
      const marks = []
      for (let round = 1; round <= 25; round++) {
        const works = []
        for (let i = 0; i < 2000; i++) {
          const kind = i % 20
          if (kind === 0) works.push(pool.execute(() => { throw new Error('thrown') }))
          else if (kind === 1) works.push(pool.execute(i => ({ i, list: [i] }), [i], { signal }))
          else if (kind === 2) works.push(pool.execute(i => 'a string that is too long to be kept in shared memory ' + i, [i], { timeout: 60_000, queueTimeout: 60_000 }))
          else if (kind === 3) works.push(pool.execute(async i => i, [{ i }], { priority: i % 7 }))
          else works.push(pool.execute(i => i, [i]))
        }
        await pool.discard(works.slice(-50))
        await Promise.allSettled(works)
        if (round % 5 === 0) marks.push(await heapUsed())
      }
      report(marks)
      await pool.stop()
    `)
    expect(heap.length).toBe(5)
    expect((heap[4] as number) - (heap[0] as number), String(heap)).toBeLessThan(2 * MB)
  })

  test('[52] leave no place behind in the list of all works', async () => {
    const growth = await measure<number>(`
      const { StatusMap } = await import(${JSON.stringify(await builtModule('work/status-map.ts'))})
      const statuses = new StatusMap('prefix', 10)
      let serial = 0
      const finish = count => {
        for (let i = 0; i < count; i++) {
          const work = { serial: serial++ }
          statuses.add(work)
          statuses.finish(work, 'done')
        }
      }
      finish(10_000)
      const before = await heapUsed()
      finish(1_000_000)
      report(await heapUsed() - before)
    `)
    // A place would be 8 bytes.
    expect(growth).toBeLessThan(2 * MB)
  })

  test('[52] let go of their arguments, results and errors, the last one too, and of themselves', async () => {
    const left = await measure<string[]>(`
      const pool = new Pool({ total: 1, workBuffer: 2, whenFull: 'reject', retain: 1000 })
      await pool.ready
      pool.on('failed', () => {})
      const references = {}
      const watch = (name, object) => (references[name] = new WeakRef(object), object)
      const settle = work => work.then(value => value, error => error)
      const gates = []
      const hold = async () => {
        const gate = new Int32Array(new SharedArrayBuffer(8))
        gates.push(gate)
        const work = pool.execute(gate => { Atomics.add(gate, 1, 1); Atomics.wait(gate, 0, 0) }, [gate])
        while (gate[1] === 0) await turns(1)
        return async () => { Atomics.store(gate, 0, 1); Atomics.notify(gate, 0); await work }
      }
      const submit = (name, fn, options) => {
        const argument = watch(name + ': argument', { name })
        const args = watch(name + ': array of arguments', [argument])
        return watch(name + ': work', pool.execute(fn, args, options))
      }
      const run = async (name, fn, options) => void watch(name + ': outcome', Object(await settle(submit(name, fn, options))))

      await run('done', argument => ({ ...argument }))
      await run('failed', () => { throw new Error('thrown') })
      await run('uncloneable result', () => () => {})
      const { signal } = (globalThis.controller = new AbortController())
      await run('with a signal that lives on', argument => argument, { signal })
      await run('with limits', argument => argument, { timeout: 600_000, queueTimeout: 600_000 })
      await run('timed out', () => { for (;;); }, { timeout: 10 })
      await run('lost', () => process.exit(1))
      const open = await hold()
      await (async () => {
        const works = ['discarded', 'aborted', 'refused', 'refused, too'].map((name, i) =>
          submit(name, () => {}, i === 1 ? { signal: (globalThis.aborter = new AbortController()).signal } : undefined))
        await pool.discard(works[0])
        globalThis.aborter.abort()
        for (const work of works) watch('outcome of ' + works.indexOf(work), await settle(work))
      })()
      await open()
      await (async () => {
        for await (const result of pool.map([watch('map: input', {})], input => ({}))) watch('map: result', result)
      })()
      await (async () => {
        const inputs = (async function* () { yield 1; await new Promise(() => {}) })()
        const map = watch('map put aside', pool.map(watch('map put aside: inputs', inputs), n => n, { signal, limit: 1 }))
        await map.next()
      })()
      await run('the last', argument => ({ ...argument }))
      report(await alive(references))
      await pool.stop()
    `)
    expect(left).toEqual([])
  })

  test('[52] that somebody holds on to keep their result, and not their arguments or listeners', async () => {
    const result = await measure<unknown>(`
      const pool = new Pool({ total: 1, workBuffer: 1 })
      await pool.ready
      const references = {}
      const submit = (name, fn) => {
        const argument = { name }
        references[name] = new WeakRef(argument)
        const onProgress = () => {}
        references['listener of ' + name] = new WeakRef(onProgress)
        return pool.execute(fn, [argument], { onProgress })
      }
      const works = [submit('done', ({ name }) => ({ name })), submit('failed', ({ name }) => { throw new Error(name) })]
      works.push(submit('discarded', () => {}))
      await pool.discard(works[2])
      await Promise.allSettled(works)
      report([await alive(references), await works[0], await works[1].catch(error => error.message), works.map(work => work.status)])
      await pool.stop()
    `)
    expect(result).toEqual([[], { name: 'done' }, 'failed', ['done', 'failed', 'discarded']])
  })

  test('[52] that were streams keep no reader, and a reader that has come to the end keeps no arguments', async () => {
    const result = await measure<unknown>(`
      const pool = new Pool({ total: 1 })
      const works = []
      pool.on('done', work => works.push(work))
      const references = {}
      const read = async name => {
        const argument = { name }
        const values = pool.stream(function* ({ name }) { yield name }, [argument])
        for await (const value of values) if (value !== name) throw new Error(value)
        references['argument of ' + name] = new WeakRef(argument)
        return values
      }
      await read('one').then(values => { references.reader = new WeakRef(values) })
      const kept = await read('another')
      report([await alive(references), works.length, await kept.next()])
      await pool.stop()
    `)
    expect(result).toEqual([[], 2, { done: true }])
  })

  test('[52] leave nothing in their thread, either', async () => {
    const result = await measure<unknown>(`
      const pool = new Pool({ total: 1 })
      const remember = argument => { (globalThis.references ??= []).push(new WeakRef(argument)); return { argument } }
      for (let i = 0; i < 20; i++) await pool.execute(remember, [{ i }])
      await pool.execute(argument => { globalThis.references.push(new WeakRef(argument)); throw new Error('thrown') }, [{}]).catch(() => {})
      await pool.execute(async argument => { globalThis.references.push(new WeakRef(argument)); await null; return argument }, [{}])
      // What it leaves behind may go on, and know its work.
      await pool.execute(function (argument) { globalThis.references.push(new WeakRef(argument)); globalThis.kept = this }, [{}])
      const heap = () => { gc(); return process.memoryUsage().heapUsed }
      const list = Array.from({ length: 5000 }, () => 0.5)
      const before = await pool.execute(heap)
      for (let i = 0; i < 500; i++) await pool.execute(list => list, [list])
      const growth = (await pool.execute(heap)) - before
      await pool.execute(() => {})
      const left = await pool.execute(async () => {
        for (let i = 0; i < 10; i++) { await new Promise(setImmediate); gc() }
        return globalThis.references.filter(reference => reference.deref() !== undefined).length
      })
      report({ left, growth })
      await pool.stop()
    `)
    expect(result).toMatchObject({ left: 0 })
    expect((result as { growth: number }).growth).toBeLessThan(2 * MB) // 500 lists are 20 MB
  })
})

describe('jobs', () => {
  test('[52] remembers the last that finished, as many as retain says, and every unfinished one', async () => {
    await using pool = new Pool({ total: 1, retain: 3 })
    const ids: string[] = []
    for (let i = 0; i < 10; i++) {
      const work = pool.execute(
        i => {
          if (i % 2 === 1) throw new Error('odd')
        },
        [i],
      )
      ids.push(work.id)
      await work.catch(() => {})
    }
    using gate = new ScopedGate()
    const busy = pool.execute(stand, [gate.buffer])
    await gate.entered()
    const queued = pool.execute(() => {})
    const expected: [string, WorkStatus][] = [
      [ids[7] as string, 'failed'],
      [ids[8] as string, 'done'],
      [ids[9] as string, 'failed'],
      [busy.id, 'running'],
      [queued.id, 'queued'],
    ]
    const { jobs } = pool
    expect([...jobs]).toEqual(expected)
    expect([...jobs.entries()]).toEqual(expected)
    expect([...jobs.keys()]).toEqual(expected.map(([id]) => id))
    expect([...jobs.values()]).toEqual(expected.map(([, status]) => status))
    const seen: unknown[] = []
    jobs.forEach((status, id, map) => seen.push([id, status, map === jobs]))
    expect(seen).toEqual(expected.map(entry => [...entry, true]))
    expect(jobs.size).toBe(5)
    for (const [id, status] of expected) expect([jobs.has(id), jobs.get(id)]).toEqual([true, status])
    for (const id of [...ids.slice(0, 7), '', 'x', busy.id.slice(0, -1), `${busy.id}0`]) {
      expect([jobs.has(id), jobs.get(id)]).toEqual([false, undefined])
    }
    gate.open()
    await Promise.all([busy, queued])
    expect([...jobs]).toEqual([
      [ids[9], 'failed'],
      [busy.id, 'done'],
      [queued.id, 'done'],
    ])
  })

  test('[52] remembers none with retain 0, and a thousand by default', async () => {
    await using none = new Pool({ total: 1, retain: 0 })
    await using many = new Pool({ total: 1 })
    for (const pool of [none, many]) await Promise.all(Array.from({ length: 1200 }, () => pool.execute(() => {})))
    expect(none.jobs.size).toBe(0)
    expect([...none.jobs]).toEqual([])
    expect(many.jobs.size).toBe(1000)
    const work = many.execute(() => {})
    expect(many.jobs.size).toBe(1001)
    await work
    expect([...many.jobs.keys()].at(-1)).toBe(work.id)
  })
})

describe('pools', () => {
  test('[52] that were stopped leave no handle, no listener and no memory', async () => {
    const result = await measure<{ left: string[]; resources: string[]; listeners: string[]; heap: number[] }>(`
      const resources = () => process.getActiveResourcesInfo().sort().join()
      const listeners = () => process.eventNames().map(name => String(name) + process.listenerCount(name)).sort().join()
      const references = {}
      const cycle = async i => {
        const pool = new Pool({ total: 1, autoScale: i % 3 === 0, min: 1, max: 2, waitTime: 1, timeout: 60_000 })
        pool.on('done', () => {})
        const work = pool.execute(i => ({ i }), [i])
        const looping = i % 2 === 0 ? pool.execute(() => { for (;;); }) : undefined
        await work
        await pool.stop(i % 2 === 0)
        references[i + ': pool'] = new WeakRef(pool)
        references[i + ': work'] = new WeakRef(work)
      }
      await cycle(0)
      await cycle(1)
      const states = { resources: [], listeners: [], heap: [] }
      for (let i = 2; i < 24; i++) {
        await cycle(i)
        if (i % 6 !== 5) continue
        states.heap.push(await heapUsed())
        states.resources.push(resources())
        states.listeners.push(listeners())
      }
      report({ left: await alive(references), ...states })
    `)
    expect(result.left).toEqual([])
    expect(result.heap.length).toBe(4)
    expect(new Set(result.resources).size, String(result.resources)).toBe(1)
    expect(new Set(result.listeners).size, String(result.listeners)).toBe(1)
    expect((result.heap[3] as number) - (result.heap[0] as number), String(result.heap)).toBeLessThan(MB)
  })
})

describe('a thread', () => {
  test('[52] that rests keeps nothing of the arguments it was given last', async () => {
    const result = await measure<boolean>(`
      const pool = new Pool({ total: 1 })
      const words = new Int32Array(new SharedArrayBuffer(4))
      await pool.execute((words, big) => {
        globalThis.registry = new FinalizationRegistry(() => Atomics.store(words, 0, 1))
        globalThis.registry.register(big)
        globalThis.collect = setInterval(() => gc(), 5).unref()
      }, [words, { big: 1 }])
      for (let i = 0; i < 400 && Atomics.load(words, 0) === 0; i++) await new Promise(resolve => setTimeout(resolve, 5))
      report(Atomics.load(words, 0) === 1)
      await pool.stop()
    `)
    expect(result).toBe(true)
  })
})

describe('functions', () => {
  test('[52] are remembered in a bounded number, here and in the threads; one that was forgotten works again', async () => {
    const result = await measure<
      Record<'here' | 'there' | 'compiled' | 'evaluated', number[]> & { wrong: number; again: unknown[] }
    >(`
      const { compileFunction } = await import('node:vm')
      const pool = new Pool({ total: 1 })
      // 4 KB each, so that 2,500 of them are 10 MB.
      const filler = '/*' + 'x'.repeat(4000) + '*/'
      const make = n => (0, eval)('(a => { ' + filler + ' return a + ' + n + ' })')
      const first = make(1e6)
      const heapThere = () => { for (let i = 0; i < 3; i++) gc(); return process.memoryUsage().heapUsed }
      const marks = { here: [], there: [], compiled: [], evaluated: [] }
      let wrong = 0
      const again = [await pool.execute(first, [1])]
      for (let n = 0; n < 4000; ) {
        const works = []
        for (let i = 0; i < 100; i++, n++) works.push(pool.execute(make(n), [n]).then(sum => (wrong += sum === works.first + 2 * i ? 0 : 1)))
        works.first = 2 * (n - 100)
        await Promise.all(works)
        if (n === 1500 || n === 4000) {
          marks.there.push(await pool.execute(heapThere))
          marks.here.push(await heapUsed())
        }
      }
      // One that was forgotten on both sides, one that only the thread has forgotten, and one that is known.
      again.push(await pool.execute(first, [1]), await pool.execute(make(3300), [1]), await pool.execute(make(3999), [1]))
      // What Node itself keeps of as many texts that are compiled and dropped.
      marks.compiled.push(await heapUsed())
      for (let n = 1500; n < 4000; n++) compileFunction('return (a => { ' + filler + ' return a - ' + n + ' })', [])()
      marks.compiled.push(await heapUsed())
      marks.evaluated.push(await heapUsed())
      for (let n = 1500; n < 4000; n++) make(n + 0.5)
      marks.evaluated.push(await heapUsed())
      report({ wrong, again, ...marks })
      await pool.stop()
    `)
    expect(result.wrong).toBe(0)
    expect(result.again).toEqual([1_000_001, 1_000_001, 3301, 4000])
    const growth = ([before = 0, after = 0]: number[]) => after - before
    // From Node 22 on V8 keeps the text of all that it ever compiled, on Node 26 also of what was evaluated.
    expect(growth(result.here) - growth(result.evaluated), JSON.stringify(result)).toBeLessThan(4 * MB)
    expect(growth(result.there) - growth(result.compiled), JSON.stringify(result)).toBeLessThan(4 * MB)
  })
})
