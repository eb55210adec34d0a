/**
 * `node bundlers/recipe.mjs HEADING [NUMBER] [ts]`: builds a program by the recipe that the documentation has under this
 * heading, takes the sources away, and runs what came out. With several commands under the heading, NUMBER says which; with
 * `ts` the sources are TypeScript.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const PAGE = fileURLToPath(new URL('../../../docs/guides/runners-and-bundlers.md', import.meta.url))
const SOURCES = fileURLToPath(new URL('sources', import.meta.url))

const here = fileURLToPath(new URL('..', import.meta.url))
const [heading = '', number = '0', extension = 'js'] = process.argv.slice(2)
const folder = join(here, 'node_modules/.out', `recipe-${heading}-${number}-${extension}`)
const section = readFileSync(PAGE, 'utf8')
  .split(/^###? /m)
  .find(part => part.startsWith(`${heading}\n`))
assert(section, `${PAGE} has no heading ${heading}`)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
copySources()
const [, file, config] = /<!-- file: (\S+) -->\n\n```js\n([^]*?)```/.exec(section) ?? []
if (file !== undefined) writeFileSync(join(folder, file), named(config))
const [command] = Array.from(section.matchAll(/^npx (.+)$/gm), ([, line]) => named(line)).slice(Number(number))
const isCommonJs = command?.includes('--format=cjs') === true
writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: isCommonJs ? 'commonjs' : 'module' }))

await build()
rmSync(join(folder, 'src'), { recursive: true })
const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/main.js'], { cwd: folder, encoding: 'utf8' })
assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '6 6\n', stderr: '' })
console.log('ok')

function copySources() {
  cpSync(SOURCES, join(folder, 'src'), { recursive: true })
  for (const name of extension === 'ts' ? ['main', 'heavy', 'parts/add'] : []) {
    const path = join(folder, 'src', `${name}.js`)
    // Something that no JavaScript has.
    writeFileSync(path.replace(/js$/, 'ts'), `${readFileSync(path, 'utf8')}\nexport type Name = '${name}'\n`)
    rmSync(path)
  }
}

/** A recipe with the names of the sources as they are. */
function named(recipe) {
  return recipe.replace(/(?<=src\/\w+)\.js/g, `.${extension}`)
}

async function build() {
  if (file === 'webpack.config.js') return await withWebpack()
  const commands = { 'rollup.config.js': 'rollup --config --silent', 'vite.config.js': 'vite build --logLevel warn' }
  const { status } = spawnSync(command ?? commands[file], { cwd: folder, stdio: 'inherit', shell: true })
  assert.equal(status, 0)
}

/** As `npx webpack` would, whose command line is a package of its own. */
async function withWebpack() {
  const { default: webpack } = await import('webpack')
  const { default: config } = await import(pathToFileURL(join(folder, file)).href)
  await new Promise((resolve, reject) =>
    webpack(
      { mode: 'production', context: folder, ...config, output: { path: join(folder, 'dist'), ...config.output } },
      (error, stats) => (error || stats.hasErrors() ? reject(error ?? new Error(stats.toString())) : resolve()),
    ),
  )
}
