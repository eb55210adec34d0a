/**
 * `npm run storm:groups [-- seed] [--seeds 10] [--jobs 20000]`: reactors, a service and the main thread send jobs to three
 * groups, while an adversary kills workers of every group, restarts, scales and blocks. At the end everything is accounted
 * for: each job settled once, begun no more often than it may be, with a fate that its kind and what was done to it allow; all
 * places free, all workers back, no thread, handle or listener left. A seed repeats its decisions, though not what the threads
 * make of them.
 */

import { parseArgs } from 'node:util'
import { Round } from './round.js'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '1' }, jobs: { type: 'string', default: '20000' } },
})
const several = Number(flags.seeds)
const first = Number(positionals[0] ?? (several > 1 ? 1 : Math.floor(Math.random() * 2 ** 31)))
const sums = { jobs: 0, kills: 0, restarts: 0, threads: 0, complaints: 0, seconds: 0 }
for (let seed = first; seed < first + several; seed++) {
  const figures = await new Round(seed, Number(flags.jobs)).run()
  for (const key of Object.keys(sums)) sums[key] += figures[key]
}
if (several > 1) console.log(`${several} seeds: ${JSON.stringify({ ...sums, seconds: Math.round(sums.seconds) })}`)
if (sums.complaints > 0) process.exitCode = 1
