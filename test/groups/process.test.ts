/** A pool and its process: signals, uncaught errors, and what is left of both. */

import { WorkerPool } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { PUPPET } from '../support/groups/stage.js'
import { runInChild } from '../support/run-in-child.js'

const ENTRY = JSON.stringify(new URL('../support/groups/puppet.js', import.meta.url).href)

/** A pool of two workers that prints what happens to it; `act` is what the script does when all are available. */
const script = (options: string, act: string): string => `
import { WorkerPool, restart } from 'threadcrew/groups'
const pool = new WorkerPool(${options})
pool.describeGroup({ name: 'a', type: 'job', entryPoint: ${ENTRY}, minWorkers: 2, restart: restart.never() })
let online = 0
pool.on('workerOnline', () => { online++; next?.() })
let next
const onlines = async count => { while (online < count) await new Promise(resolve => (next = resolve)) }
pool.on('message', ({ at, aborted }) => { if (at === 'after') console.log('after', aborted) })
pool.run().then(() => console.log('ended', online), error => console.log('failed', error.message))
await pool.started
${act}
`

async function linesOf(source: string): Promise<string[]> {
  const { code, signal, stdout, stderr } = await runInChild(source)
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  return stdout.split('\n').slice(0, -1)
}

describe('with handleSignals', () => {
  test.each(['SIGTERM', 'SIGINT'])('%s stops the pool gracefully, and the process ends', async signal => {
    const lines = await linesOf(script('{ handleSignals: true }', `process.kill(process.pid, '${signal}')`))
    expect(lines).toEqual(['after true', 'after true', 'ended 2'])
  })

  test('a second one stops it at once', async () => {
    const act = `
      for (const { id } of pool.workers) pool.workers.find(w => w.id === id).send({ act: 'block', ms: 60000 })
      process.kill(process.pid, 'SIGTERM')
      await new Promise(setImmediate)
      process.kill(process.pid, 'SIGTERM')`
    expect(await linesOf(script('{ handleSignals: true, stopTimeout: 60000 }', act))).toEqual(['ended 2'])
  })

  test('HUP restarts it hard and USR2 softly, each time they come [B29]', async () => {
    const act = `
      for (const [signal, count] of [['SIGHUP', 4], ['SIGUSR2', 6], ['SIGUSR2', 8], ['SIGHUP', 10]]) {
        process.kill(process.pid, signal)
        await onlines(count)
        // Until the last of them is the worker's own.
        while (pool.workers.some(({ status }) => status !== 'available')) await new Promise(setImmediate)
      }
      process.kill(process.pid, 'SIGTERM')`
    const lines = await linesOf(script('{ handleSignals: true }', act))
    expect(lines.at(-1)).toBe('ended 10')
    // Threads that a hard restart ends may not get to it.
    expect(lines.filter(line => line === 'after true').length).toBeGreaterThanOrEqual(6)
  })
})

test('what a pool hears of its process it hears while it runs, and no longer', async () => {
  const events = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'uncaughtException']
  const count = (): number[] => events.map(event => process.listenerCount(event))
  const before = count()
  const pool = new WorkerPool({ handleSignals: true, handleGlobalErrors: true })
  pool.describeGroup({ name: 'a', type: 'job', entryPoint: PUPPET, minWorkers: 0 })
  expect(count()).toEqual(before)
  const ended = pool.run()
  expect(count()).toEqual(before.map(listeners => listeners + 1))
  await pool.stop()
  await ended
  expect(count()).toEqual(before)
})

test('without it a signal is none of the pool’s business', async () => {
  const { signal } = await runInChild(script('{}', `process.kill(process.pid, 'SIGTERM')`))
  expect(signal).toBe('SIGTERM')
})

test('with handleGlobalErrors an error that nobody caught stops the pool instead of the process, and run() rejects', async () => {
  const act = `setTimeout(() => { throw new RangeError('nobody caught it') })`
  const logger = `{ debug() {}, info() {}, warn() {}, error: (text, { err }) => console.log(text, err.message) }`
  const lines = await linesOf(script(`{ handleGlobalErrors: true, logger: ${logger} }`, act))
  const told = ['after true', 'after true', 'failed nobody caught it']
  expect(lines).toEqual(['an uncaught error in the main thread stops the pool nobody caught it', ...told])
  // Without a logger, too, somebody hears of it.
  expect(await linesOf(script('{ handleGlobalErrors: true }', act))).toEqual(told)
})

test('a running pool keeps the process; one that has ended leaves nothing [B6]', async () => {
  const act = `setTimeout(() => void pool.stop(), 50).unref()`
  expect(await linesOf(script('{}', act))).toEqual(['after true', 'after true', 'ended 2'])
})

test('a logger that takes fields first is called so, and one that throws costs a line', async () => {
  const logger = `{ child() {}, debug() {}, info: ({ worker }, text) => console.log(text, worker), warn() {}, error() {} }`
  const lines = await linesOf(script(`{ logger: ${logger} }`, 'await pool.stop()'))
  expect(lines.slice(0, 2).sort()).toEqual(['worker is available a-1', 'worker is available a-2'])
  const throwing = `{ debug() {}, info() { throw new Error('no paper') }, warn() {}, error() {} }`
  const { code, stderr, stdout } = await runInChild(script(`{ logger: ${throwing} }`, 'await pool.stop()'))
  expect({ code, ended: stdout.includes('ended 2') }).toEqual({ code: 0, ended: true })
  expect(stderr).toContain('the logger of a pool threw: Error: no paper')
})

describe('parentPort.postMessage() in a worker', () => {
  test('is lost, of which the process is warned once: the warning names worker.send()', async () => {
    const posts = new URL('../support/groups/posts.js', import.meta.url).href
    const { code, stdout } = await runInChild(`
      import { WorkerPool } from 'threadcrew/groups'
      process.on('warning', ({ name, message }) => console.log(name + ': ' + message))
      const pool = new WorkerPool()
      pool.describeGroup({ name: 'a', type: 'job', entryPoint: ${JSON.stringify(posts)}, minWorkers: 2 })
      const ended = pool.run()
      await pool.started
      await pool.stop()
      await ended
    `)
    expect({ code, lines: stdout.split('\n').slice(0, -1) }).toEqual({
      code: 0,
      lines: [
        'ThreadcrewWarning: a thread called parentPort.postMessage(), and nothing receives that: a worker sends messages ' +
          "with worker.send(), and the event 'message' of the pool receives them",
      ],
    })
  })
})
