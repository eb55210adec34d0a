/**
 * `node test/ecosystem/run.js [name ...]`: threadcrew under the tools that people run it with. The tools are installed here,
 * from a package.json of their own; the package is packed and unpacked beside them, as a user gets it. Each case is a
 * command that has to end with code 0.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cases } from './cases.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

install()
unpack()

const wanted = process.argv.slice(2)
const chosen = wanted.length === 0 ? cases : cases.filter(({ name }) => wanted.some(word => name.includes(word)))
if (chosen.length === 0) throw new Error(`no case has ${wanted.join(' or ')} in its name`)
const failed = []
for (const { name, command, env } of chosen) {
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), {
    cwd: here,
    encoding: 'utf8',
    env: { ...process.env, ...env, PATH: `${join(here, 'node_modules/.bin')}:${process.env['PATH']}`, NO_COLOR: '1' },
    timeout: 120_000,
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status === 0) continue
  failed.push(name)
  console.log(`${stdout}\n${stderr}`.trim().slice(-6000).replace(/^/gm, '       '))
}
console.log(`\n${chosen.length - failed.length} of ${chosen.length} cases hold on Node ${process.versions.node}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** Only where what is there is not what the lock file says. */
function install() {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8')
  const stamp = join(here, 'node_modules/.installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  run('npm', ['install', '--no-save', '--silent', '--no-audit', '--no-fund'], here)
  writeFileSync(stamp, lock)
}

/** What `npm install threadcrew` would put there. */
function unpack() {
  const folder = mkdtempSync(join(tmpdir(), 'threadcrew-ecosystem-'))
  const place = join(here, 'node_modules/threadcrew')
  try {
    run('npm', ['pack', '--silent', '--pack-destination', folder], root)
    const [tarball = ''] = readdirSync(folder)
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place, { recursive: true })
    run('tar', ['-xzf', join(folder, tarball), '--strip-components=1'], place)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${status}`)
}
