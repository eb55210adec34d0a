/** Where other versions of Node lie: they come from the registry, into node_modules. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const platform = `node-${process.platform}-${process.arch}`

/** The major version that runs this. */
export const [OWN_VERSION = ''] = process.versions.node.split('.')

/** What the runs with other versions may leave there. */
export const NODES = join(root, 'node_modules/.nodes')

/**
 * The folder of a Node of this major version, such as `'24'`: of the one that runs this, if it is of that version, otherwise
 * of the newest, which is fetched if it is not there yet.
 */
export function binariesOf(version) {
  if (version === OWN_VERSION) return dirname(process.execPath)
  const folder = join(NODES, version)
  const bin = join(folder, 'node_modules', platform, 'bin')
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true })
    // Else npm would install into the project above.
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const args = ['install', '--no-save', '--no-audit', '--silent', `${platform}@${version}`]
    const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0 || !existsSync(join(bin, 'node')))
      throw new Error(`the registry has no ${platform}@${version}: run this with a Node of that version instead`)
  }
  return bin
}

/** `process.env` for a child process whose own children, too, shall find these binaries first. */
export function environmentWith(...folders) {
  return { ...process.env, PATH: [...folders, process.env['PATH']].join(delimiter) }
}

/** The versions and the other words of a command line, such as `22 24 test/threads`. */
export function versionsAndWords(args) {
  return [/^\d+$/, /\D/].map(kind => args.filter(word => kind.test(word)))
}
