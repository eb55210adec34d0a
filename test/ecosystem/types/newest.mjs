/** `node types/newest.mjs`: the program of types/require, compiled where the newest types of Node are installed. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const folder = join(here, 'node_modules/.out/types-newest')

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
cpSync(join(here, 'types/require'), folder, { recursive: true })
// Copies, since the compiler would follow links to where the other types of Node are.
for (const [name, from = name] of [['threadcrew'], ['eventemitter3'], ['nanoid'], ['@types/node', 'node-types-newest']])
  cpSync(join(here, 'node_modules', from), join(folder, 'node_modules', name), { recursive: true })

const { status, stdout } = spawnSync(
  process.execPath,
  [join(here, 'node_modules/typescript/bin/tsc'), '-p', '.', '--module', 'nodenext'],
  { cwd: folder, encoding: 'utf8' },
)
assert.deepEqual({ status, stdout }, { status: 0, stdout: '' })
console.log('ok')
