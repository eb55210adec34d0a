/**
 * `npm run test:nodes [-- 22 24 test/threads]`: the suite, or a part of it, on several versions of Node, one after the other.
 * The binaries come from the registry, into node_modules; the built library is the same for all.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [versions, parts] = [/^\d+$/, /\D/].map(kind => process.argv.slice(2).filter(word => kind.test(word)))
const wanted = versions.length > 0 ? versions : ['20', '22', '24', '26']
const platform = `node-${process.platform}-${process.arch}`

const failed = []
for (const version of wanted) {
  const bin = binariesOf(version)
  console.log(`\n== Node ${version}: ${join(bin, 'node')}`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  // The types do not depend on who runs them.
  const told = join(root, `node_modules/.nodes/${version}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${told}`]
  const { status } = spawnSync(
    join(bin, 'node'),
    [vitest, 'run', '--typecheck.enabled=false', ...reporters, ...parts],
    {
      cwd: root,
      stdio: 'inherit',
      // Tests that start `node` get this one.
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` },
    },
  )
  if (status !== 0) failed.push({ version, what: failuresIn(told) })
}
for (const { version, what } of failed) console.log(`\n== failed on Node ${version}\n${what}`)
console.log(
  failed.length === 0
    ? `\ngreen on Node ${wanted.join(', ')}`
    : `\nfailed on Node ${failed.map(({ version }) => version).join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1

/** Where the newest Node of this major version lies; fetched where it does not yet. */
function binariesOf(version) {
  const folder = join(root, 'node_modules/.nodes', version)
  const bin = join(folder, 'node_modules', platform, 'bin')
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true })
    // Else npm would install into the project above.
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const args = ['install', '--no-save', '--no-audit', '--silent', `${platform}@${version}`]
    const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0 || !existsSync(join(bin, 'node')))
      throw new Error(`the registry has no ${platform}@${version}: run the suite with a Node of that version instead`)
  }
  return bin
}

/** Title and first error of each test that failed, so that the end of a long output says it again. */
function failuresIn(file) {
  if (!existsSync(file)) return 'the runner ended before it had told anything'
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'))
  const lines = testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message === '' ? [] : [`${name}: ${message}`]),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}\n    ${failureMessages[0]}`),
  ])
  return lines.length > 0 ? lines.join('\n') : 'no test failed: an error outside the tests, see above'
}
