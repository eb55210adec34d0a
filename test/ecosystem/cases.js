/** What is run, and under which name. A case holds if its command ends with code 0. */

/** The patience of a test runner with one test: run.js has its own with the case, and a busy machine is no failure. */
const PATIENT = '--testTimeout=60000'
const jest = config => [
  'node',
  'node_modules/jest/bin/jest.js',
  '--config',
  `jest/${config}.jest.cjs`,
  '--runInBand',
  '--no-cache',
  '--forceExit',
  PATIENT,
]
const vitest = config => ['node', 'node_modules/vitest/vitest.mjs', 'run', PATIENT, '--config', `${config}.config.mjs`]
const build = (tool, program) => ['node', 'bundlers/build.mjs', tool, program]
const recipe = (...args) => ['node', 'bundlers/recipe.mjs', ...args]
const types = module => ['tsc', '-p', 'types/require', '--module', module]

const TARBALL = 'node_modules/.packed/threadcrew.tgz'
/** Why a case runs on the first of several versions of Node only. */
const STATIC = 'looks at files, and depends on no version of Node'

/**
 * `onlyOnce` says why a case is not run on further versions of Node.
 *
 * @type {{
 *   name: string
 *   command: string[]
 *   env?: Record<string, string>
 *   onlyOnce?: string
 * }[]}
 */
export const cases = [
  { name: 'jest: CommonJS, fake timers by hand', command: jest('cjs') },
  { name: 'jest: fake timers globally', command: jest('globally') },
  { name: 'jest: ES modules', command: jest('esm'), env: { NODE_OPTIONS: '--experimental-vm-modules' } },
  { name: 'jest: babel-jest', command: jest('babel') },
  { name: 'jest: ts-jest', command: jest('ts') },
  { name: 'vitest: forks', command: vitest('vitest/forks') },
  { name: 'vitest: threads', command: vitest('vitest/threads') },
  { name: 'vitest: vmThreads', command: vitest('vitest/vmThreads') },
  { name: 'sinon: install()', command: ['node', 'sinon/install.mjs'] },
  { name: 'node:test: mock.timers', command: ['node', '--test', 'node-test/mock-timers.test.mjs'] },
  { name: 'tsx: import() inline', command: ['tsx', 'programs/inline.ts'] },
  { name: 'tsx: task modules in TypeScript', command: ['tsx', 'typescript/tsx.ts'] },
  { name: 'vitest: task modules in TypeScript', command: vitest('typescript/vitest') },
  { name: 'tsc: CommonJS, import() inline', command: build('tsc', 'inline.ts') },
  { name: 'Babel: CommonJS, import() inline', command: build('babel', 'inline.js') },
  { name: 'esbuild: CommonJS, import() inline', command: build('esbuild-cjs', 'inline.js') },
  { name: 'esbuild: ESM, minified, import() inline', command: build('esbuild-esm', 'inline.js') },
  { name: 'rollup: CommonJS, import() inline', command: build('rollup', 'inline.js') },
  { name: 'vite: import() inline', command: build('vite', 'inline.js') },
  { name: 'webpack: import() inline', command: build('webpack', 'inline-webpack.js') },
  { name: 'webpack: minified, import() inline', command: build('webpack-minified', 'inline-webpack.js') },
  { name: 'webpack: import() without the comment is explained', command: build('webpack', 'webpack-hint.js') },
  {
    name: 'webpack: minified, import() without the comment is explained',
    command: build('webpack-minified', 'webpack-hint.js'),
  },
  { name: 'esbuild: the package in the bundle', command: build('esbuild-cjs', 'bundled.js') },
  { name: 'webpack: the package in the bundle', command: build('webpack', 'bundled.js') },
  { name: 'vite: the package in the bundle', command: build('vite', 'bundled.js') },
  { name: 'esbuild: a task module, by the recipe', command: recipe('esbuild') },
  { name: 'esbuild: a task module in CommonJS, by the recipe', command: recipe('esbuild', '1') },
  { name: 'esbuild: a task module in TypeScript, by the recipe', command: recipe('esbuild', '0', 'ts') },
  { name: 'rollup: a task module, by the recipe', command: recipe('Rollup') },
  { name: 'vite: a task module, by the recipe', command: recipe('Vite') },
  { name: 'vite: a task module in TypeScript, by the recipe', command: recipe('Vite', '0', 'ts') },
  { name: 'webpack: a task module, by the recipe', command: recipe('webpack') },
  { name: 'fastify: the server of the guide', command: ['node', 'servers/serve.mjs', 'fastify'] },
  { name: 'express: the server of the guide', command: ['node', 'servers/serve.mjs', 'express'] },
  { name: 'types: require() where module is node16', command: types('node16'), onlyOnce: STATIC },
  // The declarations of others need not be read twice.
  {
    name: 'types: require() where module is nodenext',
    command: [...types('nodenext'), '--skipLibCheck'],
    onlyOnce: STATIC,
  },
  { name: 'types: with the newest types of Node', command: ['node', 'types/newest.mjs'], onlyOnce: STATIC },
  {
    name: 'types: are the types wrong?',
    command: ['attw', TARBALL, '--profile', 'strict', '--no-definitely-typed', '--format', 'ascii'],
    onlyOnce: STATIC,
  },
  { name: 'package: publint', command: ['publint', 'run', TARBALL, '--strict'], onlyOnce: STATIC },
]
