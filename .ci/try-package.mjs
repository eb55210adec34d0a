/** Packs the project, installs the tarball in an empty folder, and uses it there as users would: ESM, CommonJS, types. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'threadcrew-package-'))
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const USE = `
  const pool = new Pool({ total: 1 })
  const sum = await pool.execute((a, b) => a + b, [2, 3])
  const host = await pool.execute(task('node:os', 'hostname'))
  await pool.stop()
  if (sum !== 5 || typeof host !== 'string') throw new Error(\`got \${sum} and \${host}\`)
  console.log('ok')
`

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder], root)
  const [tarball] = readdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  run('npm', ['install', '--silent', '--no-audit', `./${tarball}`])

  const programs = {
    'esm.mjs': `import { Pool, task } from 'threadcrew'\n${USE}`,
    'cjs.cjs': `const { Pool, task } = require('threadcrew')\nvoid (async () => {${USE}})()`,
    'both.cjs':
      `import('threadcrew').then(({ Pool }) => ` +
      `console.log(Pool === require('threadcrew').Pool ? 'ok' : 'two packages in one'))`,
  }
  for (const [name, source] of Object.entries(programs)) {
    writeFileSync(join(folder, name), source)
    const printed = run(process.execPath, [name]).trim()
    if (printed !== 'ok') throw new Error(`${name} printed ${printed}`)
    console.log(`${name}: ${printed}`)
  }

  // The types must be readable for a strict user who has no more than Node's own types.
  writeFileSync(
    join(folder, 'types.mts'),
    `import { Pool, type Work } from 'threadcrew'\nimport { context } from 'threadcrew/thread'\n` +
      `import { WorkerPool, type GroupWorker } from 'threadcrew/groups'\n` +
      `export const run = (worker: GroupWorker) => worker.jobs.send<number>('a')\nexport const groups = new WorkerPool()\n` +
      `const work: Work<number> = new Pool().execute((a, b) => a + b, [2, 3])\nexport { context, work }\n`,
  )
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const types = join(root, 'node_modules', '@types')
  run(process.execPath, [
    tsc,
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable',
    '--typeRoots',
    types,
    '--types',
    'node',
    'types.mts',
  ])
  console.log('types: ok')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
