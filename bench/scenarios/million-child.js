/** In a process of its own: queues a million works with one contestant and prints what that cost. */

import { all, ours } from '../contestants/all.js'

const [, , name, end] = process.argv
const contestant = all.find(other => other.name === name)
const pool = await contestant.open(2)
// The others would take a quarter of a minute each.
const WORKS = name === ours.name ? 1_000_000 : 300_000

// Compiled, and their heap at its working size.
await Promise.all(Array.from({ length: 2000 }, () => pool.run('noop', [])))
const settle = () => new Promise(resolve => setTimeout(resolve, 50))
await settle()
gc()
const before = process.memoryUsage().heapUsed
// Behind these, nothing begins.
const busy = [pool.run('spin', [20_000]), pool.run('spin', [20_000])]
for (const work of busy) work.catch(() => {})
await settle()
// What the caller keeps is not the pool's: the array is there before.
const works = new Array(WORKS).fill(undefined)
const own = WORKS * 8
const start = performance.now()
for (let i = 0; i < WORKS; i++) works[i] = pool.run('noop', [])
const submitted = performance.now() - start
await settle()
gc()
const bytes = (process.memoryUsage().heapUsed - before - own) / WORKS
const found = { bytes, µs: (submitted / WORKS) * 1000 }
if (end === 'drain') {
  // Their threads are ended: the million goes on new ones.
  const drain = performance.now()
  for (const work of busy) await work.stop()
  await Promise.all(works)
  found.drained = (performance.now() - drain) / 1000
}
process.stdout.write(JSON.stringify(found), () => process.kill(process.pid, 'SIGKILL'))
