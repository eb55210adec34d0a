import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
// As it is built, because a thread of this test cannot load the source.
import { Claims, SLOTS } from '../../dist/lane/claims.js'

const ROUNDS = 400

/** Starts what it can of each round's works, and writes down which: one byte each. */
const thread = `
  const { workerData: { module, memory, words, started } } = require('node:worker_threads')
  import(module).then(({ Claims, SLOTS }) => {
    const claims = new Claims(memory)
    for (let round = 0; round < ${ROUNDS}; round++) {
      while (Atomics.load(words, 0) <= round);
      for (let slot = 0; slot < SLOTS; slot++) {
        if (claims.start(slot, round * SLOTS + slot, 1)) started[round * SLOTS + slot] = 1
      }
      Atomics.store(words, 1, round + 1)
      Atomics.notify(words, 1)
    }
  })
`

test('of 200,000 races for a work, exactly one side wins each: it starts, or it is taken back', async () => {
  const claims = new Claims()
  const words = new Int32Array(new SharedArrayBuffer(8))
  const started = new Uint8Array(new SharedArrayBuffer(ROUNDS * SLOTS))
  const revoked = new Uint8Array(ROUNDS * SLOTS)
  const worker = new Worker(thread, {
    eval: true,
    workerData: { module: new URL('../../dist/lane/claims.js', import.meta.url).href, memory: claims.buffer, words, started },
  })
  const exited = new Promise(resolve => worker.once('exit', resolve))
  for (let round = 0; round < ROUNDS; round++) {
    for (let slot = 0; slot < SLOTS; slot++) claims.offer(slot, round * SLOTS + slot)
    Atomics.store(words, 0, round + 1)
    // From both ends in turn, and in the first rounds alone: the thread has yet to load its module.
    for (let i = 0; i < SLOTS; i++) {
      const slot = round % 2 === 0 ? i : SLOTS - 1 - i
      if (claims.revoke(slot, round * SLOTS + slot)) revoked[round * SLOTS + slot] = 1
    }
    while (Atomics.load(words, 1) <= round) Atomics.wait(words, 1, round, 1000)
  }
  await exited
  const wins = Array.from(started, (start, i) => start + (revoked[i] ?? 0))
  expect(wins.filter(count => count !== 1)).toEqual([])
  // Else it was no race.
  expect(started.some(start => start === 1)).toBe(true)
  expect(revoked.some(revoke => revoke === 1)).toBe(true)
})
