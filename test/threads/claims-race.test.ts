import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { Claims } from '../../src/lane/claims.js'
import { builtModule } from '../support/built-module.js'

const RACES = 50_000
/** Races take turns on a busy machine, and are many in a short time where two processors are free. */
const LONGEST_MS = 2000

/** The last race that the thread has taken part in; -1 when there are no more. */
const THREAD_AT = 0
const NO_MORE = 1

/** Starts each work as soon as it sees that it is offered, and writes down whether it could. */
const thread = `
  const { module, memory, words, started } = require('node:worker_threads').workerData
  import(module).then(({ Claims }) => {
    const claims = new Claims(memory)
    for (let race = 1; race <= ${RACES}; race++) {
      while (claims.state(0, race) === undefined) if (Atomics.load(words, ${NO_MORE}) === 1) return
      if (claims.start(0, race, 1)) started[race] = 1
      Atomics.store(words, ${THREAD_AT}, race)
      Atomics.notify(words, ${THREAD_AT})
    }
  })
`

test('of thousands of races for an offered work, exactly one side wins each: it starts, or it is taken back', async () => {
  const claims = new Claims()
  const words = new Int32Array(new SharedArrayBuffer(8))
  const started = new Uint8Array(new SharedArrayBuffer(RACES + 1))
  const worker = new Worker(thread, {
    eval: true,
    workerData: {
      module: await builtModule('lane/claims.ts'),
      memory: claims.buffer,
      words,
      started,
    },
  })
  const exited = new Promise(resolve => worker.once('exit', resolve))
  // Blocks this thread, so that the test's own timeout could not end it.
  const waitForThread = (race: number): void => {
    for (let spins = 0; Atomics.load(words, THREAD_AT) < race; spins++) {
      if (spins > 15_000) throw new Error('the thread does not answer')
      if (spins > 1000) Atomics.wait(words, THREAD_AT, race - 1, 1)
    }
  }
  /** How many races had no winner, one, two. */
  const winners: [number, number, number] = [0, 0, 0]
  const end = performance.now() + LONGEST_MS
  for (let race = 1; race <= RACES && performance.now() < end; race++) {
    claims.offer(0, race)
    // From at once to later than the thread can be: somewhere between them both reach for it at the same time.
    for (let delay = race % 200; delay > 0; delay--) Atomics.load(words, NO_MORE)
    const revoked = claims.revoke(0, race)
    waitForThread(race)
    winners[(started[race] ?? 0) + (revoked ? 1 : 0)]!++
  }
  Atomics.store(words, NO_MORE, 1)
  await exited
  const [none, one, both] = winners
  expect({ none, both }).toEqual({ none: 0, both: 0 })
  expect(one).toBeGreaterThan(100)
})
