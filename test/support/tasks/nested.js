/** Tasks that make a pool of their own inside a thread of the pool that runs them. */

import { threadId } from 'node:worker_threads'
import { Pool } from 'threadcrew'

/** Squares the numbers on an inner pool, stops it, and says where all this happened. */
export async function squareInside(numbers) {
  const inner = new Pool({ total: 2 })
  const squares = await Promise.all(numbers.map(n => inner.execute(x => x * x, [n])))
  const threads = new Set(
    await Promise.all(numbers.map(() => inner.execute(async () => (await import('node:worker_threads')).threadId))),
  )
  const statuses = await inner.stop()
  return { squares, outer: threadId, inner: [...threads], state: inner.state, left: statuses.size }
}

/** An inner thread loops for ever, another one crashes; the inner pool is stopped hot. */
export async function troubleInside() {
  const inner = new Pool({ total: 2 })
  const looping = inner.execute(() => {
    for (;;);
  })
  const crashing = inner.execute(() => process.exit(5))
  const crash = await crashing.catch(error => error)
  await inner.stop(true)
  const loop = await looping.catch(error => error)
  return { outer: threadId, crash: crash.code, exitCode: crash.exitCode, loop: loop.code }
}

/** Leaves an inner pool behind, with an idle thread and one that runs a work for ever. */
export async function leavePoolBehind() {
  const inner = (globalThis.leftBehind = new Pool({ total: 2 }))
  const forever = inner.execute(() => new Promise(() => setInterval(() => {}, 1000)))
  forever.catch(() => {})
  return inner.execute(() => 'inner')
}
