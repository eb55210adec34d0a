// @ts-check
/** Lists the files of a folder, always in the same order. It opens none of them. */

import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** @typedef {{ path: string, name: string, size: number }} File  `name` is relative to the folder, with forward slashes */
/** @typedef {{ name: string, problem: string }} Unreadable  `problem` is an error code or a few words */

/**
 * @typedef {object} Listing
 * @property {File[]} files
 * @property {Unreadable[]} unreadable  folders and files whose metadata could not be read, and dangling links
 * @property {number} bytes    total size of `files`
 * @property {boolean} more    whether files were left out because of a limit
 */

/** Something is wrong with the folder itself; the message says what, in one line. */
export class FolderError extends Error {}

/** @type {Record<string, string>} */
const FOLDER_PROBLEMS = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder', EACCES: 'may not be read' }

/**
 * Lists the files in `folder` and its subfolders in path order, up to and including the one that reaches `limit` bytes.
 * Files above `largest` bytes are left out.
 *
 * @param {string} folder
 * @param {number} limit
 * @param {number} largest
 * @param {AbortSignal} signal  ends the listing early; the files found so far are returned
 * @returns {Promise<Listing>}
 * @throws {FolderError}
 */
export async function listFiles(folder, limit, largest, signal) {
  /** @type {Listing} */
  const listing = { files: [], unreadable: [], bytes: 0, more: false }
  for await (const found of walk(folder)) {
    if (signal.aborted) break
    if ('problem' in found) {
      listing.unreadable.push(found)
    } else if (found.size > largest) {
      listing.more = true
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
    // Other links are not followed: a target in the folder is listed anyway. Sockets and pipes would never end.
  }
}

/**
 * Sorts a folder as if its name ended in a slash, so that the walk visits files in the order of their whole paths.
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
 * Returns the short name of a file system error: 'EACCES', 'ENOENT' …
 *
 * @param {unknown} error
 */
export function reason(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  return code ?? message
}
