// @ts-check
/** Makes the text of the final report from the results of the runs. It prints nothing itself. */

import { extname } from 'node:path'
import { count, fixed, megabytes, percent, printable, seconds, table } from './table.js'

/** @typedef {import('./measure.js').Measured} Measured */
/** @typedef {import('./run.js').Run} Run */
/** @typedef {import('./walk.js').Unreadable} Unreadable */

const TYPES_SHOWN = 12
const UNREADABLE_SHOWN = 10

/**
 * @param {string} poolLabel
 * @param {Run} pool
 * @param {Run | undefined} main  undefined if this run never began
 * @param {boolean} complete  whether both runs processed all files; otherwise their times cannot be compared
 */
export function timesTable(poolLabel, pool, main, complete) {
  const rows = [['', 'files', 'MB', 'time', 'MB/s'], timesRow(poolLabel, pool)]
  rows.push(main ? timesRow('main thread', main) : ['main thread', '–', '–', '–', '–'])
  if (main && complete) rows.push(['speed-up', '', '', `${fixed(main.ms / pool.ms, 2)} ×`, ''])
  return table(rows)
}

/**
 * @param {string} label
 * @param {Run} run
 */
function timesRow(label, run) {
  const files = measured(run)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return [label, count(files.length), megabytes(bytes), seconds(run.ms), fixed(bytes / 1e3 / run.ms, 1)]
}

/**
 * Shows how well each type of file compresses, with the types that have the most bytes first.
 *
 * @param {Run} run
 */
export function typesTable(run) {
  /** @type {Map<string, Sum>} */
  const types = new Map()
  for (const file of measured(run)) {
    const type = extname(file.path).toLowerCase() || '(none)'
    const sum = types.get(type) ?? emptySum()
    add(sum, { files: 1, ...file })
    types.set(type, sum)
  }
  const ranked = [...types].sort(([a, x], [b, y]) => y.bytes - x.bytes || (a < b ? -1 : 1))
  const others = emptySum()
  for (const [, sum] of ranked.slice(TYPES_SHOWN)) add(others, sum)
  const all = emptySum()
  for (const [, sum] of ranked) add(all, sum)

  const rows = [['type', 'files', 'MB', 'gzip', 'brotli']]
  for (const [type, sum] of ranked.slice(0, TYPES_SHOWN)) rows.push(typesRow(type, sum))
  if (others.files > 0) rows.push(typesRow('others', others))
  rows.push(typesRow('all', all))
  return table(rows)
}

/** @typedef {{ files: number, bytes: number, gzip: number, brotli: number }} Sum */

/** @returns {Sum} */
function emptySum() {
  return { files: 0, bytes: 0, gzip: 0, brotli: 0 }
}

/**
 * @param {Sum} sum
 * @param {Sum} more
 */
function add(sum, more) {
  sum.files += more.files
  sum.bytes += more.bytes
  sum.gzip += more.gzip
  sum.brotli += more.brotli
}

/**
 * @param {string} type
 * @param {Sum} sum
 */
function typesRow(type, { files, bytes, gzip, brotli }) {
  return [printable(type), count(files), megabytes(bytes), percent(gzip, bytes), percent(brotli, bytes)]
}

/** @param {readonly Unreadable[]} unreadable  at least one */
export function unreadableList(unreadable) {
  const shown = unreadable.slice(0, UNREADABLE_SHOWN).map(({ name, problem }) => `  ${printable(name)}  ${problem}`)
  const rest = unreadable.length - shown.length
  if (rest > 0) shown.push(`  … and ${count(rest)} more`)
  return [`Not readable: ${count(unreadable.length)}`, ...shown].join('\n')
}

/**
 * @param {Run} run
 * @returns {Measured[]}
 */
export function measured(run) {
  return [...run.outcomes.values()].flatMap(outcome => ('problem' in outcome ? [] : [outcome]))
}
