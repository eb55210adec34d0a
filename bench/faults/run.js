/**
 * `npm run faults [-- scenario …]`: each fault with each pool in a process of its own, as a Markdown table. `--save` writes it
 * into docs/comparison.md. `--rounds N`: a cell is the worst of N rounds, 3 if not said; `--pool NAME`: with this one only.
 */

import { parseArgs } from 'node:util'
import { observe } from './observe.js'
import { all } from './pools/all.js'
import { report, save } from './report.js'
import { scenarios } from './scenarios.js'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    save: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    pool: { type: 'string', multiple: true },
  },
})
const rounds = Number(flags.rounds)
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds ${flags.rounds} is not a number of rounds`)
const wanted = positionals.length === 0 ? scenarios : positionals.map(name => find(scenarios, name, 'scenario'))
const pools = flags.pool === undefined ? all : flags.pool.map(name => find(all, name, 'pool'))
if (flags.save === true && (wanted !== scenarios || pools !== all)) refuse('only the whole table is saved')

const rows = []
for (const scenario of wanted) {
  const cells = []
  for (const pool of pools) cells.push(await worst(scenario, pool))
  rows.push({ title: scenario.title, cells })
  console.error(`${scenario.name}: ${cells.map(({ verdict }, n) => `${pools[n].name} ${verdict}`).join(', ')}`)
}
const text = report(rows, pools, rounds)
console.log(text)
if (flags.save === true) save(text)

/** What fails once has failed; what passes may have been lucky. */
async function worst(scenario, pool) {
  for (let round = 1; ; round++) {
    const found = await observe(scenario, pool)
    if (found.verdict === 'n/a' || (found.verdict === 'pass' && round === rounds)) return found
    if (found.verdict === 'pass') continue
    return round === 1 ? found : { ...found, note: `${found.note} (in round ${round} of ${rounds})` }
  }
}

function find(list, name, kind) {
  return (
    list.find(each => each.name === name) ??
    refuse(`no ${kind} ${name}; there are ${list.map(each => each.name).join(', ')}`)
  )
}

function refuse(why) {
  console.error(why)
  process.exit(2)
}
