// @ts-check
/** Reads the command line. It knows nothing about files or threads. */

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Bytes measured without --all: a few seconds of work on one thread. */
const FIRST_BYTES = 40_000_000
/** Larger files are left out without --all: one that takes longer than all others together keeps one thread busy. */
const LARGEST_BYTES = 2_000_000
const MAX_THREADS = 64
const OWN_MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

export const USAGE = `Usage: npm run demo -- [folder] [--all] [--threads n]

Takes the SHA-256, gzip size and brotli size of every file below a folder,
on a pool of threads and then on the main thread. Shows how long each took,
and for how long it kept the main thread from anything else.

  folder         default: the node_modules of this project
  --all          every file; without it those of up to ${LARGEST_BYTES / 1e6} MB, the first
                 ${FIRST_BYTES / 1e6} MB of them in path order
  --threads n    1 to ${MAX_THREADS}; default: one per core (${availableParallelism()} here)
  --help         this text`

/** The command line is invalid; the message says why. */
export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {string} folder
 * @property {number} limit  number of bytes after which no further file is taken; Infinity with --all
 * @property {number} largest  size in bytes above which a file is left out; Infinity with --all
 * @property {number} threads
 * @property {boolean} help
 */

/**
 * @param {string[]} args  the arguments, without node and the script
 * @returns {Options}
 * @throws {UsageError}
 */
export function readOptions(args) {
  const { values, positionals } = parse(args)
  if (positionals.length > 1) throw new UsageError(`One folder at a time, not ${positionals.length}.`)
  const [folder = OWN_MODULES] = positionals
  if (folder === '') throw new UsageError('The name of the folder is empty.')
  return {
    folder,
    limit: values.all ? Infinity : FIRST_BYTES,
    largest: values.all ? Infinity : LARGEST_BYTES,
    threads: values.threads === undefined ? availableParallelism() : threadCount(values.threads),
    help: values.help,
  }
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        threads: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @param {string} text */
function threadCount(text) {
  const count = /^\d+$/.test(text) ? Number(text) : NaN
  if (count >= 1 && count <= MAX_THREADS) return count
  throw new UsageError(`--threads takes a whole number from 1 to ${MAX_THREADS}, not '${text}'.`)
}
