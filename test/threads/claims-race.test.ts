import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
// As it is built, because a thread of this test cannot load the source.
import { Claims, SLOTS } from '../../dist/lane/claims.js'

const ROUNDS = 400

/** Which round the thread stands ready for, which round has begun, which round it has finished. */
const READY = 0
const BEGUN = 1
const FINISHED = 2

/** Starts what it can of each round's works, and writes down which: one byte each. */
const thread = `
  const { module, memory, words, started } = require('node:worker_threads').workerData
  import(module).then(({ Claims, SLOTS }) => {
    const claims = new Claims(memory)
    for (let round = 1; round <= ${ROUNDS}; round++) {
      Atomics.store(words, ${READY}, round)
      Atomics.notify(words, ${READY})
      while (Atomics.load(words, ${BEGUN}) < round);
      for (let slot = 0; slot < SLOTS; slot++) {
        const serial = round * SLOTS + slot
        if (claims.start(slot, serial, 1)) started[serial] = 1
      }
      Atomics.store(words, ${FINISHED}, round)
      Atomics.notify(words, ${FINISHED})
    }
  })
`

test('of 200,000 races for a work, exactly one side wins each: it starts, or it is taken back', async () => {
  const claims = new Claims()
  const words = new Int32Array(new SharedArrayBuffer(12))
  const started = new Uint8Array(new SharedArrayBuffer((ROUNDS + 1) * SLOTS))
  const revoked = new Uint8Array((ROUNDS + 1) * SLOTS)
  const worker = new Worker(thread, {
    eval: true,
    workerData: { module: new URL('../../dist/lane/claims.js', import.meta.url).href, memory: claims.buffer, words, started },
  })
  const exited = new Promise(resolve => worker.once('exit', resolve))
  const waitFor = (index: number, round: number): void => {
    while (Atomics.load(words, index) < round) Atomics.wait(words, index, round - 1, 1000)
  }
  for (let round = 1; round <= ROUNDS; round++) {
    for (let slot = 0; slot < SLOTS; slot++) claims.offer(slot, round * SLOTS + slot)
    waitFor(READY, round)
    Atomics.store(words, BEGUN, round)
    // From either end: side by side with the thread, and towards it.
    for (let i = 0; i < SLOTS; i++) {
      const slot = round % 2 === 0 ? i : SLOTS - 1 - i
      const serial = round * SLOTS + slot
      if (claims.revoke(slot, serial)) revoked[serial] = 1
    }
    waitFor(FINISHED, round)
  }
  await exited
  const wins = Array.from(started, (start, serial) => start + (revoked[serial] ?? 0)).slice(SLOTS)
  expect(wins).toHaveLength(ROUNDS * SLOTS)
  expect(wins.filter(count => count !== 1)).toEqual([])
})
