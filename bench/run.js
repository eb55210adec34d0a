/**
 * `npm run bench [-- scenario …]`: asks each scenario its question, prints a table, and with `--save` writes
 * results/node-N.json, the same as a page, and the chart. `--check` compares the ratios of this run with those saved for
 * this version of Node, here or, with `--against FOLDER`, in another checkout.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { all } from './contestants/all.js'
import { chart } from './report/chart.js'
import { slower } from './report/check.js'
import { markdown } from './report/markdown.js'
import { measure, THREADS } from './report/measure.js'
import { table } from './report/table.js'
import { scenarios } from './scenarios.js'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    save: { type: 'boolean' },
    check: { type: 'boolean' },
    against: { type: 'string' },
  },
})
const unknown = positionals.filter(name => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  console.error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`)
  process.exit(2)
}
const rounds = flags.rounds === undefined ? undefined : Number(flags.rounds)
const wanted = positionals.length > 0 ? positionals : Object.keys(scenarios)

const versions = Object.fromEntries(all.map(({ name, version }) => [name, version]))
const settings = Object.fromEntries(all.map(({ name, setting }) => [name, setting]))
const machine = {
  node: process.version,
  cpu: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  platform: `${process.platform} ${process.arch}`,
}
console.log(`Node ${machine.node}, ${machine.cpu}, ${THREADS} threads; medians (least–greatest)`)
for (const { name, version, setting } of all) console.log(`  ${name} ${version}: ${setting}`)
console.log()

const outcome = {}
for (const name of wanted) {
  const started = performance.now()
  outcome[name] = await measure(scenarios[name], rounds)
  console.log(table(name, outcome[name]))
  console.log(`  (${((performance.now() - started) / 1000).toFixed(0)} s)\n`)
}

const folder = new URL('./results/', import.meta.url)
const saved = `node-${process.versions.node.split('.')[0]}`
const report = { date: new Date().toISOString().slice(0, 10), commit: commit(), machine, versions, settings, outcome }
if (flags.save === true) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(`${saved}.json`, folder), JSON.stringify(report, null, 1) + '\n')
  writeFileSync(new URL(`${saved}.md`, folder), markdown(report))
  for (const theme of ['light', 'dark']) writeFileSync(new URL(`chart-${theme}.svg`, folder), chart(report, theme))
}
if (flags.check === true) {
  const file =
    flags.against === undefined
      ? new URL(`${saved}.json`, folder)
      : resolve(process.env.INIT_CWD ?? '.', flags.against, 'bench/results', `${saved}.json`)
  const earlier = JSON.parse(readFileSync(file, 'utf8'))
  console.log(`compared with commit ${earlier.commit} of ${earlier.date}:`)
  const complaints = slower(earlier, report)
  for (const complaint of complaints) console.log(complaint)
  console.log(complaints.length === 0 ? 'nothing got slower' : `${complaints.length} ratios got worse`)
  process.exitCode = complaints.length === 0 ? 0 : 1
}

// Whatever a pool has left behind.
process.exit()

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined // not a checkout
  }
}
