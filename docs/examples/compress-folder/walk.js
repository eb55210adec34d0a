// @ts-check
/** Which files there are, always in the same order. Opens none of them. */

import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** @typedef {{ path: string, name: string, size: number }} File  `name` is relative to the folder, with forward slashes */
/** @typedef {{ name: string, problem: string }} Unreadable  `problem` is an error code or a few words */

/**
 * @typedef {object} Listing
 * @property {File[]} files
 * @property {Unreadable[]} unreadable  folders, dangling links, and files that could not even be looked at
 * @property {number} bytes    of all `files`
 * @property {boolean} more    whether files were left out because of the limit
 */

/** What is wrong with the folder itself, in one line. */
export class FolderError extends Error {}

/** @type {Record<string, string>} */
const FOLDER_PROBLEMS = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder', EACCES: 'may not be read' }

/**
 * The files below `folder` in path order, up to and including the one that reaches `limit` bytes.
 *
 * @param {string} folder
 * @param {number} limit
 * @param {AbortSignal} signal  ends the listing early; what was found so far is returned
 * @returns {Promise<Listing>}
 * @throws {FolderError}
 */
export async function listFiles(folder, limit, signal) {
  /** @type {Listing} */
  const listing = { files: [], unreadable: [], bytes: 0, more: false }
  for await (const found of walk(folder)) {
    if (signal.aborted) break
    if ('problem' in found) {
      listing.unreadable.push(found)
    } else if (listing.bytes >= limit) {
      listing.more = true
      break
    } else {
      listing.files.push(found)
      listing.bytes += found.size
    }
  }
  return listing
}

/**
 * @param {string} folder
 * @returns {AsyncGenerator<File | Unreadable>}
 */
async function* walk(folder, prefix = '') {
  let entries
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    const problem = reason(error)
    if (prefix === '') throw new FolderError(`${folder} ${FOLDER_PROBLEMS[problem] ?? `cannot be read: ${problem}`}.`)
    yield { name: prefix, problem }
    return
  }
  for (const entry of entries.sort(byPath)) {
    const path = join(folder, entry.name)
    const name = prefix + entry.name
    if (entry.isDirectory()) yield* walk(path, `${name}/`)
    else if (entry.isFile()) yield await look(path, name)
    else if (entry.isSymbolicLink() && !(await leadsSomewhere(path))) yield { name, problem: 'dangling link' }
    // Other links are not followed: their target is counted where it is. Sockets and pipes have no end to read to.
  }
}

/**
 * A folder sorts as if its name ended in a slash, which makes the order of the walk the order of the whole paths.
 *
 * @param {import('node:fs').Dirent} a
 * @param {import('node:fs').Dirent} b
 */
function byPath(a, b) {
  return sortKey(a) < sortKey(b) ? -1 : 1
}

/** @param {import('node:fs').Dirent} entry */
function sortKey(entry) {
  return entry.isDirectory() ? `${entry.name}/` : entry.name
}

/**
 * @param {string} path
 * @param {string} name
 * @returns {Promise<File | Unreadable>}
 */
async function look(path, name) {
  try {
    return { path, name, size: (await lstat(path)).size }
  } catch (error) {
    return { name, problem: reason(error) }
  }
}

/** @param {string} link */
async function leadsSomewhere(link) {
  return stat(link).then(
    () => true,
    () => false,
  )
}

/**
 * The short name of a file system error: 'EACCES', 'ENOENT' …
 *
 * @param {unknown} error
 */
export function reason(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  return code ?? message
}
