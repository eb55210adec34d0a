/**
 * `npm run bench [-- scenario]`: each scenario beside the limit it is measured against, in interleaved rounds of one run.
 * Prints medians and ratios. Only ratios within a run mean anything: machines differ, and so do two minutes of one machine.
 */

import { cpus } from 'node:os'
import { Pool } from 'threadcrew'
import { batches, openEcho, pingPong } from './limits/raw-port.js'
import * as closedLoop from './scenarios/closed-loop.js'
import * as oneAtATime from './scenarios/one-at-a-time.js'

const ROUNDS = 5
const THREADS = 2

const scenarios = {
  'closed-loop': {
    ...closedLoop,
    limit: 'raw port, batches of 256',
    runLimit: worker => batches(worker, 500_000),
    ratio: (ours, limit) => ours / limit,
  },
  'one-at-a-time': {
    ...oneAtATime,
    limit: 'raw port, ping-pong',
    runLimit: worker => pingPong(worker, 5000),
    ratio: (ours, limit) => ours / limit,
  },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  console.error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`)
  process.exit(2)
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]
const figure = value => (value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1))

console.log(
  `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${THREADS} threads, medians of ${ROUNDS} rounds\n`,
)
for (const [name, scenario] of Object.entries(scenarios)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const pool = new Pool({ total: THREADS })
  const worker = await openEcho()
  await pool.ready
  await scenario.run(pool, scenario.total / 10) // so that both sides are compiled
  const ours = []
  const limits = []
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await scenario.run(pool))
    limits.push(await scenario.runLimit(worker))
  }
  const ratio = scenario.ratio(median(ours), median(limits))
  console.log(
    `${name}: ${figure(median(ours))} ${scenario.unit} (${figure(Math.min(...ours))} to ${figure(Math.max(...ours))})`,
  )
  console.log(
    `  ${scenario.limit}: ${figure(median(limits))} ${scenario.unit === 'µs' ? 'µs' : 'items/s'}; ratio ${ratio.toFixed(2)}\n`,
  )
  await pool.stop()
  await worker.terminate()
}
