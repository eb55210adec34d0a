import { Pool, task } from 'threadcrew'
import { expect, test } from 'vitest'
import { Gate } from '../support/gate.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { stand } from '../support/tasks/gates.js'

test('an inline function runs on a thread and its result comes back', async () => {
  await using pool = new Pool({ total: 1 })
  expect(await pool.execute((a, b) => a + b, [2, 3])).toBe(5)
})

test('a work is queued until a thread takes it, then running, then done', async () => {
  await using pool = new Pool({ total: 1 })
  const gate = new Gate()
  const work = pool.execute(
    task<typeof stand<string>>(new URL('../support/tasks/gates.js', import.meta.url), 'stand'),
    [gate.buffer, 'passed'],
  )
  expect(work.status).toBe('queued')
  await gate.entered()
  expect(work.status).toBe('running')
  gate.open()
  expect(await work).toBe('passed')
  expect(work.status).toBe('done')
})

/** Blocks the event loop until a task has reached the gate. Returns 'timed-out' if none does. */
function blockUntilEntered(gate: Gate): 'entered' | 'timed-out' {
  const end = performance.now() + 20_000
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4))
  while (gate.count === 0) {
    if (performance.now() > end) return 'timed-out'
    Atomics.wait(nobodyWakes, 0, 0, 1)
  }
  return 'entered'
}

const enter = (gate: SharedArrayBuffer): void => {
  const words = new Int32Array(gate)
  Atomics.add(words, 1, 1)
  Atomics.wait(words, 0, 0)
}

test('a work begins on an idle thread while the code that submitted it still runs', async () => {
  await using pool = new Pool({ total: 2 })
  await pool.ready
  using gate = new ScopedGate()
  const work = pool.execute(enter, [gate.buffer])
  expect(blockUntilEntered(gate)).toBe('entered')
  using second = new ScopedGate()
  const next = pool.execute(enter, [second.buffer])
  expect(blockUntilEntered(second)).toBe('entered')
  gate.open()
  second.open()
  await Promise.all([work, next])
})

test('a work begins on a new pool while the code that created the pool still runs', async () => {
  await using pool = new Pool({ total: 1 })
  using gate = new ScopedGate()
  const work = pool.execute(enter, [gate.buffer])
  expect(blockUntilEntered(gate)).toBe('entered')
  gate.open()
  await work
})

test('a work begins in the reaction to another one, although the reaction goes on', async () => {
  await using pool = new Pool({ total: 1 })
  await pool.execute(() => {})
  using gate = new ScopedGate()
  const work = pool.execute(enter, [gate.buffer])
  expect(blockUntilEntered(gate)).toBe('entered')
  gate.open()
  await work
})
