/** What a task writes, and who gets it: `onOutput` where the work was submitted, or else the standard streams as ever. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { Pool, task, type Work } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { heardByProcess } from '../support/process-events.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { sharePool } from '../support/share-pool.js'
import type * as writing from '../support/tasks/output.js'

type Chunk = [text: string, stream: 'stdout' | 'stderr']

const MODULE = new URL('../support/tasks/output.js', import.meta.url)

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

/** Options that collect what the task writes, and the list. */
function collecting() {
  const chunks: Chunk[] = []
  return { chunks, onOutput: (...chunk: Chunk) => void chunks.push(chunk) }
}

describe('the output of a task, with onOutput', () => {
  test('[61] comes to its caller: console and streams, in order, before the work has settled', async () => {
    const { chunks, onOutput } = collecting()
    const work = pool.execute(
      async () => {
        console.log('%s of %d', 'one', 2)
        console.error('an error', { n: 1 })
        process.stdout.write('no line')
        await null
        console.warn('later')
        return 'result'
      },
      [],
      { onOutput },
    )
    void work.then(result => chunks.push([result, 'stdout']))
    await work
    expect(chunks).toEqual([
      ['one of 2\n', 'stdout'],
      ['an error { n: 1 }\n', 'stderr'],
      ['no line', 'stdout'],
      ['later\n', 'stderr'],
      ['result', 'stdout'],
    ])
  })

  test('[61] is complete, however much it is and however the function ends', async () => {
    await using pool = new Pool({ total: 1 })
    const lots = 5000
    const count = (how: string, lots: number) => {
      for (let n = 0; n < lots; n++) console.log(n)
      if (how === 'throws') throw new RangeError('over')
      if (how === 'exits') process.exit(3)
      return how
    }
    for (const how of ['returns', 'throws', 'exits']) {
      const { chunks, onOutput } = collecting()
      await pool.execute(count, [how, lots], { onOutput }).catch(() => {})
      expect(chunks.map(([text]) => text).join('')).toBe(Array.from({ length: lots }, (_, n) => `${n}\n`).join(''))
    }
  })

  test('[61] comes while the task runs, not with the result', async () => {
    using gate = new ScopedGate()
    const sayAndStand = (buffer: SharedArrayBuffer) => {
      console.log('begun')
      Atomics.wait(new Int32Array(buffer), 0, 0)
    }
    let work: Work<unknown> | undefined
    const first = await new Promise(resolve => {
      work = pool.execute(sayAndStand, [gate.buffer], { onOutput: resolve })
    })
    expect([first, work?.status]).toEqual(['begun\n', 'running'])
    gate.open()
    await work
  })

  test('[61] is text: bytes are decoded as UTF-8, even if a character comes in two parts, and callbacks are called', async () => {
    const { chunks, onOutput } = collecting()
    const returned = await pool.execute(
      async () => {
        const bytes = Buffer.from('a€b')
        const whole = process.stdout.write(bytes.subarray(0, 2))
        await new Promise<void>(resolve => process.stdout.write(bytes.subarray(2), () => resolve()))
        await new Promise<void>(resolve => process.stderr.write('636166c3a9', 'hex', () => resolve()))
        const refused = await new Promise(resolve => {
          try {
            process.stdout.write(5 as never)
          } catch (error) {
            resolve((error as { code?: string }).code)
          }
        })
        return [whole, refused]
      },
      [],
      { onOutput },
    )
    expect(chunks).toEqual([
      ['a', 'stdout'],
      ['€b', 'stdout'],
      ['café', 'stderr'],
    ])
    expect(returned).toEqual([true, 'ERR_INVALID_ARG_TYPE'])
  })

  test('[61] is that of its own work only, also where several works share the thread', async () => {
    await using shared = new Pool({ total: 1, concurrency: 3 })
    const talk = async (name: string) => {
      const { setImmediate: turn } = await import('node:timers/promises')
      for (let n = 0; n < 3; n++) {
        console.log(name, n)
        await turn()
      }
    }
    const lists = ['a', 'b', 'c'].map(name => ({ name, ...collecting() }))
    await Promise.all(lists.map(({ name, onOutput }) => shared.execute(talk, [name], { onOutput })))
    for (const { name, chunks } of lists) expect(chunks).toEqual([0, 1, 2].map(n => [`${name} ${n}\n`, 'stdout']))
  })

  test('[61] comes from modules, maps and streams as well', async () => {
    const { chunks, onOutput } = collecting()
    const say = task<typeof writing.say>(MODULE, 'say')
    const sayEach = task<typeof writing.sayEach>(MODULE, 'sayEach')
    await pool.execute(say, ['module'], { onOutput })
    for await (const _ of pool.map(['m0', 'm1'], say, { onOutput, limit: 1 }));
    for await (const item of pool.stream(sayEach, [2], { onOutput })) chunks.push([`got ${item}`, 'stdout'])
    expect(chunks.map(([text]) => text)).toEqual(
      ['module\n', 'm0\n', 'm1\n', 'said 0\n', 'got 0', 'said 1\n', 'got 1'].map(text =>
        expect.stringContaining(text.trim()),
      ),
    )
  })

  test('[61] comes in the context of execute(), and a listener that throws is an uncaught exception', async () => {
    const store = new AsyncLocalStorage<string>()
    let seen: string | undefined
    const print = () => void console.log('x')
    await store.run('request', () => pool.execute(print, [], { onOutput: () => (seen = store.getStore()) }))
    expect(seen).toBe('request')
    const heard = await heardByProcess('uncaughtException', async () => {
      const onOutput = () => {
        throw new RangeError('listener')
      }
      await pool.execute(print, [], { onOutput })
    })
    expect(heard).toEqual([new RangeError('listener')])
  })

  test('[61] ends with the work: what is left of it later, and the works after it, print as ever', async () => {
    const { code, stdout, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      for (const concurrency of [1, 2]) {
        const pool = new Pool({ total: 1, concurrency })
        const heard = []
        const onOutput = (text, stream) => heard.push(stream + ' ' + text.trim())
        await pool.execute(() => console.log('before'))
        await pool.execute(() => { console.log('kept'); setTimeout(() => console.log('left over'), 1) }, [], { onOutput })
        await pool.execute(() => new Promise(resolve => setTimeout(resolve, 30)))
        await pool.execute(() => { console.log('after'); console.error('after, too') })
        console.log(JSON.stringify(heard))
        await pool.stop()
      }
    `)
    expect(code).toBe(0)
    const lines = stdout.split('\n').filter(line => line !== '')
    const once = ['["stdout kept"]', 'after', 'before', 'left over']
    expect(lines.toSorted()).toEqual([...once, ...once].toSorted())
    expect(stderr).toBe('after, too\nafter, too\n')
  })

  test('[61] of a discarded work is dropped from then on', async () => {
    const { chunks, onOutput } = collecting()
    using gate = new ScopedGate()
    const standAndSay = (buffer: SharedArrayBuffer) => {
      const words = new Int32Array(buffer)
      Atomics.add(words, 1, 1)
      Atomics.wait(words, 0, 0)
      console.log('too late')
    }
    const work = pool.execute(standAndSay, [gate.buffer], { onOutput })
    await gate.entered()
    await pool.discard(work)
    gate.open()
    expect(await pool.execute(() => 'next')).toBe('next')
    expect(chunks).toEqual([])
  })
})
