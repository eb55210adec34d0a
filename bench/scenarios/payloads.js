/** How many megabytes per second go through a pool and back, as objects, as copied buffers and as moved ones? */

import { all } from '../contestants/all.js'
import { openEcho } from '../limits/raw-port.js'
import { THREADS } from '../report/measure.js'
import { against, timesTheBestPeer } from '../report/targets.js'

export const question = 'MB/s there and back, four under way'

const LIMIT = 'raw port'
const DURATION_MS = 150
const UNDER_WAY = 4

/** An array of records, about so many bytes of JSON. */
const records = bytes =>
  Array.from({ length: bytes / 64 }, (_, id) => ({ id, name: `record ${id}`, tags: ['a', 'b'], ok: true }))

const LOADS = [
  { figure: '1 KB object', bytes: 2 ** 10, make: records },
  { figure: '64 KB object', bytes: 2 ** 16, make: records },
  { figure: '1 MB object', bytes: 2 ** 20, make: records },
  { figure: '1 KB buffer', bytes: 2 ** 10, make: bytes => new Uint8Array(bytes) },
  { figure: '64 KB buffer', bytes: 2 ** 16, make: bytes => new Uint8Array(bytes) },
  { figure: '1 MB buffer', bytes: 2 ** 20, make: bytes => new Uint8Array(bytes) },
  { figure: '64 MB moved', bytes: 2 ** 26, make: bytes => new ArrayBuffer(bytes), isMoved: true },
]

export const figures = Object.fromEntries(LOADS.map(({ figure }) => [figure, { unit: '', better: 'higher' }]))
export const rounds = 3

export function entrants() {
  return [
    ...all.map(({ name, open }) => ({
      name,
      open: () => open(THREADS),
      round: pool =>
        round((value, isMoved) => (isMoved ? pool.run('echoMoved', [value], [value]) : pool.run('echo', [value]))),
      close: pool => pool.close(),
    })),
    { name: LIMIT, open: () => openEcho(THREADS), round: echoes => round(sender(echoes)), close: e => e.close() },
  ]
}

export const targets = LOADS.flatMap(({ figure }) => [
  timesTheBestPeer(figure, 1),
  against(LIMIT, figure, 'at least', 0.9),
])

async function round(send) {
  const found = {}
  for (const { figure, bytes, make, isMoved = false } of LOADS) {
    // Each has its own: one object twice in a message would be sent once. What was moved is gone, and what comes back goes on.
    const values = Array.from({ length: UNDER_WAY }, () => make(bytes))
    const start = performance.now()
    let done = 0
    const chain = async value => {
      const size = value.byteLength ?? value.length
      let own = value
      do {
        const back = await send(own, isMoved)
        if ((back.byteLength ?? back.length) !== size) throw new Error('the wrong size')
        if (isMoved) own = back
        done++
      } while (performance.now() - start < DURATION_MS)
    }
    await Promise.all(values.map(chain))
    found[figure] = (done * bytes * 2) / 1e6 / ((performance.now() - start) / 1000)
  }
  return found
}

/** Sends to the threads in turn, each of which answers in order. */
function sender({ workers }) {
  const open = workers.map(() => [])
  workers.forEach((worker, i) => worker.removeAllListeners('message').on('message', value => open[i].shift()(value)))
  let turn = 0
  return (value, isMoved) =>
    new Promise(resolve => {
      const i = turn++ % workers.length
      open[i].push(resolve)
      workers[i].postMessage(value, isMoved ? [value] : undefined)
    })
}
