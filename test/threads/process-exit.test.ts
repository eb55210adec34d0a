/** When a script that uses a pool ends by itself, and when it must not; what is left of a pool that was stopped. */

import { Pool, type Work } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { runInChild } from '../support/run-in-child.js'

const IMPORTS = "import { Pool } from 'threadcrew'\n"

/** Runs the script and expects it to end by itself, without a word on stderr. Returns what it printed, by lines. */
async function linesOf(script: string): Promise<string[]> {
  const { code, signal, stdout, stderr } = await runInChild(IMPORTS + script)
  expect({ code, signal, stderr, stdout }).toEqual({ code: 0, signal: null, stderr: '', stdout })
  return stdout.split('\n').slice(0, -1)
}

/** Does something later, without keeping the process alive: a stand-in for what the pool has to stay alive for. */
const LATER = 'const later = fn => void setTimeout(fn, 100).unref()\n'

/** As lines that no script prints. */
const BEGINNING = '--- the next script ---'
/** Whatever a pool has to do keeps the process with a timer. */
const UNTIL_NOTHING_KEEPS_IT =
  "while (process.getActiveResourcesInfo().includes('Timeout')) await new Promise(setImmediate)\n"

/**
 * A process in which several scripts take turns. Each begins when nothing keeps the process, so that it has to do that
 * itself, and the process must end after the last. How it ends counts against the script that began last.
 *
 * @returns makes a test of a script and of the lines that it prints
 */
function sharedProcess(): (script: string, lines: string[]) => () => Promise<void> {
  const scripts: string[] = []
  let ended: ReturnType<typeof runInChild> | undefined
  const run = () =>
    runInChild(
      IMPORTS + scripts.map(script => `console.log('${BEGINNING}')\n{${script}}\n${UNTIL_NOTHING_KEEPS_IT}`).join(''),
    )
  return (script, lines) => {
    const index = scripts.push(script) - 1
    return async () => {
      const { code, signal, stdout, stderr } = await (ended ??= run())
      const printed = stdout.split(`${BEGINNING}\n`).slice(1)
      const isLast = index >= printed.length - 1
      expect({
        lines: printed[index]?.split('\n').slice(0, -1),
        stderr,
        code: isLast ? code : 0,
        signal: isLast ? signal : null,
      }).toEqual({
        lines,
        stderr: '',
        code: 0,
        signal: null,
      })
    }
  }
}

describe('an idle pool', () => {
  const inTurn = sharedProcess()

  test('[1] with defaults runs a work, and the script ends by itself with code 0', async () => {
    expect(await linesOf('const pool = new Pool(); console.log(await pool.execute(() => 1))')).toEqual(['1'])
  })

  test('[2] that was never used does not keep the process', async () => {
    expect(await linesOf("new Pool({ total: 2 }); process.on('exit', () => console.log('end'))")).toEqual(['end'])
  })

  test(
    '[2] that was awaited does not keep the process',
    inTurn('const pool = new Pool({ total: 2 }); await pool.ready; console.log(pool.stats().workers.available)', ['2']),
  )

  test(
    '[2] of no threads, autoScale on, does not keep the process',
    inTurn("new Pool({ total: 0 }); new Pool({ autoScale: true, total: 0, max: 2 }); console.log('end')", ['end']),
  )

  test(
    '[2] that has seen every fate of works, and changes of size, does not keep the process',
    inTurn(
      `
      const pool = new Pool({ total: 2, workBuffer: 2, whenFull: 'reject', autoScale: true, max: 3, waitTime: 1, idleTime: 5 })
      await pool.ready
      pool.on('failed', () => {})
      const loop = () => { for (;;); }
      await pool.execute(() => 'done')
      await pool.execute(() => { throw new Error('thrown') }).catch(() => {})
      await pool.execute(() => () => {}).catch(() => {})
      await pool.execute(() => {}, [() => {}]).catch(() => {})
      await pool.execute(loop, [], { timeout: 20 }).catch(() => {})
      await pool.execute(() => process.exit(3)).catch(() => {})
      await pool.execute(() => {}, [], { signal: AbortSignal.abort() }).catch(() => {})
      const controller = new AbortController()
      const aborted = pool.execute(loop, [], { signal: controller.signal })
      controller.abort()
      await aborted.catch(() => {})
      const many = Array.from({ length: 20 }, () => pool.execute(() => {}, [], { queueTimeout: 60_000, timeout: 60_000 }))
      await pool.discard(many.slice(0, 5))
      await pool.discard(pool.execute(loop), true)
      await pool.execute(loop).stop()
      await Promise.allSettled(many)
      for await (const _ of pool.map([1, 2, 3], x => x)) break
      await pool.scale(1)
      await pool.scale(-2)
      await pool.settled()
      const { submitted, done, failed, discarded } = pool.stats()
      console.log(submitted === done + failed + discarded)
    `,
      ['true'],
    ),
  )

  test('[2] left by works that were submitted and forgotten ends with the last of them', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ total: 1 })
      pool.on('done', work => console.log(work.status))
      for (let i = 0; i < 3; i++) pool.execute(() => {})
    `)
    expect(lines).toEqual(['done', 'done', 'done'])
  })

  test('[2] does not wait for a function that a graceful discard left behind', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ total: 1 })
      const begun = new Int32Array(new SharedArrayBuffer(4))
      const work = pool.execute(begun => { Atomics.store(begun, 0, 1); for (;;); }, [begun])
      while (begun[0] === 0) await new Promise(setImmediate)
      await pool.discard(work)
      console.log(work.status)
    `)
    expect(lines).toEqual(['discarded'])
  })
})

describe('an unfinished work', () => {
  const inTurn = sharedProcess()

  test('[2] that runs keeps the process until it settles', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ total: 1 })
      await pool.ready
      pool.execute(() => new Promise(resolve => setTimeout(resolve, 100, 'settled'))).then(console.log)
    `)
    expect(lines).toEqual(['settled'])
  })

  test(
    '[2] that blocks its thread keeps the process until it settles',
    inTurn(
      `
      const pool = new Pool({ total: 1 })
      await pool.ready
      console.log(await pool.execute(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)))
    `,
      ['timed-out'],
    ),
  )

  test(
    '[2] of a paused pool keeps the process',
    inTurn(
      `
      ${LATER}
      const pool = new Pool({ total: 0 })
      later(() => (pool.total = 1))
      console.log(await pool.execute(() => 'resumed'))
    `,
      ['resumed'],
    ),
  )

  test(
    '[2] at the door of a paused pool keeps the process',
    inTurn(
      `
      ${LATER}
      const pool = new Pool({ total: 0, workBuffer: 0 })
      const work = pool.execute(() => 'let in')
      console.log(work.status)
      later(() => (pool.total = 1))
      console.log(await work)
    `,
      ['waiting', 'let in'],
    ),
  )

  test(
    '[2] left of several keeps the process, however the others ended',
    inTurn(
      `
      ${LATER}
      const pool = new Pool({ total: 0, workBuffer: 1 })
      const [last, ...others] = [1, 2, 3].map(n => pool.execute(n => n, [n]))
      await pool.discard(others)
      await pool.execute(() => {}, [], { queueTimeout: 1 }).catch(() => {})
      later(() => (pool.total = 1))
      console.log(await last, others.map(work => work.status).join())
    `,
      ['1 discarded,discarded'],
    ),
  )

  test(
    '[2] keeps the process while its thread is replaced',
    inTurn(
      `
      const pool = new Pool({ total: 1 })
      await pool.ready
      pool.on('failed', () => {})
      const works = [pool.execute(() => process.exit(1)), pool.execute(() => process.exit(1)), pool.execute(() => 'survived')]
      console.log((await Promise.allSettled(works)).map(result => result.value ?? result.reason.code).join())
    `,
      ['ERR_WORKER_LOST,ERR_WORKER_LOST,survived'],
    ),
  )

  test(
    '[2] keeps the process while threads that fail to start are tried again',
    inTurn(
      `
      const pool = new Pool({ total: 1, setup() { throw new Error('no') } })
      console.log(await pool.execute(() => {}).catch(error => error.attempts))
    `,
      ['3'],
    ),
  )
})

describe('threads that start', () => {
  const inTurn = sharedProcess()

  test('[2] keep the process until they are available', async () => {
    const lines = await linesOf("new Pool({ total: 2 }).on('workerOnline', () => console.log('online'))")
    expect(lines).toEqual(['online', 'online'])
  })

  test('[2] keep the process also when they are not the first', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ total: 1 })
      await pool.ready
      pool.on('workerOnline', () => console.log('online', pool.stats().workers.available))
      pool.total = 2
    `)
    expect(lines).toEqual(['online 2'])
  })

  test(
    '[3] can be awaited at top level by ready',
    inTurn('const pool = new Pool({ total: 3 }); await pool.ready; console.log(pool.workers.length)', ['3']),
  )

  test(
    '[3] can be awaited at top level while setup takes its time',
    inTurn(
      `
      const pool = new Pool({ total: 1, setup: () => new Promise(resolve => setTimeout(resolve, 100)) })
      await pool.ready
      console.log(pool.stats().workers.available)
    `,
      ['1'],
    ),
  )

  test(
    '[3] and fail can be awaited at top level by ready, too',
    inTurn(
      `
      const pool = new Pool({ total: 1, setup() { throw new Error('no') } })
      pool.on('error', () => {})
      console.log(await pool.ready.catch(error => [error.code, error.attempts].join()))
    `,
      ['ERR_WORKER_START,3'],
    ),
  )

  test(
    '[3] and fail once can be awaited at top level until they succeed',
    inTurn(
      `
      const shared = new Int32Array(new SharedArrayBuffer(4))
      const pool = new Pool({ total: 1, thread: { workerData: shared }, setup(tries) { if (Atomics.add(tries, 0, 1) < 2) throw new Error('no') } })
      pool.on('error', () => {})
      await pool.ready
      console.log(shared[0])
    `,
      ['3'],
    ),
  )
})

describe('a pending call', () => {
  const inTurn = sharedProcess()

  test(
    '[2] of scale() keeps the process, up and down',
    inTurn(
      `
      const pool = new Pool({ total: 1, teardown: () => new Promise(resolve => setTimeout(resolve, 50)) })
      await pool.ready
      console.log((await pool.scale(1)).added.length)
      console.log((await pool.scale(-2)).removed.length)
    `,
      ['1', '2'],
    ),
  )

  test(
    '[2] of discard() keeps the process until the thread has exited',
    inTurn(
      `
      const pool = new Pool({ total: 1, grace: 50 })
      await pool.ready
      const work = pool.execute(() => { for (;;); })
      while (work.status !== 'running') await new Promise(setImmediate)
      const [worker] = pool.workers
      const statuses = await pool.discard(work, true)
      console.log([...statuses.values()].join(), worker.status)
    `,
      ['discarded stopped'],
    ),
  )

  test(
    '[2] of work.stop() keeps the process',
    inTurn(
      `
      const pool = new Pool({ total: 1, grace: 50 })
      await pool.ready
      const work = pool.execute(() => { for (;;); })
      while (work.status !== 'running') await new Promise(setImmediate)
      console.log(await work.stop())
    `,
      ['discarded'],
    ),
  )

  test(
    '[2] of worker.stop() keeps the process',
    inTurn(
      `
      const pool = new Pool({ total: 1, teardown: () => new Promise(resolve => setTimeout(resolve, 50)) })
      await pool.ready
      console.log(await pool.workers[0].stop(), pool.total)
    `,
      ['undefined 0'],
    ),
  )

  test(
    '[2] of stop() keeps the process, idle or busy, gracefully or hot',
    inTurn(
      `
      for (const hot of [false, true]) {
        const idle = new Pool({ total: 1, teardown: () => new Promise(resolve => setTimeout(resolve, 50)) })
        await idle.ready
        console.log((await idle.stop(hot)).size, idle.state)
        const busy = new Pool({ total: 1, grace: 50 })
        busy.execute(hot ? () => { for (;;); } : () => new Promise(resolve => setTimeout(resolve, 50)))
        console.log([...(await busy.stop(hot)).values()].join(), busy.state)
      }
    `,
      ['0 stopped', 'done stopped', '0 stopped', 'discarded stopped'],
    ),
  )

  test(
    '[2] of settled() lasts as long as works do',
    inTurn(
      `
      const pool = new Pool({ total: 1 })
      pool.execute(() => new Promise(resolve => setTimeout(resolve, 50)))
      await pool.settled()
      console.log(pool.stats().done)
      await pool.settled()
    `,
      ['1'],
    ),
  )
})

describe('after stop', () => {
  test('[51] threads that are ended at whatever moment of their start leave the process whole', async () => {
    const lines = await linesOf(`
      for (let i = 0; i < 60; i++) {
        const pool = new Pool({ total: 2 })
        await new Promise(resolve => setTimeout(resolve, (i * 7) % 40))
        await pool.stop(true)
      }
      console.log(process.getActiveResourcesInfo().includes('MessagePort'))
    `)
    expect(lines).toEqual(['false'])
  })

  test('[51] the active resources are what they were before the pool', async () => {
    const lines = await linesOf(`
      import { createHook } from 'node:async_hooks'
      const alive = new Map()
      createHook({
        init: (id, type) => (type === 'MESSAGEPORT' || type === 'WORKER' || type === 'Timeout' || type === 'Immediate') && alive.set(id, type),
        destroy: id => alive.delete(id),
      }).enable()
      const resources = () => JSON.stringify(process.getActiveResourcesInfo().sort())
      const listeners = () => JSON.stringify(process.eventNames().map(name => [String(name), process.listenerCount(name)]).sort())
      const turns = async () => { for (let i = 0; i < 100; i++) await new Promise(setImmediate) }
      void process.stderr // opened by Node with the first thread
      console.log('') // opens stdout
      await turns()
      const before = [resources(), listeners()]
      alive.clear()
      for (const hot of [false, true]) {
        const pool = new Pool({ total: 2, workBuffer: 1, waitTime: 1, max: 3, timeout: 60_000 })
        const signal = new AbortController().signal
        const works = Array.from({ length: 10 }, () => pool.execute(() => 1, [], { queueTimeout: 60_000, signal }))
        if (hot) works.push(pool.execute(() => { for (;;); }))
        await works[0]
        await pool.stop(hot)
        const after = [resources(), listeners()]
        for (let i = 0; i < 2; i++) if (after[i] !== before[i]) console.log(before[i], after[i])
        await turns()
        const left = [...alive.values()].filter(type => type !== 'Immediate')
        console.log(hot, JSON.stringify(left))
      }
    `)
    expect(lines).toEqual(['', 'false []', 'true []'])
  })

  test('[51] what tasks and teardown printed is complete', async () => {
    const { code, stdout, stderr } = await runInChild(`${IMPORTS}
      const pool = new Pool({ total: 2, teardown() { console.log('teardown'); console.error('teardown') } })
      for (let i = 0; i < 20; i++) pool.execute(i => { for (let line = 0; line < 100; line++) console.log('line', i, line); process.stderr.write('x'.repeat(1000) + '\\n') }, [i])
      await pool.stop()
      process.stdout.write('stopped\\n')
    `)
    expect(code).toBe(0)
    const lines = stdout.split('\n').filter(line => line.startsWith('line'))
    expect(new Set(lines)).toEqual(
      new Set(Array.from({ length: 2000 }, (_, n) => `line ${Math.floor(n / 100)} ${n % 100}`)),
    )
    expect(lines.length).toBe(2000)
    expect(stdout.match(/^teardown$/gm)).toHaveLength(2)
    expect(stderr.match(/^teardown$/gm)).toHaveLength(2)
    expect(stderr.match(/^x{1000}$/gm)).toHaveLength(20)
    expect(stdout.trimEnd().endsWith('stopped')).toBe(true)
  })

  test('[51] what a task printed before it ended its thread is complete', async () => {
    const { code, stdout } = await runInChild(`${IMPORTS}
      const pool = new Pool({ total: 1 })
      await pool.execute(() => { for (let line = 0; line < 500; line++) console.log('line', line); process.exit(0) }).catch(() => {})
      await pool.stop()
    `)
    expect(code).toBe(0)
    expect(stdout).toBe(Array.from({ length: 500 }, (_, line) => `line ${line}\n`).join(''))
  })
})

describe('await using', () => {
  test('[51] finishes the works and stops the pool at the end of the block', async () => {
    let pool: Pool
    const works: Work<number>[] = []
    {
      await using own = new Pool({ total: 1 })
      pool = own
      for (const n of [1, 2, 3]) works.push(own.execute(async n => n, [n]))
    }
    expect(works.map(work => work.status)).toEqual(['done', 'done', 'done'])
    expect(pool.state).toBe('stopped')
  })

  test('[51] stops the pool when the block throws, and does not mask its error', async () => {
    const thrown = new RangeError("the block's own")
    const errors: unknown[] = []
    let pool: Pool | undefined
    let work: Work<string> | undefined
    const block = async () => {
      await using own = new Pool({ total: 1, teardown: () => Promise.reject(new Error("the teardown's")) })
      own.on('error', error => errors.push(error))
      pool = own
      work = own.execute(async () => 'finished')
      const failing = own.execute(() => Promise.reject(new Error("the work's")))
      failing.catch(() => {})
      throw thrown
    }
    await expect(block()).rejects.toBe(thrown)
    expect(pool?.state).toBe('stopped')
    expect(work?.status).toBe('done')
    expect(errors).toMatchObject([{ message: "the teardown's" }])
  })

  test('[51] of a pool that was stopped before, or cannot start threads, does not throw', async () => {
    {
      await using pool = new Pool({ total: 1 })
      await pool.stop(true)
    }
    {
      await using pool = new Pool({ total: 1, setup: () => Promise.reject(new Error('no')) })
      await expect(pool.execute(() => {})).rejects.toThrow('no')
    }
  })
})

describe('what tasks print is complete when the program ends by itself', () => {
  const expected = Array.from({ length: 300 }, (_, i) => `line ${i} ${'x'.repeat(100)}`)
  const print = `() => { for (let i = 0; i < 300; i++) console.log('line ' + i + ' ' + 'x'.repeat(100)) }`

  test.each([
    ['on a new pool', `new Pool({ total: 1 }).execute(${print})`],
    ['on a thread that was available', `const pool = new Pool({ total: 1 }); await pool.ready; pool.execute(${print})`],
    [
      'by works that share a thread',
      `const pool = new Pool({ total: 1, concurrency: 2 }); pool.execute(() => new Promise(resolve => setImmediate(resolve, 1))); pool.execute(${print})`,
    ],
    [
      'by a work that fails',
      `new Pool({ total: 1 }).execute(() => { (${print})(); throw new Error('mine') }).catch(() => {})`,
    ],
    [
      'on a thread that printed before',
      `const pool = new Pool({ total: 1 }); await pool.execute(() => console.log('first')); pool.execute(${print})`,
    ],
  ])('[51] %s', async (_, script) => {
    const lines = await linesOf(script)
    expect(lines.filter(line => line !== 'first')).toEqual(expected)
  })

  test('[51] on both streams', async () => {
    const { stdout, stderr, code } = await runInChild(
      `${IMPORTS} const pool = new Pool({ total: 2 }); await pool.ready
      for (const i of [1, 2, 3, 4]) pool.execute(i => { console.log('A' + i); console.error('E' + i); console.log('B' + i); console.error('F' + i) }, [i])`,
    )
    expect(code).toBe(0)
    const sorted = (text: string): string[] => text.trim().split('\n').sort()
    expect(sorted(stdout)).toEqual(['A1', 'A2', 'A3', 'A4', 'B1', 'B2', 'B3', 'B4'])
    expect(sorted(stderr)).toEqual(['E1', 'E2', 'E3', 'E4', 'F1', 'F2', 'F3', 'F4'])
  })

  test('[51] also what setup prints, where the program only awaits ready', async () => {
    const lines = await linesOf(`
      await new Pool({ total: 1, setup: () => { for (let i = 0; i < 20; i++) console.log('line ' + i) } }).ready`)
    expect(lines).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i}`))
  })

  test.each([
    ['exits', 'process.exit(1)'],
    [
      'throws outside',
      "setTimeout(() => { throw new Error('mine') }); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); return new Promise(() => {})",
    ],
  ])('[51] but the process does not wait for a thread that prints and then %s', async (_, end) => {
    const { code, signal } = await runInChild(`${IMPORTS}
      new Pool({ total: 1 }).execute(() => { console.log('A'); console.log('B'); ${end} }).catch(() => {})`)
    expect({ code, signal }).toEqual({ code: 0, signal: null })
  })

  test.each([
    ['a graceful discard', 'await pool.discard(work)', ''],
    ['a timeout with a grace of Infinity', '', ', [], { timeout: 50, grace: Infinity }'],
  ])('[51] nor for a function that goes on after %s', async (_, end, options) => {
    const { code, signal } = await runInChild(`${IMPORTS}
      const pool = new Pool({ total: 1 })
      await pool.ready
      const work = pool.execute(() => { console.log('A'); console.log('B'); for (;;); }${options})
      work.catch(() => {})
      while (work.status !== 'running') await new Promise(setImmediate)
      ${end}`)
    expect({ code, signal }).toEqual({ code: 0, signal: null })
  })

  test('[51] nor for threads whose output is thrown away', async () => {
    expect(
      await linesOf(`
      const pool = new Pool({ total: 1, thread: { stdout: true, stderr: true } })
      await pool.execute(() => { console.log('A'); console.error('B') })`),
    ).toEqual([])
  })

  test('[51] but a timer that goes on printing does not keep the process', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ total: 1 })
      await pool.execute(() => { setInterval(() => console.log('on and on'), 1); console.log('done') })`)
    expect(lines[0]).toBe('done')
  })
})
