/**
 * `node test/ecosystem/run.js [20 24] [name ...]`: threadcrew under the tools that people run it with, on these versions of
 * Node; without a version, on the one that runs this. The tools are installed here, from a package.json of their own; the
 * package is packed and unpacked beside them, as a user gets it. Each case is a command that has to end with code 0.
 */

import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binariesOf, environmentWith, OWN_VERSION, versionsAndWords } from '../support/node-binaries.js'
import { cases } from './cases.js'

/** Ms within which a case must have ended. */
const PATIENCE_MS = 120_000

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

const [given, words] = versionsAndWords(process.argv.slice(2))
const versions = given.length > 0 ? given : [OWN_VERSION]
const chosen = words.length === 0 ? cases : cases.filter(({ name }) => words.some(word => name.includes(word)))
if (chosen.length === 0) throw new Error(`no case has ${words.join(' or ')} in its name`)

install()
unpack()

const verdicts = []
for (const [index, version] of versions.entries()) verdicts.push(await runOn(version, index === 0))
console.log(`\n${verdicts.map(({ text }) => text).join('\n')}`)
process.exitCode = verdicts.every(({ isGood }) => isGood) ? 0 : 1

/** Runs the cases, as many at a time as there are processors, and reports each as it ends. */
async function runOn(version, isFirst) {
  const began = performance.now()
  const env = environmentWith(binariesOf(version), join(here, 'node_modules/.bin'))
  console.log(`\n== Node ${version}`)
  let [held, failed, left] = [0, 0, 0]
  const waiting = chosen.values()
  const serve = async () => {
    for (const one of waiting) {
      const reason = isFirst ? undefined : one.onlyOnce
      if (reason !== undefined) {
        left++
        console.log(`--     ${one.name}: ${reason}`)
      } else if (await holds(one, env)) held++
      else failed++
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, serve))
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const apart = left === 0 ? '' : `, ${left} not run for the reasons above`
  const text = `Node ${version}: ${held} cases hold, ${failed} do not${apart} (${seconds} s)`
  return { isGood: failed === 0, text }
}

/** Runs one case and tells how it ended, with the end of what it said if it did not hold. */
async function holds({ name, command: [program, ...args], env: more }, env) {
  const began = performance.now()
  const child = spawn(program, args, {
    cwd: here,
    env: { ...env, ...more, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text))
  const code = await new Promise(resolve => child.on('error', resolve).on('close', resolve))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (code !== 0) console.log(`${said || code}`.trim().slice(-6000).replace(/^/gm, '       '))
  return code === 0
}

/** Only where what is there is not what the lock file says. */
function install() {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8')
  const stamp = join(here, 'node_modules/.installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  run('npm', ['install', '--no-save', '--silent', '--no-audit', '--no-fund'], here)
  writeFileSync(stamp, lock)
}

/** What `npm install threadcrew` would put there; the tarball stays beside it, for the cases that look at it. */
function unpack() {
  const folder = mkdtempSync(join(tmpdir(), 'threadcrew-ecosystem-'))
  const place = join(here, 'node_modules/threadcrew')
  const packed = join(here, 'node_modules/.packed')
  try {
    run('npm', ['pack', '--silent', '--pack-destination', folder], root)
    const [tarball = ''] = readdirSync(folder)
    for (const made of [place, packed]) {
      rmSync(made, { recursive: true, force: true })
      mkdirSync(made, { recursive: true })
    }
    run('tar', ['-xzf', join(folder, tarball), '--strip-components=1'], place)
    copyFileSync(join(folder, tarball), join(packed, 'threadcrew.tgz'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${status}`)
}
