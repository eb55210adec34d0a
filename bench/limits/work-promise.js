/**
 * What does a promise with the members of a handle cost, in each of the ways to make one? The floor is a plain promise.
 *
 * `node bench/limits/work-promise.js`: creates 1000 at a time, awaits each, then resolves them, as a burst of works does.
 * Prints ns for each promise, the best of many rounds. Differences below 10 % mean nothing.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A handle as in src/work/handle.ts, but for its `constructor`, which each way sets to its own. */
class Handle extends Promise {
  #record

  constructor(record) {
    super(resolve => (record.resolve = resolve))
    this.#record = record
  }

  get id() {
    return this.#record.id
  }
}

let resolveOfNext
const grab = resolve => (resolveOfNext = resolve)

/** One executor for all, which leaves what it gets in a variable. */
class GrabbingHandle extends Promise {
  #record

  constructor(record) {
    super(grab)
    record.resolve = resolveOfNext
    resolveOfNext = undefined
    this.#record = record
  }

  get id() {
    return this.#record.id
  }
}

/** Not a promise: an object that has one. `await` has to call its then(). */
class Thenable {
  #record
  #promise

  constructor(record) {
    this.#promise = new Promise(resolve => (record.resolve = resolve))
    this.#record = record
  }

  get id() {
    return this.#record.id
  }

  then(fulfilled, rejected) {
    return this.#promise.then(fulfilled, rejected)
  }
}

/** V8 then takes it for a plain promise: `await` uses it as it is, and then() makes plain promises. */
function asPromise(subclass) {
  Object.defineProperty(subclass.prototype, 'constructor', { value: Promise, writable: true, configurable: true })
  return record => new subclass(record)
}

/** V8 knows that it is a subclass. Its then() makes plain promises: otherwise it would call the constructor above. */
function asSubclass(subclass) {
  Object.defineProperty(subclass, Symbol.species, { value: Promise })
  return record => new subclass(record)
}

/** Each is called in a process of its own: what V8 learns from one must not slow down or speed up another. */
const ways = {
  'a plain promise': () => record => new Promise(resolve => (record.resolve = resolve)),
  'a subclass with Promise as its constructor (work/handle.ts)': () => asPromise(Handle),
  'the same, with one executor for all': () => asPromise(GrabbingHandle),
  'a subclass that V8 knows as one': () => asSubclass(Handle),
  'an object with a then()': () => record => new Thenable(record),
}

const BURST = 1000
const ROUNDS = 60
const BURSTS_A_ROUND = 50

/** Ns for each promise that is created, awaited and resolved. */
async function costOf(make) {
  let sum = 0
  const wait = async promise => {
    const value = await promise
    sum += value
  }
  const start = performance.now()
  for (let burst = 0; burst < BURSTS_A_ROUND; burst++) {
    const records = Array.from({ length: BURST }, (_, id) => ({ id, resolve: undefined }))
    const waits = records.map(record => wait(make(record)))
    for (const { id, resolve } of records) resolve(id)
    await Promise.all(waits)
  }
  const count = BURSTS_A_ROUND * BURST
  if (sum !== (count * (BURST - 1)) / 2) throw new Error('a promise has the wrong result')
  return ((performance.now() - start) * 1e6) / count
}

async function measure(make) {
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await costOf(make))
  console.log(best.toFixed(0))
}

function main() {
  console.log(`Node ${process.version}`)
  for (const way of Object.keys(ways)) {
    const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), way], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${way}: ended with ${status}`)
    console.log(`${stdout.trim().padStart(6)} ns  ${way}`)
  }
}

if (process.argv[2] === undefined) main()
else await measure(ways[process.argv[2]]())
