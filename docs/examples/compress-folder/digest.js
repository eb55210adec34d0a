// @ts-check
/** Compares two runs by one digest each. */

import { createHash } from 'node:crypto'

/** @typedef {import('./run.js').Run} Run */
/** @typedef {import('./walk.js').File} File */

/**
 * @typedef {object} Comparison
 * @property {number} files  number of files measured by both runs; only these are compared
 * @property {string} pool   digest of the pool's run, see {@link digest}
 * @property {string} main   digest of the main thread's run
 * @property {string[]} different  names of the files for which the runs differ
 */

/**
 * @param {readonly File[]} files
 * @param {Run} pool
 * @param {Run} main
 * @returns {Comparison}
 */
export function compare(files, pool, main) {
  const shared = files.filter(({ path }) => sha256(pool, path) && sha256(main, path))
  return {
    files: shared.length,
    pool: digest(shared, pool),
    main: digest(shared, main),
    different: shared.filter(({ path }) => sha256(pool, path) !== sha256(main, path)).map(({ name }) => name),
  }
}

/**
 * SHA-256 over one line per measured file, in path order. A line has the file's own SHA-256, two spaces, and its name.
 * `sha256sum` prints the same lines, so a shell can compute the same digest; README.md shows how.
 *
 * @param {readonly File[]} files
 * @param {Run} run
 */
export function digest(files, run) {
  const hash = createHash('sha256')
  for (const { path, name } of files) {
    const own = sha256(run, path)
    if (own) hash.update(`${own}  ${name}\n`)
  }
  return hash.digest('hex')
}

/**
 * @param {Run} run
 * @param {string} path
 */
function sha256(run, path) {
  const outcome = run.outcomes.get(path)
  return outcome && 'sha256' in outcome ? outcome.sha256 : undefined
}
