/**
 * `npm run mutants [-- name...]`: breaks the engine on purpose, in one of the ways of `mutants.js` at a time, and looks
 * whether a test notices. All of it happens in a copy of the project in a temporary directory.
 *
 * First the copy has to pass as it is: else a failure would mean nothing. Then each mutant has the tests that it names
 * against it, and if they all pass, the whole suite; `--quick` leaves that out. A run that does not end counts as a
 * failure: a hang is what such a slip would look like to the user, too. The exit code is 1 if any mutant survives.
 */

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mutants } from './mutants.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** After which a run hangs. The tests that a mutant names take some seconds, the whole suite some minutes. */
const PATIENCE_MS = 60_000
const PATIENCE_WITH_ALL_MS = 900_000

/** What is not copied: what is installed, built or generated. */
const SKIPPED =
  /^(?:node_modules|dist|\.git|bench\/node_modules|docs\/reference\/api|test\/ecosystem\/node_modules)(?:\/|$)/
/** It looks for the text that a mutant replaces, so it would notice them all. */
const CHECK_OF_THE_LIST = 'test/mutants/**'

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' } },
})
const unknown = names.filter(name => !mutants.some(mutant => mutant.name === name))
if (unknown.length > 0) throw new Error(`no mutant is called ${unknown.join(', ')}`)
const chosen = names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name))

const folder = mkdtempSync(join(tmpdir(), 'threadcrew-mutants-'))
/** The run that is under way: the leader of a process group, to be ended with all that it has started. */
let group
process.on('exit', () => {
  endGroup()
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

copy()
build()
declare()
const named = [...new Set(chosen.flatMap(({ tests }) => tests))]
// Twice, if need be: a busy machine can fail a test with real threads.
const flaw = (await firstFailure(named, PATIENCE_WITH_ALL_MS)) && (await firstFailure(named, PATIENCE_WITH_ALL_MS))
if (flaw !== undefined) {
  console.log(`without any mutant: ${flaw}`)
  process.exit(2)
}
console.log(`${chosen.length} mutants; without any of them, what they name passes: ${named.join(', ')}`)

let survivors = 0
for (const mutant of chosen) console.log(await verdictOn(mutant))
console.log(survivors === 0 ? 'all were caught' : `${survivors} SURVIVED`)
process.exitCode = survivors === 0 ? 0 : 1

async function verdictOn({ name, file, find, replace, tests }) {
  const path = join(folder, file)
  const source = readFileSync(path, 'utf8')
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`${name}: ${file} has the text to be replaced ${parts.length - 1} times`)
  try {
    writeFileSync(path, parts.join(replace))
    const fits = build()
    let failure = await firstFailure(tests, PATIENCE_MS)
    let by = 'caught by'
    if (failure === undefined && !flags.quick) {
      failure = await firstFailure([], PATIENCE_WITH_ALL_MS)
      by = 'missed by its tests, caught by'
    }
    if (failure === undefined) survivors++
    const [file = ''] = /^test\/threads\/[^:]+/.exec(failure ?? '') ?? []
    // Then it may have been the machine: whoever reads the list should know.
    if (file !== '' && (await firstFailure([file], PATIENCE_MS)) === undefined) failure += ' (not when asked again)'
    return `${name}${fits ? '' : ' (a type error as well)'}: ${failure === undefined ? 'SURVIVED' : `${by} ${failure}`}`
  } finally {
    writeFileSync(path, source)
  }
}

function copy() {
  cpSync(root, folder, { recursive: true, filter: path => !SKIPPED.test(relative(root, path).replaceAll('\\', '/')) })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
}

/** Returns whether the types fit; the code is there in any case. */
function build() {
  const run = (tool, ...options) =>
    spawnSync(process.execPath, [join(folder, 'node_modules', tool), ...options], { cwd: folder }).status === 0
  const isBuilt = run('vite/bin/vite.js', 'build', '--config', 'vitest.config.ts', '--emptyOutDir=false')
  if (!isBuilt) throw new Error('a mutant must be JavaScript at least')
  return run(
    'typescript/bin/tsc',
    '-p',
    'tsconfig.json',
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    '.tsbuildinfo',
  )
}

/**
 * Writes the declarations, once and for the code without mutants: without them, tests of the documentation would fail, and
 * seem to catch every mutant.
 */
function declare() {
  for (const script of ['node_modules/typescript/bin/tsc', 'build/require-types.js']) {
    const { status } = spawnSync(process.execPath, [join(folder, script)], { cwd: folder })
    if (status !== 0) throw new Error(`${script} ended with code ${status}`)
  }
}

/** What fails first in these test files, or in all: the title of a test, mostly. Undefined if nothing does. */
function firstFailure(tests, patienceMs) {
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
  const options = ['--typecheck.enabled=false', '--reporter=./test/mutants/reporter.js', '--bail=1']
  const child = spawn(process.execPath, [vitest, 'run', ...options, `--exclude=${CHECK_OF_THE_LIST}`, ...tests], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true, // a group of its own
  })
  group = child.pid
  return new Promise(resolve => {
    const underWay = new Set()
    let failure
    const end = what => {
      failure ??= what
      endGroup()
    }
    const patience = setTimeout(
      () => end(`a hang, in ${[...underWay].join(' or ') || 'a test that could not say so'}`),
      patienceMs,
    )
    createInterface(child.stdout).on('line', line => {
      const { begun, ended, failed } = newsIn(line)
      if (begun !== undefined) underWay.add(begun)
      underWay.delete(ended)
      if (failed !== undefined) end(failed)
    })
    // When it is gone and its last line is read.
    child.on('close', (code, signal) => {
      clearTimeout(patience)
      group = undefined
      resolve(failure ?? (code === 0 ? undefined : `the end of the tests with ${signal ?? `code ${code}`}`))
    })
  })
}

/** Tests print lines of their own. */
function newsIn(line) {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}

function endGroup() {
  if (group === undefined) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}
