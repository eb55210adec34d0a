/**
 * `npm run check`: what a change has to pass before its tests are worth running. Every step runs, whatever failed before it;
 * the end lists what failed, and how to mend it.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = (...files) => ['npx', 'vitest', 'run', '--typecheck.enabled=false', '--reporter=dot', ...files]
const update = file => `UPDATE=1 npx vitest run ${file} writes it anew; look at the difference before you commit it`

/** What each step looks at, how it does so, and what mends it. */
const STEPS = [
  ['the build and the types of src/', ['npm', 'run', 'build', '--silent'], 'correct what the compiler names above'],
  ['the types of test/', ['npx', 'tsc', '-p', 'test/tsconfig.json'], 'correct what the compiler names above'],
  ['the format', ['npx', '--yes', 'prettier@3.6.2', '--check', '--log-level=warn', '.'], 'npm run format'],
  [
    'who imports whom',
    vitest('test/architecture.test.ts'),
    'each line above says which import is wrong and where its name could stand; the table is test/support/rooms.ts',
  ],
  ['the page of the rooms', vitest('test/docs/rooms.test.ts'), update('test/docs/rooms.test.ts')],
  ['the page of the options', vitest('test/docs/options.test.ts'), update('test/docs/options.test.ts')],
  [
    'the names that users import',
    vitest('test/docs/public-names.test.ts'),
    'give the name a @group that typedoc.json lists; where a page or docstring names a constant of src/, say the number',
  ],
  ['the page of the guarantees', vitest('test/docs/guarantees.test.ts'), update('test/docs/guarantees.test.ts')],
  [
    'the diagrams of the states',
    vitest('test/unit/lifecycle-diagrams.test.ts'),
    'copy the diagram and the moves that the test prints into the page that it names',
  ],
  [
    'links and figures of the documentation',
    vitest('test/docs/links.test.ts', 'test/docs/figures.test.ts'),
    'correct the link, or the figure, in the page that is named above',
  ],
  [
    'the files of the package',
    vitest('test/docs/tarball.test.ts'),
    'package.json lists the files; a page among them may link to other files of the package only, and the README to none',
  ],
  [
    'the list of mutants',
    vitest('test/mutants/mutants.test.ts'),
    'the line that a mutant replaces has changed: let it make the same slip in the new line, in test/mutants/',
  ],
]

const failed = []
for (const [what, [command, ...args], mend] of STEPS) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${what}`)
  if (status === 0) continue
  console.log(`${stdout}${stderr}`.replace(/^/gm, '       '))
  failed.push([what, mend])
}
if (failed.length > 0) console.log('\nTo mend:')
for (const [what, mend] of failed) console.log(`- ${what}: ${mend}`)
process.exitCode = failed.length > 0 ? 1 : 0
