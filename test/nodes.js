/**
 * `npm run test:nodes [-- 22 24 test/threads]`: the suite, or a part of it, on several versions of Node, one after the other.
 * The built library is the same for all.
 *
 * Files with a test that failed run once more. What fails again fails the run. What passes then is reported at the end, with
 * what it said at first: a machine that stood still for a moment is no reason to turn a change away, and a test that fails
 * now and then is a reason to look for the interleaving.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binariesOf, environmentWith, NODES, versionsAndWords } from './support/node-binaries.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const [versions, parts] = versionsAndWords(process.argv.slice(2))
const wanted = versions.length > 0 ? versions : ['20', '22', '24', '26']

const reports = wanted.flatMap(version => {
  const first = run(version, parts)
  if (first.passed) return []
  // Where nothing says which files, it is all of them.
  const second = run(version, first.files.length > 0 ? first.files : parts)
  return [{ version, failed: !second.passed, text: second.passed ? first.text : second.text }]
})
const failed = reports.filter(report => report.failed)
for (const { version, failed, text } of reports)
  console.log(`\n== ${failed ? 'failed' : 'failed once, and passed the second time'}: Node ${version}\n${text}`)
console.log(
  failed.length === 0
    ? `\ngreen on Node ${wanted.join(', ')}`
    : `\nfailed on Node ${failed.map(({ version }) => version).join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1

/** Runs these tests. Returns whether they passed, and if not which files did not, and why. */
function run(version, files) {
  const bin = binariesOf(version)
  console.log(`\n== Node ${version}: ${join(bin, 'node')}`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const told = join(NODES, `${version}.json`)
  rmSync(told, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${told}`]
  // The types do not depend on who runs them.
  const args = [vitest, 'run', '--typecheck.enabled=false', ...reporters, ...files]
  const { status, signal } = spawnSync(join(bin, 'node'), args, {
    cwd: root,
    stdio: 'inherit',
    // Tests that start `node` get this one.
    env: environmentWith(bin),
  })
  return status === 0 ? { passed: true } : { passed: false, ...failuresIn(told, signal) }
}

/** Title and first error of each test that failed, and its file. */
function failuresIn(told, signal) {
  if (!existsSync(told)) return { files: [], text: `the runner ended before it had told anything (signal ${signal})` }
  const { testResults } = JSON.parse(readFileSync(told, 'utf8'))
  const files = testResults.filter(({ status }) => status === 'failed')
  const lines = files.flatMap(({ name, message, assertionResults }) => [
    ...(message === '' ? [] : [`${name}: ${message}`]),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}\n    ${withoutFrames(failureMessages[0])}`),
  ])
  const text = lines.length > 0 ? lines.join('\n') : 'no test failed: an error outside the tests, see above'
  return { files: files.map(({ name }) => name), text }
}

/** Frames of the runner say nothing. */
function withoutFrames(message = '') {
  return message
    .split('\n')
    .filter(line => !line.includes('/node_modules/'))
    .join('\n')
}
