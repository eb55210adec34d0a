/** `node bundlers/build.mjs TOOL PROGRAM`: builds the program with the tool and runs what came out. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const [tool = '', program = ''] = process.argv.slice(2)
const entry = join(here, 'programs', program)
const folder = join(here, 'node_modules/.out', `${tool}-${program}`)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
/** Whether the package stays outside, as the docs advise. */
const external = program === 'bundled.js' ? [] : ['threadcrew']

const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: here, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ended with code ${status}`)
}
const runBuilt = file => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], { encoding: 'utf8' })
  console.log(`${stdout}${stderr}`)
  // The package within the bundle cannot run; what it says has to help.
  const isRight = external.length > 0 ? status === 0 : `${stdout}${stderr}`.includes('mark threadcrew as external')
  process.exitCode = isRight ? 0 : 1
}
const asModule = () => writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
const asCommonJs = () => writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }')

async function withWebpack(options) {
  const { default: webpack } = await import('webpack')
  const externals = external.length > 0 ? { threadcrew: 'commonjs threadcrew' } : {}
  await new Promise((resolve, reject) =>
    webpack(
      { ...options, target: 'node20', entry, output: { path: folder, filename: 'out.cjs' }, externals },
      (error, stats) => (error || stats.hasErrors() ? reject(error ?? new Error(stats.toString())) : resolve()),
    ),
  )
  runBuilt('out.cjs')
}

const tools = {
  async 'esbuild-cjs'() {
    const { build } = await import('esbuild')
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: join(folder, 'out.cjs'),
      external,
      supported: { 'dynamic-import': false },
    })
    runBuilt('out.cjs')
  },
  async 'esbuild-esm'() {
    const { build } = await import('esbuild')
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'out.mjs'),
      external,
      minify: true,
      keepNames: true,
    })
    runBuilt('out.mjs')
  },
  webpack: () => withWebpack({ mode: 'development', devtool: false }),
  'webpack-minified': () => withWebpack({ mode: 'production' }),
  async vite() {
    const { build } = await import('vite')
    await build({
      root: here,
      configFile: false,
      logLevel: 'warn',
      build: { ssr: entry, outDir: folder, rolldownOptions: { external } },
      ssr: external.length > 0 ? {} : { noExternal: true },
    })
    asModule()
    runBuilt(`${program.replace('.js', '')}.js`)
  },
  async rollup() {
    const { rollup } = await import('rollup')
    const bundle = await rollup({ input: entry, external: id => id.startsWith('node:') || external.includes(id) })
    await bundle.write({ file: join(folder, 'out.cjs'), format: 'cjs' })
    runBuilt('out.cjs')
  },
  async babel() {
    const { transformFileSync } = await import('@babel/core')
    const { code } = transformFileSync(entry, {
      configFile: false,
      babelrc: false,
      presets: [['@babel/preset-env', { targets: { node: 'current' }, modules: 'commonjs' }]],
    })
    asCommonJs()
    writeFileSync(join(folder, 'out.cjs'), code)
    runBuilt('out.cjs')
  },
  async tsc() {
    run(join(here, 'node_modules/.bin/tsc'), [
      '--ignoreConfig',
      '--outDir',
      folder,
      '--module',
      'commonjs',
      '--moduleResolution',
      'node10',
      '--ignoreDeprecations',
      '6.0',
      '--esModuleInterop',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable',
      '--types',
      'node',
      '--rootDir',
      join(here, 'programs'),
      '--skipLibCheck',
      entry,
    ])
    asCommonJs()
    runBuilt(program.replace('.ts', '.js'))
  },
}
const build = tools[tool]
if (build === undefined) throw new Error(`no tool is called ${tool}`)
await build()
