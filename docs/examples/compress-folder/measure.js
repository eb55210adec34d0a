// @ts-check
/** The task: what is done with one file. Imported by the threads of the pool and by the main thread alike. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { reason } from './walk.js'

/** @typedef {{ path: string, bytes: number, sha256: string, gzip: number, brotli: number }} Measured  sizes in bytes */
/** @typedef {{ path: string, problem: string }} Failed */
/** @typedef {Measured | Failed} Outcome */

/**
 * Only the path comes in and a few numbers go out: the content never leaves the thread that reads it.
 *
 * Everything is synchronous, because a thread of the pool has nothing else to do meanwhile, and because the
 * asynchronous zlib would borrow further threads from Node and spoil the comparison.
 *
 * A file that cannot be read is expected now and then, so it is an outcome. A thrown error would end `pool.map()`.
 *
 * @param {string} path
 * @returns {Outcome}
 */
export function measure(path) {
  let content
  try {
    content = readFileSync(path)
  } catch (error) {
    return { path, problem: reason(error) }
  }
  return {
    path,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    gzip: gzipSync(content, { level: 6 }).length,
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length,
  }
}
