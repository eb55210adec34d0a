/** What is run, and under which name. A case holds if its command ends with code 0. */

const jest = config => [
  'node',
  'node_modules/jest/bin/jest.js',
  '--config',
  `jest/${config}.jest.cjs`,
  '--runInBand',
  '--no-cache',
  '--forceExit',
]
const vitest = pool => ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', `vitest/${pool}.config.mjs`]
const build = (tool, program) => ['node', 'bundlers/build.mjs', tool, program]

/** @type {{ name: string, command: string[], env?: Record<string, string> }[]} */
export const cases = [
  { name: 'jest: CommonJS, fake timers by hand', command: jest('cjs') },
  { name: 'jest: fake timers globally', command: jest('globally') },
  { name: 'jest: ES modules', command: jest('esm'), env: { NODE_OPTIONS: '--experimental-vm-modules' } },
  { name: 'jest: babel-jest', command: jest('babel') },
  { name: 'jest: ts-jest', command: jest('ts') },
  { name: 'vitest: forks', command: vitest('forks') },
  { name: 'vitest: threads', command: vitest('threads') },
  { name: 'vitest: vmThreads', command: vitest('vmThreads') },
  { name: 'sinon: install()', command: ['node', 'sinon/install.mjs'] },
  { name: 'node:test: mock.timers', command: ['node', '--test', 'node-test/mock-timers.test.mjs'] },
  { name: 'tsx: import() inline', command: ['tsx', 'programs/inline.ts'] },
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
]
