// @ts-check
/** Makes the text of the final report from the results of the runs. It prints nothing itself. */

import { extname } from 'node:path'
import { count, fixed, megabytes, percent, printable, seconds, several, table } from './table.js'

/** @typedef {import('./measure.js').Measured} Measured */
/** @typedef {import('./run.js').Run} Run */
/** @typedef {import('./walk.js').Unreadable} Unreadable */

const TYPES_SHOWN = 12
const UNREADABLE_SHOWN = 10

/** Share of the processors that a run must have had for its time to say something about the pool. */
const ENOUGH = 0.8

/**
 * @param {string} poolLabel
 * @param {Run} pool
 * @param {Run | undefined} main  undefined if this run never began
 */
export function timesTable(poolLabel, pool, main) {
  const rows = [['', 'files', 'MB', 'time', 'MB/s', 'processors', 'event loop busy', 'held up for at most']]
  rows.push(timesRow(poolLabel, pool))
  rows.push(main ? timesRow('main thread', main) : ['main thread', '–', '–', '–', '–', '–', '–', '–'])
  return table(rows)
}

/**
 * Says in words what the table shows.
 *
 * @param {Run} pool
 * @param {Run} main  it processed the same files
 * @param {number} processors  number of processors that the pool had work for
 */
export function conclusion(pool, main, processors) {
  const times =
    pool.processors >= ENOUGH * processors && main.processors >= ENOUGH
      ? `The pool was done ${fixed(main.ms / pool.ms, 2)} times as fast.`
      : `The times say little here: the pool had work for ${several(processors, 'processor')} and got ${fixed(pool.processors, 1)}, the main
thread got ${fixed(main.processors, 1)}. Other programs were running, the disk was slow, or there was too little to do.`
  return `With the pool, the event loop was busy for ${percent(pool.busy, 1)} of the time, so a server in this process would
have answered requests all along. Without it, each request would have waited for up to ${ms(main.heldUp)}.
${times}`
}

/** @param {number} duration */
function ms(duration) {
  return `${count(Math.ceil(duration))} ms`
}

/**
 * @param {string} label
 * @param {Run} run
 */
function timesRow(label, run) {
  const files = measured(run)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const speed = fixed(bytes / 1e3 / run.ms, 1)
  const processors = fixed(run.processors, 1)
  const mainThread = [percent(run.busy, 1), ms(run.heldUp)]
  return [label, count(files.length), megabytes(bytes), seconds(run.ms), speed, processors, ...mainThread]
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
