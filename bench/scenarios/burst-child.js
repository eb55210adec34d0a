/** In a process of its own: submits the burst to one contestant and prints how that went. */

import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'

const WORKS = 200_000
/** After that what is done by then counts: some need half a minute for all. */
const PATIENCE_MS = 3000

const [, , name] = process.argv
const pool = await all.find(other => other.name === name).open(THREADS)
// Compiled, and the heap at its working size, as far as everybody gets there in time.
for (let left = 20; left > 0; left--) await Promise.all(Array.from({ length: 1000 }, () => pool.run('noop', [])))
gc()

let isOver = false
let done = 0
const start = performance.now()
const works = new Array(WORKS)
for (let i = 0; i < WORKS; i++)
  works[i] = pool.run('noop', []).then(result => (result === undefined ? done++ : process.exit(1)))
const everything = Promise.all(works)
// From here on: submitting, and waiting for so many promises, is the caller's own.
const pause = longestPause(() => isOver)
await Promise.race([everything, new Promise(resolve => setTimeout(resolve, PATIENCE_MS))])
const seconds = (performance.now() - start) / 1000
isOver = true
const found = { 'works/s': done / seconds, pause: await pause }
// Nobody closes a pool that has 100,000 works left.
process.stdout.write(JSON.stringify(found), () => process.kill(process.pid, 'SIGKILL'))

/**
 * Ms of the longest gap between two turns of the event loop. Not by `monitorEventLoopDelay`, whose timer never fires, and
 * which therefore says 0, where the loop is held from the beginning to the end.
 */
async function longestPause(isOver) {
  let longest = 0
  let last = performance.now()
  while (!isOver()) {
    await new Promise(resolve => setImmediate(resolve))
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return longest
}
