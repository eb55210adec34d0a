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
        const ticket = round * SLOTS + slot
        if (claims.start(slot, ticket, 1)) started[ticket] = 1
      }
      Atomics.store(words, ${FINISHED}, round)
      Atomics.notify(words, ${FINISHED})
    }
  })
`

test('of 200,000 races for an offered work, exactly one side wins each: it starts, or it is taken back', async () => {
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
      const ticket = round * SLOTS + slot
      if (claims.revoke(slot, ticket)) revoked[ticket] = 1
    }
    waitFor(FINISHED, round)
  }
  await exited
  // How many had so many winners.
  const winners = [0, 0, 0]
  for (let ticket = SLOTS; ticket < started.length; ticket++) {
    winners[(started[ticket] ?? 0) + (revoked[ticket] ?? 0)]!++
  }
  expect(winners).toEqual([0, ROUNDS * SLOTS, 0])
})
