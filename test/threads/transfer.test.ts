import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Pool, task, transfer, UncloneableValueError, WorkerLostError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { Gate } from '../support/gate.js'
import { errorOf } from '../support/rejection.js'
import { sharePool } from '../support/share-pool.js'
import type { stand } from '../support/tasks/gates.js'
import type { give, giveByContext, remains } from '../support/tasks/moves.js'

const standing = task<typeof stand<string>>(new URL('../support/tasks/gates.js', import.meta.url), 'stand')
const MOVES = new URL('../support/tasks/moves.js', import.meta.url)

function filled(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value)
}

/** For tasks: how many bytes, and what they add up to. */
const measure = (bytes: Uint8Array): [number, number] => [bytes.byteLength, bytes.reduce((sum, byte) => sum + byte, 0)]

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('arguments that move', () => {
  test('[41] a transferred buffer is detached here and intact there', async () => {
    const { buffer } = filled(1000, 3)
    const work = pool.execute(
      (moved: ArrayBuffer) => [moved.byteLength, new Uint8Array(moved)[999]],
      [transfer(buffer, [buffer])],
    )
    expect(await work).toEqual([1000, 3])
    expect(buffer.byteLength).toBe(0)
  })

  test('[41] it may be anywhere inside the arguments, and the mark on any value around it', async () => {
    const bytes = Array.from({ length: 6 }, (_, i) => filled(100 + i, i))
    const [inObject, inArray, inMap, inSet, marked, asView] = bytes as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const all = transfer({ inObject, list: [0, [inArray]], map: new Map([['k', inMap]]), set: new Set([{ inSet }]) }, [
      inObject.buffer,
      inArray.buffer,
      inMap.buffer,
      inSet.buffer,
    ] as ArrayBuffer[])
    const work = pool.execute(
      (all, second, third) => {
        const [fromSet] = all.set
        return [all.inObject, all.list[1][0], all.map.get('k'), fromSet?.inSet, second.deep.marked, third].map(
          each => each?.byteLength,
        )
      },
      [
        all as typeof all & { list: [number, [Uint8Array]] },
        { deep: transfer({ marked }, [marked.buffer as ArrayBuffer]) },
        transfer(asView, [asView]),
      ],
    )
    expect(await work).toEqual([100, 101, 102, 103, 104, 105])
    expect(bytes.map(each => each.byteLength)).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('[41] what is not listed is copied, beside what is', async () => {
    const moved = filled(10, 1)
    const copied = filled(10, 2)
    const work = pool.execute(
      ({ moved, copied }) => {
        copied.fill(9)
        return moved.length + copied.length
      },
      [transfer({ moved, copied }, [moved.buffer])],
    )
    expect(await work).toBe(20)
    expect(moved.byteLength).toBe(0)
    expect(copied).toEqual(filled(10, 2))
  })

  test('[41] one buffer that two marks list moves once', async () => {
    const bytes = filled(50, 1)
    const work = pool.execute(
      (a, b) => [a.bytes.length, a.bytes === b.bytes],
      [transfer({ bytes }, [bytes.buffer]), transfer({ bytes }, [bytes.buffer])],
    )
    expect(await work).toEqual([50, true])
    expect(bytes.byteLength).toBe(0)
  })

  test('[41] a mark serves one post: what was moved cannot be sent again', async () => {
    const bytes = filled(50, 1)
    const value = transfer({ bytes }, [bytes.buffer])
    expect(await pool.execute(({ bytes }) => bytes.length, [value])).toBe(50)
    const error = await errorOf(pool.execute(({ bytes }) => bytes.length, [value]))
    expect(error).toBeInstanceOf(UncloneableValueError)
    expect(error['path']).toBe('args[0].bytes')
    expect(error.message).toMatch(/moved/)
    // A new buffer in the same object is copied, as nobody has listed it.
    value.bytes = filled(60, 1)
    expect(await pool.execute(({ bytes }) => bytes.length, [value])).toBe(60)
    expect(value.bytes.byteLength).toBe(60)
  })

  test('[41] many buffers over several threads all arrive, each once', async () => {
    await using pool = new Pool({ total: 2 })
    const buffers = Array.from({ length: 300 }, (_, i) => filled(1 + (i % 50), i % 7))
    const works = buffers.map(bytes => pool.execute(measure, [transfer(bytes, [bytes.buffer])]))
    expect(await Promise.all(works)).toEqual(works.map((_, i) => [1 + (i % 50), (1 + (i % 50)) * (i % 7)]))
    expect(buffers.filter(bytes => bytes.byteLength > 0)).toEqual([])
  })

  test('[41] map() moves what its inputs list', async () => {
    const inputs = [filled(3, 1), filled(4, 2)]
    const sums: unknown[] = []
    for await (const sum of pool.map(
      inputs.map(bytes => transfer({ bytes }, [bytes.buffer])),
      ({ bytes }) => [bytes.length, bytes[0]],
    )) {
      sums.push(sum)
    }
    expect(sums).toEqual([
      [3, 1],
      [4, 2],
    ])
    expect(inputs.map(bytes => bytes.byteLength)).toEqual([0, 0])
  })

  test('[41] ports and streams move as well', async () => {
    const { port1, port2 } = new MessageChannel()
    const answered = new Promise(resolve => port1.once('message', resolve))
    const used = pool.execute(
      async ({ port }: { port: MessagePort }) => {
        port.postMessage('from the thread')
        const question = await new Promise(resolve => port.once('message', resolve))
        port.close()
        return question
      },
      [transfer({ port: port2 }, [port2])],
    )
    port1.postMessage('from here')
    expect(await used).toBe('from here')
    expect(await answered).toBe('from the thread')
    port1.close()

    const stream = new ReadableStream<string>({
      start(controller) {
        controller.enqueue('chunk')
        controller.close()
      },
    })
    const read = async (moved: ReadableStream<string>): Promise<string> => {
      let text = ''
      for await (const chunk of moved) text += chunk
      return text
    }
    expect(await pool.execute(read, [transfer(stream, [stream as never])])).toBe('chunk')
  })
})

describe('when arguments move', () => {
  test('[41] a work with a transfer list is never sent ahead to a busy thread: its buffers stay attached until it can start', async () => {
    const gate = new Gate()
    const busy = pool.execute(standing, [gate.buffer, 'busy'])
    await gate.entered()
    const bytes = filled(100, 1)
    const plain = pool.execute(() => 'plain')
    const moving = pool.execute(measure, [transfer(bytes, [bytes.buffer])])
    for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
    expect(bytes.byteLength).toBe(100)
    expect(moving.status).toBe('queued')
    gate.open()
    expect(await Promise.all([busy, plain, moving])).toEqual(['busy', 'plain', [100, 100]])
    expect(bytes.byteLength).toBe(0)
  })

  test('[41] discarded before it is sent, its buffers stay attached, however it was discarded', async () => {
    const pool = new Pool({ total: 1 })
    const gate = new Gate()
    const controller = new AbortController()
    const busy = pool.execute(standing, [gate.buffer, 'busy'])
    const buffers = Array.from({ length: 5 }, () => filled(10, 1))
    const [byId, byHandle, bySignal, byTime, byStop] = buffers.map((bytes, i) =>
      pool.execute(
        measure,
        [transfer(bytes, [bytes.buffer])],
        i === 2 ? { signal: controller.signal } : i === 3 ? { queueTimeout: 1 } : {},
      ),
    )
    const errors = [byId, byHandle, bySignal, byTime, byStop].map(work => errorOf(work!))
    await gate.entered()
    await pool.discard(byId!.id)
    await byHandle!.stop()
    controller.abort()
    expect(await errors[3]).toMatchObject({ code: 'ERR_WORK_TIMEOUT' })
    void busy.catch(() => {})
    await pool.stop(true)
    await Promise.all(errors)
    expect([byId, byHandle, bySignal, byStop].map(work => work!.status)).toEqual([
      'discarded',
      'discarded',
      'discarded',
      'discarded',
    ])
    expect(buffers.map(bytes => bytes.byteLength)).toEqual([10, 10, 10, 10, 10])
  })

  test('[41] refused, its buffers stay attached and its mark valid: a second attempt moves them', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    const gate = new Gate()
    const busy = pool.execute(standing, [gate.buffer, 'busy'])
    await gate.entered()
    const bytes = filled(20, 1)
    const value = transfer({ bytes }, [bytes.buffer])
    expect(await errorOf(pool.execute(({ bytes }) => bytes.length, [value]))).toMatchObject({
      code: 'ERR_WORK_BUFFER_FULL',
    })
    expect(bytes.byteLength).toBe(20)
    gate.open()
    await busy
    expect(await pool.execute(({ bytes }) => bytes.length, [value])).toBe(20)
    expect(bytes.byteLength).toBe(0)
  })

  test('[41] with an argument that cannot be cloned beside it, it stays attached and the path is named', async () => {
    const bytes = filled(20, 1)
    const values: [object, string][] = [
      [{ bytes, bad: () => {} }, 'args[0].bad'],
      [{ bytes, bad: new EventTarget() }, 'args[0].bad'],
    ]
    for (const [value, path] of values) {
      const error = await errorOf(pool.execute((_: object) => 1, [transfer(value, [bytes.buffer])]))
      expect(error).toBeInstanceOf(UncloneableValueError)
      expect(error['path']).toBe(path)
      expect(bytes.byteLength).toBe(20)
      expect(pool.active).toBe(0)
    }
    expect(await pool.execute(measure, [transfer(bytes, [bytes.buffer])])).toEqual([20, 20])
    expect(bytes.byteLength).toBe(0)
  })

  test('[41] a stopped pool and a function that cannot be sent leave it attached', async () => {
    const pool = new Pool({ total: 0 })
    const bytes = filled(20, 1)
    await errorOf(pool.execute(Math.max as never, [transfer(bytes, [bytes.buffer])] as never))
    expect(bytes.byteLength).toBe(20)
    await pool.stop()
    await errorOf(pool.execute(measure, [bytes]))
    expect(bytes.byteLength).toBe(20)
  })

  test('[41] lost with a thread that had not started it, it says so: its buffers went down with the thread', async () => {
    await using pool = new Pool({ total: 1 })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const gate = new Gate()
    // Answers, and then blocks its thread until it exits.
    await pool.execute(
      (buffer: SharedArrayBuffer) => {
        setImmediate(() => {
          const words = new Int32Array(buffer)
          Atomics.add(words, 1, 1)
          Atomics.wait(words, 0, 0)
          process.exit(5)
        })
      },
      [gate.buffer],
    )
    await gate.entered()
    const bytes = filled(20, 1)
    const lost = errorOf(pool.execute(measure, [transfer(bytes, [bytes.buffer])]))
    const kept = pool.execute(() => 'not lost')
    await new Promise(resolve => setImmediate(resolve))
    expect(bytes.byteLength).toBe(0)
    gate.open()
    const error = await lost
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(error).toMatchObject({ started: false, exitCode: 5, reason: 'exit' })
    expect(await kept).toBe('not lost')
    // The work told of the thread's end: nobody else has to.
    expect(errors).toEqual([])
  })
})

describe('results that move', () => {
  test('[41] a transferred result is intact here and detached in the thread', async () => {
    const remaining = task<typeof remains>(MOVES, 'remains')
    const { deep } = await pool.execute(task<typeof give>(MOVES, 'give'), [500])
    expect(deep[0].bytes).toEqual(filled(500, 7))
    expect(await pool.execute(remaining)).toBe(0)
    expect(await pool.execute(task<typeof giveByContext>(MOVES, 'giveByContext'), [300])).toEqual(filled(300, 8))
    expect(await pool.execute(remaining)).toBe(0)
  })

  test('[41] this.transfer moves, at once and behind an await', async () => {
    const now = pool.execute(function () {
      const bytes = new Uint8Array(40).fill(4)
      Reflect.set(globalThis, 'kept', bytes)
      return this.transfer({ bytes }, [bytes.buffer])
    })
    expect(await now).toEqual({ bytes: filled(40, 4) })
    expect(await pool.execute(() => (Reflect.get(globalThis, 'kept') as Uint8Array).byteLength)).toBe(0)
    const later = pool.execute(async function () {
      await null
      const bytes = new Uint8Array(41).fill(5)
      Reflect.set(globalThis, 'kept', bytes)
      return this.transfer(bytes, [bytes])
    })
    expect(await later).toEqual(filled(41, 5))
    expect(await pool.execute(() => (Reflect.get(globalThis, 'kept') as Uint8Array).byteLength)).toBe(0)
  })

  test('[41] a mark on a result serves one post: what is returned later in the same object is copied', async () => {
    const give = function (this: { transfer(value: object, list: ArrayBuffer[]): object }, first: boolean): object {
      const global = globalThis as { holder?: { bytes: Uint8Array<ArrayBuffer> } }
      const bytes = new Uint8Array(10).fill(first ? 1 : 2)
      const holder = (global.holder ??= { bytes })
      holder.bytes = bytes
      return first ? this.transfer(holder, [bytes.buffer]) : holder
    }
    const left = (): number => (globalThis as { holder?: { bytes: Uint8Array } }).holder?.bytes.byteLength ?? NaN
    expect(await pool.execute(give, [true])).toEqual({ bytes: filled(10, 1) })
    expect(await pool.execute(left)).toBe(0)
    expect(await pool.execute(give, [false])).toEqual({ bytes: filled(10, 2) })
    expect(await pool.execute(left)).toBe(10)
  })

  test('[41] a result without a mark is copied', async () => {
    const copied = pool.execute(() => {
      const bytes = new Uint8Array(40).fill(4)
      Reflect.set(globalThis, 'kept', bytes)
      return bytes
    })
    expect(await copied).toEqual(filled(40, 4))
    expect(await pool.execute(() => (Reflect.get(globalThis, 'kept') as Uint8Array).byteLength)).toBe(40)
  })

  test('[41] a small object that carries a port arrives with it, and the port works', async () => {
    const { port } = await pool.execute(async function () {
      const { MessageChannel } = await import('node:worker_threads')
      const { port1, port2 } = new MessageChannel()
      port1.once('message', (text: string) => {
        port1.postMessage(text.toUpperCase())
        port1.close()
      })
      return this.transfer({ port: port2 }, [port2])
    })
    const answer = new Promise(resolve => port.once('message', resolve))
    port.postMessage('hello')
    expect(await answer).toBe('HELLO')
    port.close()
  })

  test('[41] a port that is not listed is refused with the way to move it, and the thread lives', async () => {
    const { port1, port2 } = new MessageChannel()
    const error = await errorOf(pool.execute((_: object) => 1, [{ port: port2 }]))
    expect(error).toBeInstanceOf(UncloneableValueError)
    expect(error['path']).toBe('args[0].port')
    expect(error.message).toMatch(/transfer\(value, \[/)
    port1.close()
    port2.close()
  })

  test('[41] results sent together: those that move and those that do not all arrive in one piece', async () => {
    const works = Array.from({ length: 90 }, (_, i) =>
      pool.execute(
        function (n: number): unknown {
          if (n % 3 === 0) return n
          if (n % 3 === 1) return { n }
          const bytes = new Uint8Array(n).fill(n)
          return this.transfer(bytes, [bytes.buffer])
        },
        [i],
      ),
    )
    expect(await Promise.all(works)).toEqual(
      works.map((_, i) => (i % 3 === 0 ? i : i % 3 === 1 ? { n: i } : filled(i, i))),
    )
  })
})

describe('Buffers', () => {
  /** A Buffer in Node's shared pool, as nearly every small one is. */
  function pooled(text: string): Buffer<ArrayBuffer> {
    const buffer = Buffer.from(text)
    expect(buffer.buffer.byteLength).toBeGreaterThanOrEqual(Buffer.poolSize)
    return buffer
  }

  test('[42] a small Buffer does not take its pool along, to a thread and back', async () => {
    const memory = pool.execute(
      (direct: Uint8Array, { nested }: { nested: Uint8Array[] }) => [
        direct.buffer.byteLength,
        Buffer.from(direct).toString(),
        ...nested.map(each => each.buffer.byteLength),
      ],
      [pooled('ab'), { nested: [pooled('c'), pooled('def')] }],
    )
    expect(await memory).toEqual([2, 'ab', 1, 3])
    const result = await pool.execute(() => ({ list: [Buffer.from('xy')], own: 1 }))
    expect(result.list[0]?.buffer.byteLength).toBe(2)
    expect(Buffer.from(result.list[0] ?? []).toString()).toBe('xy')
    const bare = await pool.execute(() => Buffer.from('z'))
    expect([bare.buffer.byteLength, bare[0]]).toEqual([1, 122])
  })

  test('[42] what is copied for that leaves the sender’s objects as they were', async () => {
    const buffer = pooled('intact')
    const value = { list: [buffer], buffer }
    const arrived = pool.execute(
      (value: { list: Uint8Array[]; buffer: Uint8Array }) => {
        value.buffer.fill(0)
        return value.list[0] === value.buffer
      },
      [value],
    )
    expect(await arrived).toBe(true)
    expect(value.list[0]).toBe(buffer)
    expect(value.buffer).toBe(buffer)
    expect(buffer.toString()).toBe('intact')
  })

  test('[42] a pooled Buffer in a transfer list is copied, and all other Buffers stay intact', async () => {
    const before = pooled('before')
    const listed = pooled('listed')
    const after = pooled('after')
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
    expect(await pool.execute(text, [transfer(listed, [listed.buffer])])).toBe('listed')
    expect(await pool.execute(text, [transfer(listed, [listed])])).toBe('listed')
    expect([before, listed, after].map(String)).toEqual(['before', 'listed', 'after'])
    const result = pool.execute(function () {
      const small = Buffer.from('small')
      return this.transfer(small, [small.buffer])
    })
    expect(Buffer.from(await result).toString()).toBe('small')
    expect(await pool.execute(() => Buffer.from('still there').toString())).toBe('still there')
  })

  test('[42] a detached buffer is refused with its path, listed or not', async () => {
    const gone = filled(10, 1)
    const value = transfer({ inner: { gone } }, [gone.buffer])
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    const listed = await errorOf(pool.execute((_: object) => 1, [value]))
    expect(listed).toBeInstanceOf(UncloneableValueError)
    expect(listed['path']).toBe('args[0].inner.gone')
    const unlisted = await errorOf(pool.execute((_: object, list: unknown[]) => list.length, [{}, [gone.buffer]]))
    expect(unlisted).toBeInstanceOf(UncloneableValueError)
    expect(unlisted['path']).toBe('args[1][0]')
    expect(() => transfer({}, [gone.buffer])).toThrow(/detached/)
    expect(pool.active).toBe(0)
  })

  test('[42] a result whose listed buffer was moved elsewhere is refused with its path, and the thread lives', async () => {
    const thread = await pool.execute(function () {
      return this.threadId
    })
    const work = pool.execute(function () {
      const gone = new Uint8Array(10)
      const value = this.transfer({ list: [gone] }, [gone.buffer])
      structuredClone(gone.buffer, { transfer: [gone.buffer] })
      return value
    })
    const error = await errorOf(work)
    expect(error).toBeInstanceOf(UncloneableValueError)
    expect(error['path']).toBe('result.list[0]')
    const after = pool.execute(function () {
      return this.threadId
    })
    expect(await after).toBe(thread)
  })

  test('[42] the same thing twice in a list, and shared memory in one, are refused by transfer()', () => {
    const { buffer } = filled(10, 1)
    expect(() => transfer({}, [buffer, buffer])).toThrow(TypeError)
    expect(() => transfer({}, [buffer, new Uint8Array(buffer)])).toThrow(
      /list\[1\] names the same ArrayBuffer as list\[0\]/,
    )
    expect(() => transfer({}, [new SharedArrayBuffer(8) as never])).toThrow(/shared memory/)
    expect(() => transfer({}, [{} as never])).toThrow(/list\[0\]/)
    expect(() => transfer(5 as never, [buffer])).toThrow(/value must be an object/)
    expect(buffer.byteLength).toBe(10)
  })

  test('[42] a view of shared memory is never copied, however small', async () => {
    const shared = new SharedArrayBuffer(8192)
    const view = Buffer.from(shared, 16, 2)
    const bytes = new Uint8Array(shared, 32, 2)
    await pool.execute(
      (view: Uint8Array, bytes: Uint8Array) => {
        view[0] = 42
        bytes[1] = 43
      },
      [view, bytes],
    )
    expect(view[0]).toBe(42)
    expect(bytes[1]).toBe(43)
    const back = await pool.execute((view: Uint8Array) => view, [view])
    back[1] = 44
    expect(view[1]).toBe(44)
  })

  test('[42] views of one ArrayBuffer stay views of one', async () => {
    const { buffer } = filled(100, 0)
    const together = pool.execute(
      (a: Uint8Array, b: Uint8Array) => {
        a[0] = 9
        return [b[0], a.buffer === b.buffer, a.byteOffset, b.byteOffset]
      },
      [new Uint8Array(buffer, 4, 2), new Uint8Array(buffer, 4, 4)],
    )
    expect(await together).toEqual([9, true, 4, 4])
  })
})
