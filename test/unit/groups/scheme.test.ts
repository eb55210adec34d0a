/** What a scheme may be, option by option and as a whole, and how each mistake is named; hence the length. */

import { SHARE_ENV } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { GroupConfigError } from '../../../src/errors/groups.js'
import type { WorkerGroupOptions } from '../../../src/groups/scheme/options.js'
import type { WorkerType } from '../../../src/groups/shared/group-facts.js'
import {
  addGroup,
  checkGroup,
  checkPoolOptions,
  type Defaults,
  freezeScheme,
  type GroupSpec,
  type Scheme,
} from '../../../src/groups/scheme/scheme.js'
import { pickup } from '../../../src/groups/strategies/pickup.js'
import { polluted } from '../../support/polluted.js'

const defaults: Defaults = {
  pickup: { pick: () => -1 },
  restart: { decide: () => ({ restart: true, after: 0 }) },
  scaling: { decide: () => 0 },
  recycle: { decide: () => undefined },
}

const url = new URL('./resize.js', import.meta.url)
const plain = { name: 'resize', type: 'job', entryPoint: url } as const

function check(options: unknown): GroupSpec {
  return checkGroup(options, defaults)
}

/** A group as far as the scheme cares. */
function group(name: string, type: WorkerType, options: Partial<WorkerGroupOptions> = {}): GroupSpec {
  return check({ name, type, entryPoint: url, ...options })
}

/** The scheme of these groups, described one after the other. */
function schemeOf(groups: readonly GroupSpec[]): Scheme {
  const described = new Map<string, GroupSpec>()
  for (const each of groups) addGroup(described, each)
  return freezeScheme(described)
}

function refusal(run: () => unknown): GroupConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof GroupConfigError) return error
    throw error
  }
  return expect.fail('no refusal')
}

describe('the options of a group', () => {
  it('[1] are all filled in', () => {
    expect(check(plain)).toEqual({
      name: 'resize',
      type: 'job',
      entryPoint: { url: url.href, exportName: 'default' },
      minWorkers: 1,
      maxWorkers: 1,
      jobGroups: [],
      maxJobs: 100,
      ...defaults,
      healthyAfter: 30_000,
      runner: {},
      unresponsiveAfter: 10_000,
      replaceUnresponsive: false,
      maxStartFailures: 5,
    })
    expect(check(plain).restart).toBe(defaults.restart)
  })

  it('arrive as they were given', () => {
    class Inheriting {
      decide(): undefined {
        return undefined
      }
    }
    const given = {
      name: 'Web-2_a.b',
      type: 'reactor',
      minWorkers: 0,
      maxWorkers: 7,
      jobGroups: ['a', 'b'],
      maxJobs: 256,
      pickup: pickup.leastJobs(),
      restart: { decide: () => ({ restart: false, reason: 'no' }), healthyAfter: 5 },
      scaling: { decide: () => 1 },
      recycle: new Inheriting(),
      runner: {
        resourceLimits: { maxOldGenerationSizeMb: 16 },
        env: SHARE_ENV,
        execArgv: ['--no-warnings'],
        name: 'n',
      },
      unresponsiveAfter: Infinity,
      replaceUnresponsive: true,
      maxStartFailures: Infinity,
    } as const
    const checked = check({ ...given, entryPoint: url })
    expect(checked).toMatchObject(given)
    expect(checked.healthyAfter).toBe(5)
    // A strategy stays the very object, with whatever it remembers.
    for (const name of ['pickup', 'restart', 'scaling', 'recycle'] as const) expect(checked[name]).toBe(given[name])
  })

  it.each<[number | undefined, number | undefined, [number, number]]>([
    [undefined, undefined, [1, 1]],
    [0, undefined, [0, 1]],
    [3, undefined, [3, 3]],
    [undefined, 4, [1, 4]],
    [0, 1, [0, 1]],
    [2, 2, [2, 2]],
  ])('with minWorkers %o and maxWorkers %o mean %o', (minWorkers, maxWorkers, expected) => {
    const spec = check({ ...plain, minWorkers, maxWorkers })
    expect([spec.minWorkers, spec.maxWorkers]).toEqual(expected)
  })

  it.each<[string | URL, string, string]>([
    [new URL('file:///a/b.js'), 'file:///a/b.js', 'default'],
    ['file:///a/b.js', 'file:///a/b.js', 'default'],
    ['FILE:/a/b.js', 'file:///a/b.js', 'default'],
    [new URL('file:///a/b.js#Resizer'), 'file:///a/b.js', 'Resizer'],
    ['file:///a/b.js?v=2#größe', 'file:///a/b.js?v=2', 'größe'],
    ['file:///a/b.js#', 'file:///a/b.js', 'default'],
    ['file:///a%20b/c%23d.js', 'file:///a%20b/c%23d.js', 'default'],
  ])('take %s as entry point: a module, and an export in it', (entryPoint, href, exportName) => {
    expect(check({ ...plain, entryPoint }).entryPoint).toEqual({ url: href, exportName })
  })

  it('may name a strategy for other threads by its module, with options as they are now', () => {
    const options = { limit: 5 }
    const spec = check({ ...plain, pickup: { module: url, export: 'byLimit', options } })
    options.limit = 6
    expect(spec.pickup).toEqual({ url: url.href, export: 'byLimit', options: { limit: 5 } })
    expect(check({ ...plain, pickup: { module: url.href } }).pickup).toEqual({
      url: url.href,
      export: 'default',
      options: undefined,
    })
  })

  it('cannot be changed afterwards', () => {
    const options = {
      ...plain,
      jobGroups: ['a'],
      runner: { env: { A: '1' }, execArgv: ['x'] },
      pickup: { module: url },
    }
    const spec = check(options)
    options.jobGroups.push('b')
    options.runner.env.A = '2'
    options.runner.execArgv.push('y')
    expect(spec.jobGroups).toEqual(['a'])
    expect(spec.runner).toEqual({ env: { A: '1' }, execArgv: ['x'] })
    const parts = [
      spec,
      spec.jobGroups,
      spec.entryPoint,
      spec.runner,
      spec.runner.env,
      spec.runner.execArgv,
      spec.pickup,
    ]
    for (const part of [...parts, check(plain).runner, check(plain).jobGroups]) expect(Object.isFrozen(part)).toBe(true)
    // They are the user's.
    expect(Object.isFrozen(spec.restart)).toBe(false)
  })

  it('count as not given where they are undefined', () => {
    const others = [
      'minWorkers',
      'maxWorkers',
      'jobGroups',
      'maxJobs',
      'pickup',
      'restart',
      'scaling',
      'recycle',
      'runner',
    ]
    expect(check({ ...plain, ...Object.fromEntries(others.map(name => [name, undefined])) })).toEqual(check(plain))
  })

  const whole = (least: number) => `a whole number ≥ ${least}`
  const strategy = (like: string, method: string) => `a strategy like ${like}, with a method ${method}()`
  const file = "an absolute file: URL, such as new URL('./worker.js', import.meta.url)"
  const wrong: [Record<string, unknown>, string, string][] = [
    [{ type: 'cron' }, 'type', "type must be 'reactor' or 'job' or 'service', got 'cron' (string)"],
    [{ type: undefined }, 'type', 'type is missing: a group needs name, type and entryPoint'],
    [{ entryPoint: undefined }, 'entryPoint', 'entryPoint is missing: a group needs name, type and entryPoint'],
    [{ entryPoint: './a.js' }, 'entryPoint', `entryPoint must be ${file}, got './a.js' (string)`],
    [{ entryPoint: '/a/b.js' }, 'entryPoint', `entryPoint must be ${file}, got '/a/b.js' (string)`],
    [{ entryPoint: 'file:b.js' }, 'entryPoint', `entryPoint must be ${file}, got 'file:b.js' (string)`],
    [
      { entryPoint: new URL('http://a/b.js') },
      'entryPoint',
      `entryPoint must be ${file}, got 'http://a/b.js' (string)`,
    ],
    [{ entryPoint: new URL('data:,1') }, 'entryPoint', `entryPoint must be ${file}, got 'data:,1' (string)`],
    [{ entryPoint: 'file:///a%2Fb.js' }, 'entryPoint', `entryPoint must be ${file}, got 'file:///a%2Fb.js' (string)`],
    [{ entryPoint: 'file:///a.js#%' }, 'entryPoint', `entryPoint must be ${file}, got 'file:///a.js#%' (string)`],
    [
      { entryPoint: { href: 'file:///a.js' } },
      'entryPoint',
      `entryPoint must be ${file}, got { href: 'file:///a.js' } (object)`,
    ],
    [{ minWorkers: -1 }, 'minWorkers', `minWorkers must be ${whole(0)}, got -1 (number)`],
    [{ minWorkers: 1.5 }, 'minWorkers', `minWorkers must be ${whole(0)}, got 1.5 (number)`],
    [{ minWorkers: '1' }, 'minWorkers', `minWorkers must be ${whole(0)}, got '1' (string)`],
    [{ maxWorkers: -1 }, 'maxWorkers', 'maxWorkers must be a positive integer ≤ 1000, got -1 (number)'],
    [{ maxWorkers: 1.5 }, 'maxWorkers', 'maxWorkers must be a positive integer ≤ 1000, got 1.5 (number)'],
    [{ maxWorkers: Infinity }, 'maxWorkers', 'maxWorkers must be a positive integer ≤ 1000, got Infinity (number)'],
    [{ maxWorkers: '2' }, 'maxWorkers', "maxWorkers must be a positive integer ≤ 1000, got '2' (string)"],
    [
      { minWorkers: 5, maxWorkers: 4 },
      'minWorkers',
      'minWorkers must be ≤ maxWorkers, got minWorkers 5 and maxWorkers 4',
    ],
    [{ jobGroups: 'a' }, 'jobGroups', "jobGroups must be an array of strings, got 'a' (string)"],
    [{ jobGroups: ['a', 1] }, 'jobGroups', 'jobGroups[1] must be a string, got 1 (number)'],
    [{ jobGroups: ['a', 'b', 'a'] }, 'jobGroups', "jobGroups must name each group once, got 'a' (string) twice"],
    [{ maxJobs: 0 }, 'maxJobs', 'maxJobs must be a whole number ≥ 1 and ≤ 256, got 0 (number)'],
    [{ maxJobs: 257 }, 'maxJobs', 'maxJobs must be a whole number ≥ 1 and ≤ 256, got 257 (number)'],
    [
      { restart: 'always' },
      'restart',
      `restart must be ${strategy('restart.always()', 'decide')}, got 'always' (string)`,
    ],
    [{ scaling: {} }, 'scaling', `scaling must be ${strategy('scaling.byRequest()', 'decide')}, got {} (object)`],
    [
      { recycle: () => 'the strategy, not what makes it' },
      'recycle',
      `recycle must be ${strategy('recycle.none()', 'decide')}, got [Function: recycle] (function)`,
    ],
    [
      { pickup: { decide: 5 } },
      'pickup',
      'pickup must be a strategy like pickup.leastJobs(), with a method pick(), or { module }, got { decide: 5 } (object)',
    ],
    [
      { pickup: { module: './a.js' } },
      'pickup',
      "pickup.module must be a file:, data: or node: URL, or an absolute path: use new URL('./x.js', import.meta.url) " +
        "for a file beside this one, import.meta.resolve('name') for a package; received './a.js' (string)",
    ],
    [{ pickup: { module: url, export: '' } }, 'pickup', "pickup.export must be the name of an export, got '' (string)"],
    [{ pickup: { module: url, export: 5 } }, 'pickup', 'pickup.export must be a string, got 5 (number)'],
    [{ runner: [] }, 'runner', 'runner must be an object, got [] (array)'],
    [{ runner: { name: 1 } }, 'runner', 'runner.name must be a string, got 1 (number)'],
    [{ runner: { env: { PORT: 80 } } }, 'runner', 'runner.env.PORT must be a string, got 80 (number)'],
    [{ runner: { execArgv: ['a', 1] } }, 'runner', 'runner.execArgv[1] must be a string, got 1 (number)'],
    [
      { runner: { resourceLimits: { maxOldGenerationSizeMb: 8 } } },
      'runner',
      'runner.resourceLimits.maxOldGenerationSizeMb must be a finite number ≥ 16 ' +
        '(with less, Node cannot start a thread, or dies), got 8 (number)',
    ],
    [
      { unresponsiveAfter: 0 },
      'unresponsiveAfter',
      'unresponsiveAfter must be a number > 0 or Infinity, got 0 (number)',
    ],
    [{ replaceUnresponsive: 1 }, 'replaceUnresponsive', 'replaceUnresponsive must be true or false, got 1 (number)'],
    [{ maxStartFailures: 0 }, 'maxStartFailures', `maxStartFailures must be ${whole(1)} or Infinity, got 0 (number)`],
  ]
  // The text first, as it is the title.
  const refused = wrong.map(([options, field, message]) => [message, field, options] as const)
  it.each(refused)('[4] are refused, naming group, option and value: %s', (message, field, options) => {
    const error = refusal(() => check({ ...plain, ...options }))
    expect(error).toMatchObject({ group: 'resize', field, message: `group 'resize': ${message}` })
    expect(error.cause instanceof TypeError || error.cause instanceof RangeError).toBe(true)
    expect(error.cause).toMatchObject({ message })
  })

  it('testStartWithMaxZero: maxWorkers 0 is refused as it must be a positive integer, minWorkers 0 or not', () => {
    for (const minWorkers of [0, 1, undefined]) {
      const error = refusal(() => check({ ...plain, minWorkers, maxWorkers: 0 }))
      expect(error.message).toBe("group 'resize': maxWorkers must be a positive integer ≤ 1000, got 0 (number)")
      expect(error.cause).toBeInstanceOf(RangeError)
    }
  })

  it.each(['', 'a b', 'a/b', 'é', 'a\n', 5, null, {}])('[4] cannot have %o as name', name => {
    const { message, group, field } = refusal(() => check({ ...plain, name }))
    expect(message).toMatch(/^name must be a text of letters, digits, '-', '_' and '\.', got /)
    expect([group, field]).toEqual([undefined, 'name'])
  })

  it('[4] need a name', () => {
    const { name: _, ...nameless } = plain
    expect(refusal(() => check(nameless))).toMatchObject({
      message: 'name is missing: a group needs name, type and entryPoint',
      group: undefined,
      field: 'name',
    })
  })

  it.each([undefined, null, 5, 'web', [], () => {}])('[4] must be an object, not %o', options => {
    const { message, group, field } = refusal(() => check(options))
    expect(message).toMatch(/^a group must be an object, got /)
    expect([group, field]).toEqual([undefined, undefined])
  })

  it('[4] are no instance of a class, whose accessors nobody would read', () => {
    const group = new (class {
      get name() {
        return 'web'
      }
    })()
    expect(refusal(() => check(group)).message).toMatch(
      /^a group must be a plain object, not an instance of a class, got /,
    )
  })

  it('[4] that do not exist are refused, with those that are meant', () => {
    const of = (options: object): GroupConfigError => refusal(() => check({ ...plain, ...options }))
    expect(of({ minWorker: 1 })).toMatchObject({ group: 'resize', field: 'minWorker' })
    expect(of({ minWorker: 1 }).message).toMatch(
      /^group 'resize': a group has no 'minWorker'; did you mean minWorkers\b.*\? Known names: name, type, entryPoint, /,
    )
    expect(of({ workers: undefined }).message).toContain("a group has no 'workers'; ")
    expect(of({ runner: { argv: [] } })).toMatchObject({ field: 'runner' })
    expect(of({ runner: { argv: [] } }).message).toContain("runner has no 'argv'; ")
    expect(of({ runner: { resourceLimits: { heap: 1 } } }).message).toContain("runner.resourceLimits has no 'heap'; ")
    expect(of({ pickup: { module: url, name: 'x' } }).message).toContain("pickup has no 'name'; ")
    for (const name of ['toString', 'constructor', '__proto__']) {
      expect(refusal(() => check(JSON.parse(`{"name": "a", "${name}": 1}`))).message).toContain(
        `a group has no '${name}'`,
      )
    }
  })

  it('[4] for a strategy in other threads must be something that can be copied there', () => {
    const error = refusal(() => check({ ...plain, pickup: { module: url, options: { by: () => 1 } } }))
    expect(error).toMatchObject({ group: 'resize', field: 'pickup' })
    expect(error.message).toBe("group 'resize': pickup.options.by cannot be copied to another thread: it is a function")
  })

  it('[4] for its threads must be something that can be copied there, and is copied at once', () => {
    const counts = new SharedArrayBuffer(4)
    const data = { db: { host: 'here' }, counts, since: new Date(0) }
    const spec = check({ ...plain, data })
    data.db.host = 'elsewhere'
    expect(spec.data).toEqual({ db: { host: 'here' }, counts, since: new Date(0) })
    expect(check(plain).data).toBeUndefined()
    expect(check({ ...plain, data: null }).data).toBeNull()
    const { port1, port2 } = new MessageChannel()
    for (const [wrong, path, what] of [
      [() => 1, 'data', 'it is a function'],
      [{ db: { connect: () => 1 } }, 'data.db.connect', 'it is a function'],
      [[{ port: port1 }], 'data[0].port', 'a MessagePort'],
      [new Map([['sign', Symbol('x')]]), 'data.get("sign")', 'it is a symbol'],
      [{ on: new EventTarget() }, 'data.on', 'an EventTarget'],
    ] as const) {
      const error = refusal(() => check({ ...plain, data: wrong }))
      expect(error).toMatchObject({ group: 'resize', field: 'data', cause: { code: 'ERR_VALUE_NOT_CLONEABLE', path } })
      expect(error.message).toContain(`group 'resize': ${path} cannot be copied to another thread: `)
      expect(error.message).toContain(what)
    }
    port1.close()
    port2.close()
  })

  it('[4] cannot be a pickup strategy of one’s own that other threads could not make: it is named by its module', () => {
    const error = refusal(() => check({ ...plain, pickup: { pick: () => 0 } }))
    expect(error).toMatchObject({ group: 'resize', field: 'pickup' })
    expect(error.message).toContain("as in { module: new URL('./my-pickup.js', import.meta.url) }")
    // In the main thread it can stay what it is.
    expect(checkPoolOptions({ pickup: { pick: () => 0 } }, defaults).pickup.pick).toBeTypeOf('function')
  })

  it('keep an error that a strategy of the user’s throws when it is looked at', () => {
    const hostile = {
      get decide(): never {
        throw new Error('mine')
      },
    }
    expect(refusal(() => check({ ...plain, restart: hostile }))).toMatchObject({
      field: 'restart',
      cause: { message: 'mine' },
    })
  })
})

describe('the options of a pool of groups', () => {
  it('[1] are all filled in, where there are none, too', () => {
    const expected = {
      logger: undefined,
      handleSignals: false,
      handleGlobalErrors: false,
      pickup: defaults.pickup,
      startTimeout: 10_000,
      stopTimeout: 10_000,
    }
    for (const options of [undefined, {}, { logger: undefined, startTimeout: undefined }]) {
      expect(checkPoolOptions(options, defaults)).toEqual(expected)
    }
    expect(Object.isFrozen(checkPoolOptions({}, defaults))).toBe(true)
  })

  it('arrive as they were given', () => {
    class Logger {
      debug(): void {}
      info(): void {}
      warn(): void {}
      error(): void {}
    }
    const given = {
      logger: new Logger(),
      handleSignals: true,
      handleGlobalErrors: true,
      pickup: { pick: () => 0 },
      startTimeout: Infinity,
      stopTimeout: 0,
    }
    const checked = checkPoolOptions(given, defaults)
    expect(checked).toEqual(given)
    expect(checked.logger).toBe(given.logger)
    expect(checked.pickup).toBe(given.pickup)
    expect(checkPoolOptions({ logger: console }, defaults).logger).toBe(console)
  })

  it.each<[unknown, string]>([
    [5, 'TypeError: options must be an object, got 5 (number)'],
    [{ startTimeout: 0 }, 'RangeError: startTimeout must be a number > 0 or Infinity, got 0 (number)'],
    [{ stopTimeout: -1 }, 'RangeError: stopTimeout must be a number ≥ 0 or Infinity, got -1 (number)'],
    [{ handleSignals: 'yes' }, "TypeError: handleSignals must be true or false, got 'yes' (string)"],
    [{ handleGlobalErrors: 1 }, 'TypeError: handleGlobalErrors must be true or false, got 1 (number)'],
    [
      { logger: { info() {} } },
      'TypeError: logger must be an object with methods debug, info, warn and error, such as console, ' +
        'got { info: [Function: info] } (object)',
    ],
    [
      { pickup: { module: 'file:///a.js' } },
      'TypeError: pickup must be a strategy like pickup.leastJobs(), with a method pick(), ' +
        "got { module: 'file:///a.js' } (object)",
    ],
    [
      { handleSignal: true },
      "TypeError: options has no 'handleSignal'; did you mean handleSignals? Known names: logger, handleSignals, " +
        'handleGlobalErrors, pickup, startTimeout, stopTimeout',
    ],
  ])('[4] %o is refused in the words of new Pool()', (options, message) => {
    let thrown: unknown
    try {
      checkPoolOptions(options, defaults)
    } catch (error) {
      thrown = error
    }
    expect(String(thrown)).toBe(message)
  })
})

describe('a scheme', () => {
  it('gives each group its position and its records, one for each worker and a spare one, without gaps', () => {
    const scheme = schemeOf([
      group('a', 'job', { maxWorkers: 3 }),
      group('b', 'service', { minWorkers: 0 }),
      group('c', 'reactor', { minWorkers: 2, jobGroups: ['a', 'b'] }),
    ])
    expect(scheme.groups.map(({ name, index, firstRecord, records }) => [name, index, firstRecord, records])).toEqual([
      ['a', 0, 0, 4],
      ['b', 1, 4, 2],
      ['c', 2, 6, 3],
    ])
    expect(scheme.records).toBe(9)
  })

  it('[B2] resolves the names of job groups once, in whatever order the groups were described', () => {
    const { groups } = schemeOf([
      group('web', 'reactor', { jobGroups: ['resize', 'clock'] }),
      group('clock', 'service', { jobGroups: ['resize'] }),
      group('resize', 'job'),
    ])
    expect(groups.map(({ targets }) => targets)).toEqual([[2, 1], [2], []])
    expect(groups[0]?.jobGroups).toEqual(['resize', 'clock'])
  })

  it('[B4] is frozen: what is described later changes nothing, and freezing again gives the same numbers', () => {
    const described = new Map<string, GroupSpec>()
    addGroup(described, group('a', 'job'))
    addGroup(described, group('b', 'reactor', { jobGroups: ['a'] }))
    const scheme = freezeScheme(described)
    const again = freezeScheme(described)
    addGroup(described, group('c', 'job'))
    expect(scheme.groups).toHaveLength(2)
    expect(again.groups).toEqual(scheme.groups)
    expect(again.records).toBe(scheme.records)
    for (const part of [scheme, scheme.groups, ...scheme.groups, ...scheme.groups.map(each => each.targets)]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    const groups: unknown[] = scheme.groups as never
    expect(() => groups.push(described.get('c'))).toThrow(TypeError)
  })

  const types: WorkerType[] = ['reactor', 'job', 'service']
  const allowed = ['reactor -> job', 'reactor -> service', 'service -> job']
  it.each(types.flatMap(from => types.map(to => [from, to] as const)))(
    '%s -> %s is allowed by type, or is not',
    (from, to) => {
      const groups = [group('from', from, { jobGroups: ['to'] }), group('to', to)]
      if (allowed.includes(`${from} -> ${to}`)) {
        expect(schemeOf(groups).groups[0]?.targets).toEqual([1])
      } else {
        const takers = { reactor: 'job and service groups', service: 'job groups', job: 'nobody' }[from]
        expect(refusal(() => schemeOf(groups))).toMatchObject({
          group: 'from',
          field: 'jobGroups',
          message: `group 'from': jobGroups[0] is 'to', a ${to} group, but a ${from} group sends jobs to ${takers}`,
        })
      }
    },
  )

  it('[4] is refused without any group', () => {
    expect(refusal(() => schemeOf([]))).toMatchObject({
      group: undefined,
      field: undefined,
      message: 'there is no group: describe at least one before run()',
    })
  })

  it('[4] is refused with two groups of one name', () => {
    expect(refusal(() => schemeOf([group('a', 'job'), group('b', 'job'), group('a', 'service')]))).toMatchObject({
      group: 'a',
      field: 'name',
      message: "group 'a': a group of this name already exists",
    })
  })

  it('[4] is refused where a job group does not exist, or is the group itself', () => {
    const web = group('web', 'reactor', { jobGroups: ['resize', 'resise'] })
    expect(refusal(() => schemeOf([web, group('resize', 'job')]))).toMatchObject({
      group: 'web',
      field: 'jobGroups',
      message:
        "group 'web': jobGroups[1]: 'resise' (string) does not exist; did you mean resize? Known names: web, resize",
    })
    for (const type of types) {
      expect(refusal(() => schemeOf([group('a', type, { jobGroups: ['a'] })]))).toMatchObject({
        group: 'a',
        field: 'jobGroups',
        message: "group 'a': jobGroups[0] is 'a', the group itself",
      })
    }
  })
})

describe('a polluted Object.prototype', () => {
  const pollution: Record<string, unknown> = {
    name: 'evil',
    type: 'reactor',
    minWorkers: 5,
    maxWorkers: 9,
    jobGroups: ['evil'],
    maxJobs: 1,
    module: 'file:///evil.js',
    decide: () => 'evil',
    pick: () => 0,
    runner: { name: 'evil' },
    env: { EVIL: '1' },
    execArgv: ['--import=evil'],
    resourceLimits: { maxOldGenerationSizeMb: 1 },
    maxOldGenerationSizeMb: 1,
    handleSignals: true,
    startTimeout: 1,
    debug() {},
    info() {},
    warn() {},
    error() {},
    unheardOf: 1,
  }

  it('[5] changes no option of a group, of its threads, or of a pool', () => {
    const options = { ...plain, runner: { env: {}, resourceLimits: {} }, pickup: { module: url } }
    const expected = schemeOf([check(options)]).groups
    expect(polluted(pollution, () => schemeOf([check(options)])).groups).toEqual(expected)
    expect(polluted(pollution, () => check(plain))).toEqual(check(plain))
    expect(polluted(pollution, () => check(options).runner.name)).toBeUndefined()
    expect(polluted(pollution, () => checkPoolOptions({}, defaults))).toEqual(checkPoolOptions({}, defaults))
  })

  it('[5] makes no strategy, and no logger, of what is none, and gives nobody a name', () => {
    const messageOf = (run: () => unknown): string => {
      try {
        run()
        return 'no refusal'
      } catch (error) {
        return (error as Error).message
      }
    }
    const messages = polluted(pollution, () => [
      messageOf(() => check({ ...plain, restart: {} })),
      messageOf(() => check({ ...plain, pickup: {} })),
      messageOf(() => checkPoolOptions({ logger: {} }, defaults)),
      messageOf(() => check({ type: 'job', entryPoint: url })),
    ])
    expect(messages[0]).toContain("group 'resize': restart must be ")
    expect(messages[1]).toContain("group 'resize': pickup must be ")
    expect(messages[2]).toContain('logger must be ')
    expect(messages[3]).toContain('name is missing')
  })
})
