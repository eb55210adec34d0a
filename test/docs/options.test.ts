/**
 * docs/reference/options.md: every option of every call, with type, default, and one line. The page is made here from
 * the docstrings; `UPDATE=1 npx vitest run test/docs/options.test.ts` writes it anew. The defaults that the docstrings
 * give are compared with those that apply.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { splitMapOptions } from '../../src/calls/map.js'
import { splitStreamOptions } from '../../src/calls/stream.js'
import { resolveJobOptions } from '../../src/groups/jobs/options-check.js'
import { DEFAULTS } from '../../src/groups/scheme/defaults.js'
import { checkGroup, checkPoolOptions } from '../../src/groups/scheme/scheme.js'
import { DEFAULT_BACKOFF } from '../../src/groups/strategies/backoff.js'
import { restart } from '../../src/groups/strategies/restart.js'
import { resolvePoolOptions } from '../../src/pool/options-check.js'
import { resolveStop } from '../../src/pool/shutdown.js'
import { NO_OPTIONS } from '../../src/work/options.js'
import { ENTRY_POINTS, publicNames } from './support/declarations.js'
import { read, ROOT } from './support/markdown.js'
import { flagsOf, type Option, optionsOf, settersOf, tableOf } from './support/option-tables.js'

const PAGE = 'docs/reference/options.md'

interface Section {
  readonly heading: string
  readonly text?: string
  /** The interface that declares the options. */
  readonly name?: string
  readonly options: readonly Option[]
  /** The options as they are if none is given, as far as this can be looked up. */
  readonly applied?: Readonly<Record<string, unknown>>
}

function section(heading: string, file: string, name: string, more: Partial<Section> = {}): Section {
  return { heading, name, options: optionsOf(file, name), ...more }
}

const code = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ')
const pool = resolvePoolOptions({})
const group = checkGroup({ name: 'one', type: 'job', entryPoint: 'file:///one.js' }, DEFAULTS)

const POOL: readonly Section[] = [
  section('### `new Pool(options)`', 'src/pool/options.ts', 'PoolOptions', {
    text: `These can be changed while the pool runs, as in \`pool.total = 8\`: ${code(settersOf('src/pool/pool.ts', 'Pool'))}.`,
    applied: { ...pool },
  }),
  section('#### `recycle`', 'src/worker/recycling.ts', 'RecycleOptions', {
    text: 'See [recycling threads](../guides/scaling.md#recycling-threads).',
    applied: { ...pool.recycle },
  }),
  section('#### `thread`', 'src/launch/options.ts', 'ThreadOptions'),
  section('#### `thread.resourceLimits`', 'src/launch/options.ts', 'ThreadResourceLimits', {
    text: 'All in MB. Groups take the same limits, as `runner.resourceLimits`.',
  }),
  section('### `pool.execute(fn, args, options)`', 'src/work/options.ts', 'ExecuteOptions', {
    text: 'The options of one work. `map` and `stream` take them as well.',
    applied: { ...NO_OPTIONS },
  }),
  section('### `pool.map(inputs, fn, options)`', 'src/calls/map.ts', 'MapOptions', {
    text: 'In addition to the options of `execute`, which apply to each work:',
    applied: { ...splitMapOptions({}) },
  }),
  section('#### Further arguments of `map`', 'src/calls/map.ts', 'MapArgs', {
    text: 'For a function that takes more than an input and its index. `A` is the list of their types.',
  }),
  section('### `pool.stream(generator, args, options)`', 'src/calls/stream.ts', 'StreamOptions', {
    text: 'In addition to the options of `execute`, except `retries`:',
    applied: { highWaterMark: splitStreamOptions({}).window },
  }),
  section('### `pool.stop(options)`', 'src/pool/shutdown.ts', 'StopOptions', {
    text: '`stop(true)` is short for `stop({ hot: true })`.',
    applied: { ...resolveStop({}) },
  }),
  {
    heading: '### Arguments of other calls',
    text: 'A worker in `pool.workers` has `stop(hot)`, where `hot` means the same as for `scale`.',
    options: flagsOf('src/pool/pool.ts', 'Pool', ['discard', 'scale', 'restart']),
  },
]

const GROUPS: readonly Section[] = [
  section('### `new WorkerPool(options)`', 'src/groups/scheme/options.ts', 'WorkerPoolOptions', {
    applied: { ...checkPoolOptions({}, DEFAULTS) },
  }),
  section('### `pool.describeGroup(options)`', 'src/groups/scheme/options.ts', 'WorkerGroupOptions', {
    applied: { ...group },
  }),
  section('#### `runner`', 'src/groups/scheme/options.ts', 'RunnerOptions', {
    text: 'The limits are those of [`thread.resourceLimits`](#threadresourcelimits).',
  }),
  section('#### `pickup`, if the strategy is your own', 'src/groups/scheme/options.ts', 'PickupModule'),
  section('### `jobs.send(group, data, options)`', 'src/groups/shared/job-options.ts', 'JobOptions', {
    text: 'The options of one job, for `pool.jobs` on the main thread and `worker.jobs` in a worker.',
    applied: { ...resolveJobOptions({}) },
  }),
  section('### `pool.stop(options)` of groups', 'src/groups/pool/worker-pool.ts', 'WorkerPool.stop'),
  section('### `pool.restart(options)` of groups', 'src/groups/pool/worker-pool.ts', 'WorkerPool.restart'),
  section('### `restart.always(options)`', 'src/groups/strategies/restart.ts', 'RestartOptions', {
    text: '`restart.limited` and `restart.window` take them as well.',
    applied: { ...restart.always() },
  }),
  section('#### `backoff`', 'src/groups/strategies/backoff.ts', 'BackoffOptions', { applied: { ...DEFAULT_BACKOFF } }),
  section('### `restart.limited(options)`', 'src/groups/strategies/restart.ts', 'LimitedRestartOptions', {
    text: 'In addition to those of `restart.always`:',
  }),
  section('### `restart.window(options)`', 'src/groups/strategies/restart.ts', 'WindowRestartOptions', {
    text: 'In addition to those of `restart.always`:',
  }),
  section('### `scaling.byRequest(options)`', 'src/groups/strategies/scaling.ts', 'ByRequestOptions'),
  section('### `recycle.byQuota(options)`', 'src/groups/strategies/recycle.ts', 'QuotaOptions', {
    text: 'At least one of them must be given.',
  }),
  section('### `pickup.byWeight(options)`', 'src/groups/strategies/pickup.ts', 'ByWeightOptions'),
]

const PARTS: [heading: string, text: string, sections: readonly Section[]][] = [
  [
    '## Options of a pool',
    'The entry point is `threadcrew`. The guides say when to use which option: [scaling](../guides/scaling.md), [back-pressure](../guides/back-pressure.md), [cancellation](../guides/cancellation.md), [streams](../guides/streams.md), [groups](../guides/groups.md).',
    POOL,
  ],
  [
    '## Options of groups',
    'The entry point is `threadcrew/groups`. The [guide](../guides/groups.md) explains them.',
    GROUPS,
  ],
]

const page = [
  '# Options',
  '',
  'This page lists every option. An option that does not exist, a value of the wrong type, or a value out of range throws at',
  'the call, and the error says what is allowed. `undefined` is the same as leaving the option out. Times are in ms.',
  '',
  ...PARTS.flatMap(([heading, text, sections]) => [
    heading,
    '',
    text,
    '',
    ...sections.flatMap(each => [
      each.heading,
      '',
      ...(each.text === undefined ? [] : [each.text, '']),
      tableOf(each.options),
      '',
    ]),
  ]),
].join('\n')

const all = [...POOL, ...GROUPS]

test('the page of the options lists those there are', () => {
  if (process.env['UPDATE'] !== undefined) writeFileSync(join(ROOT, PAGE), page)
  expect(read(PAGE)).toBe(page)
})

test('the page has all options that an entry point exports', () => {
  const exported = Object.values(ENTRY_POINTS).flatMap(publicNames)
  const names = exported.map(({ name }) => name).filter(name => /(Options|Args|Limits|Module)$/.test(name))
  const shown = all.map(({ name }) => name)
  expect(names.filter(name => name !== 'RemoteModule' && !shown.includes(name))).toEqual([])
})

describe.each(all)('$heading', ({ options, applied }) => {
  test('each option has a line and, unless it has to be given, a default', () => {
    const said = options.map(option => ({ ...option, hasDefault: option.default !== undefined }))
    expect(said.filter(({ isOptional, hasDefault, text }) => text === '' || isOptional !== hasDefault)).toEqual([])
  })

  test('the defaults that are given as one value are those that apply', () => {
    const literal = options.flatMap(option => {
      const [, text] = /^`([\d_]+|true|false|Infinity|undefined|'[^']*')`(?:$|[,;] )/.exec(option.default ?? '') ?? []
      return text === undefined || applied === undefined || !(option.name in applied) ? [] : { name: option.name, text }
    })
    const values = Object.fromEntries(literal.map(({ name }) => [name, applied?.[name]]))
    expect(Object.fromEntries(literal.map(({ name, text }) => [name, valueOf(text)]))).toEqual(values)
  })
})

function valueOf(text: string): unknown {
  if (text === 'undefined') return undefined
  if (text === 'Infinity') return Infinity
  return JSON.parse(text.replaceAll("'", '"').replaceAll('_', '')) as unknown
}
