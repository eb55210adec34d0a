// @ts-check
/** The task: measures one file. The pool's threads and the main thread both import it. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { reason } from './walk.js'

/** @typedef {{ path: string, bytes: number, sha256: string, gzip: number, brotli: number }} Measured  sizes in bytes */
/** @typedef {{ path: string, problem: string }} Failed */
/** @typedef {Measured | Failed} Outcome */

/**
 * Takes only the path and returns a few numbers: the content never leaves the thread that reads it.
 *
 * All calls are synchronous, because a thread of the pool has nothing else to do in the meantime, and because
 * asynchronous zlib would use additional threads of Node and distort the comparison.
 *
 * Some files cannot be read, and that is expected. So it is a normal outcome: a thrown error would end `pool.map()`.
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
