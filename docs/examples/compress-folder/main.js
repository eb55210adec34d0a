// @ts-check
/** Runs the whole demo: lists the files, measures them twice, compares the runs, reports. */

import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { compare, digest } from './digest.js'
import { stopOnInterrupt } from './interrupt.js'
import { readOptions, USAGE, UsageError } from './options.js'
import { startProgress } from './progress.js'
import { conclusion, measured, timesTable, typesTable, unreadableList } from './report.js'
import { onMainThread, onPool } from './run.js'
import { count, megabytes, printable, several } from './table.js'
import { FolderError, listFiles } from './walk.js'

/** @typedef {import('./run.js').Run} Run */
/** @typedef {import('./walk.js').File} File */
/** @typedef {import('./walk.js').Unreadable} Unreadable */

process.exitCode = await main(process.argv.slice(2))

/**
 * @param {string[]} args
 * @returns {Promise<number>}  the exit code
 */
async function main(args) {
  try {
    const options = readOptions(args)
    if (options.help) {
      console.log(USAGE)
      return 0
    }
    return await demo(options)
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`)
      return 2
    }
    if (error instanceof FolderError) {
      console.error(error.message)
      return 1
    }
    throw error
  }
}

/** @param {import('./options.js').Options} options */
async function demo({ folder, limit, largest, threads }) {
  const stop = stopOnInterrupt()
  const { files, unreadable, bytes, more } = await listFiles(folder, limit, largest, stop)
  const place = printable(resolve(folder))
  if (stop.aborted) {
    console.log('Stopped before the first file.')
    return 130
  }
  if (files.length === 0) {
    console.log(more ? `All files in ${place} are large; --all takes them.` : `There are no files in ${place}.`)
    if (unreadable.length > 0) console.log(`\n${unreadableList(unreadable)}`)
    return 0
  }

  console.log(more ? `${place}, ${megabytes(bytes)} MB of it (--all takes everything)` : place)
  console.log(
    `SHA-256, gzip 6 and brotli 5 of ${several(files.length, 'file')}, first on the pool, then on the main thread\n`,
  )

  // The pool runs first: if the disk is cold, the pool pays for that, and the main thread finds the files in memory.
  // Largest files first: otherwise one large file, begun last, could keep one thread busy while the others idle.
  const queue = files.toSorted((a, b) => b.size - a.size)
  const poolLabel = `pool, ${several(threads, 'thread')}`
  const mainLabel = 'main thread'.padEnd(poolLabel.length)
  const pool = await withProgress(poolLabel, queue, bytes, tick => onPool(queue, threads, stop, tick))
  const main = stop.aborted
    ? undefined
    : await withProgress(mainLabel, queue, bytes, tick => onMainThread(queue, stop, tick))

  const complete = main !== undefined && pool.taken === files.length && main.taken === files.length
  if (!complete) console.log('\nStopped. So far:')
  console.log(`\n${timesTable(poolLabel, pool, main)}`)
  if (complete) console.log(`\n${conclusion(pool, main, Math.min(threads, availableParallelism()))}`)
  const agreed = tellDigest(files, pool, main)
  if (measured(pool).length > 0) console.log(`\n${typesTable(pool)}`)
  const failed = [...unreadable, ...failures(files, main ? [pool, main] : [pool])]
  if (failed.length > 0) console.log(`\n${unreadableList(failed)}`)

  if (!agreed) return 1
  return stop.aborted ? 130 : 0
}

/**
 * @param {string} label
 * @param {readonly File[]} files
 * @param {number} bytes
 * @param {(tick: (outcome: import('./measure.js').Outcome) => void) => Promise<Run>} start
 */
async function withProgress(label, files, bytes, start) {
  const sizes = new Map(files.map(({ path, size }) => [path, size]))
  const progress = startProgress(label, bytes, process.stdout)
  const run = await start(({ path }) => progress.advance(sizes.get(path) ?? 0))
  progress.end()
  return run
}

/**
 * Prints and returns whether both runs gave the same digest and the pool answered for every file it took.
 *
 * @param {readonly File[]} files
 * @param {Run} pool
 * @param {Run | undefined} main
 */
function tellDigest(files, pool, main) {
  if (pool.outcomes.size !== pool.taken) {
    console.log(`\nThe pool took ${several(pool.taken, 'file')} and answered for ${count(pool.outcomes.size)}.`)
    return false
  }
  if (main === undefined) {
    console.log(`\ndigest  ${digest(files, pool)}  (pool only)`)
    return true
  }
  const both = compare(files, pool, main)
  if (both.pool === both.main) {
    console.log(`\ndigest  ${both.pool}  (the same both ways, ${several(both.files, 'file')})`)
    return true
  }
  console.log(`\ndigest  ${both.pool}  (pool)\n        ${both.main}  (main thread)`)
  console.log(
    `Different: ${several(both.different.length, 'file')}, first ${printable(both.different[0] ?? '')}; changed meanwhile?`,
  )
  return false
}

/**
 * Returns the files that could be listed but not read, each one once.
 *
 * @param {readonly File[]} files
 * @param {readonly Run[]} runs
 * @returns {Unreadable[]}
 */
function failures(files, runs) {
  return files.flatMap(({ path, name }) => {
    const failed = runs.map(run => run.outcomes.get(path)).find(outcome => outcome && 'problem' in outcome)
    return failed && 'problem' in failed ? [{ name, problem: failed.problem }] : []
  })
}
