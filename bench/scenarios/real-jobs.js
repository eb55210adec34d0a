/** Real jobs: how much faster than one thread is a pool at hashing and compressing, at parsing, and at pictures? */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'
import { timesTheBestPeer } from '../report/targets.js'
import * as tasks from '../tasks/tasks.js'

export const question = 'speed-up over the main thread alone'

const SIDE = 512
const files = filesBelow(fileURLToPath(new URL('../node_modules', import.meta.url)), 4_000_000)
const orders = Array.from({ length: 60 }, (_, n) => ordersOf(n))
const picture = Float64Array.from({ length: SIDE * SIDE }, (_, i) => (i * 2_654_435_761) % 256)

const JOBS = {
  'SHA-256 and gzip of files': {
    inputs: files,
    run: (pool, bytes) => pool.run('sha256AndGzip', [bytes]),
    alone: bytes => tasks.sha256AndGzip(bytes),
    digest: ([hash, length]) => hash + length,
  },
  'parsing orders': {
    inputs: orders,
    run: (pool, text) => pool.run('parseOrders', [text]),
    alone: text => tasks.parseOrders(text),
    digest: String,
  },
  'blurring moved pictures': {
    inputs: Array.from({ length: 24 }),
    run: (pool, _) => {
      const own = picture.slice()
      return pool.run('blurMoved', [own, SIDE], [own.buffer])
    },
    alone: _ => tasks.blur(picture.slice(), SIDE),
    digest: pixels => pixels.reduce((sum, value) => sum + value, 0).toFixed(3),
  },
}

export const figures = Object.fromEntries(Object.keys(JOBS).map(job => [job, { unit: '×', better: 'higher' }]))
export const rounds = 3

export function entrants() {
  return all.map(({ name, open }) => ({ name, open: () => open(THREADS), round, close: pool => pool.close() }))
}

export const targets = Object.keys(JOBS).map(job => timesTheBestPeer(job, 1))

async function round(pool) {
  const found = {}
  for (const [name, { inputs, run, alone, digest }] of Object.entries(JOBS)) {
    const began = performance.now()
    const expected = inputs.map(input => alone(input))
    const aloneMs = performance.now() - began
    const start = performance.now()
    const results = await Promise.all(inputs.map(input => run(pool, input)))
    found[name] = aloneMs / (performance.now() - start)
    results.forEach((result, i) => {
      if (digest(result) !== digest(expected[i])) throw new Error(`${name}: a result differs from that of one thread`)
    })
  }
  return found
}

function filesBelow(folder, most) {
  const found = []
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || bytes > most) continue
    // Its own memory, as a program that reads files has it.
    const content = new Uint8Array(readFileSync(join(entry.parentPath ?? entry.path, entry.name)))
    bytes += content.length
    found.push(content)
  }
  return found
}

function ordersOf(n) {
  return JSON.stringify(
    Array.from({ length: 400 }, (_, id) => ({
      id: n * 400 + id,
      customer: { name: `customer ${id}`, email: id % 50 === 0 ? 'nobody' : `customer.${id}@example.org` },
      lines: Array.from({ length: 1 + (id % 7) }, (_, line) => ({ count: line + 1, price: (id * 37) % 100 })),
    })),
  )
}
