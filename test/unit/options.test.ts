import { availableParallelism } from 'node:os'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import type { ExecuteOptions } from '../../src/work/options.js'
import type { PoolOptions } from '../../src/pool/options.js'
import { splitMapOptions } from '../../src/calls/map.js'
import { splitStreamOptions } from '../../src/calls/stream.js'
import { resolveJobOptions } from '../../src/groups/jobs/options-check.js'
import { checkPoolOptions } from '../../src/groups/scheme/scheme.js'
import { pickup } from '../../src/groups/strategies/pickup.js'
import { resolveStop } from '../../src/pool/shutdown.js'
import { resolveExecuteOptions } from '../../src/work/options-check.js'
import { checks, resolvePoolOptions, scaleBounds } from '../../src/pool/options-check.js'
import { task } from '../../src/task/task.js'
import { UncloneableValueError } from '../../src/errors/works.js'

const processors = availableParallelism()

/** As plain JavaScript would pass it. */
function refusal(options: unknown, resolve: (options: unknown) => unknown = resolvePoolOptions): string {
  try {
    resolve(options)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return `${error.name}: ${error.message}`
    throw error
  }
  return 'no refusal'
}

describe('the options of a pool', () => {
  it('[1] are all filled in', () => {
    expect(resolvePoolOptions()).toEqual({
      total: processors,
      workBuffer: 1024,
      whenFull: 'wait',
      autoScale: false,
      waitTime: 100,
      scalingFactor: 1,
      min: 1,
      max: processors,
      given: { total: undefined, min: undefined, max: undefined },
      idleTime: 10_000,
      timeout: Infinity,
      concurrency: 1,
      grace: 0,
      killTimeout: 1000,
      retain: 1000,
      recycle: { works: Infinity, age: Infinity, heap: Infinity },
      setup: undefined,
      teardown: undefined,
      thread: {},
    })
  })

  it('arrive as they were given', () => {
    const setup = () => {}
    const teardown = () => {}
    const given = {
      total: 3,
      workBuffer: Infinity,
      whenFull: 'reject',
      autoScale: true,
      waitTime: 0,
      scalingFactor: 2,
      min: 0,
      max: 9,
      idleTime: Infinity,
      timeout: 0.5,
      grace: 1.5,
      killTimeout: Infinity,
      retain: 0,
      recycle: { works: 10, age: 1000, heap: 1e9 },
      setup,
      teardown,
    } as const
    expect(resolvePoolOptions(given)).toMatchObject(given)
  })

  it('take functions and tasks as setup and teardown, which may know the type of their data', () => {
    const url = new URL('./hooks.js', import.meta.url)
    const options: PoolOptions[] = [
      { setup: data => void data },
      { setup: (data: { url: string }) => data.url },
      { setup: async () => {} },
      { setup: task(url, 'setup'), teardown: task(url, 'teardown') },
      { setup: task<(data: { url: string }) => Promise<void>>(url, 'setup'), teardown: task<() => void>(url) },
      { setup() {}, teardown(_data) {} },
    ]
    for (const { setup, teardown } of options) {
      expect(resolvePoolOptions({ setup, teardown })).toMatchObject({ setup, teardown })
    }
    // @ts-expect-error: the data is the only argument
    options.push({ setup: (data: unknown, more: unknown) => more })
  })

  it('cannot be changed afterwards', () => {
    const options = { total: 2, thread: { argv: ['a'], env: { A: '1' }, resourceLimits: { stackSizeMb: 2 } } }
    const resolved = resolvePoolOptions(options)
    options.total = 5
    options.thread.argv.push('b')
    options.thread.env.A = '2'
    options.thread.resourceLimits.stackSizeMb = 3
    expect(resolved.total).toBe(2)
    expect(resolved.thread).toEqual({ argv: ['a'], env: { A: '1' }, resourceLimits: { stackSizeMb: 2 } })
    for (const part of [resolved, resolved.given, resolved.thread, resolved.thread.argv, resolved.thread.env]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it('count as not given where they are undefined', () => {
    const names: (keyof PoolOptions)[] = ['total', 'waitTime', 'autoScale', 'min', 'max', 'timeout', 'setup', 'thread']
    expect(resolvePoolOptions(Object.fromEntries(names.map(name => [name, undefined])))).toEqual(resolvePoolOptions())
    expect(Object.keys(resolvePoolOptions({ thread: { name: undefined } }).thread)).toEqual([])
  })

  const whole = (least: number) => `a whole number ≥ ${least}`
  it.each<[PoolOptions | Record<string, unknown>, string]>([
    [{ total: -1 }, `RangeError: total must be ${whole(0)}, got -1 (number)`],
    [{ total: 1.5 }, `RangeError: total must be ${whole(0)}, got 1.5 (number)`],
    [{ total: NaN }, `RangeError: total must be ${whole(0)}, got NaN (number)`],
    [{ total: Infinity }, `RangeError: total must be ${whole(0)}, got Infinity (number)`],
    [{ total: 2 ** 53 }, `RangeError: total must be ${whole(0)}, got 9007199254740992 (number)`],
    [{ total: '4' }, `TypeError: total must be ${whole(0)}, got '4' (string)`],
    [{ total: 4n }, `TypeError: total must be ${whole(0)}, got 4n (bigint)`],
    [{ total: null }, `TypeError: total must be ${whole(0)}, got null (null)`],
    [{ workBuffer: -1 }, `RangeError: workBuffer must be ${whole(0)} or Infinity, got -1 (number)`],
    [{ workBuffer: -Infinity }, `RangeError: workBuffer must be ${whole(0)} or Infinity, got -Infinity (number)`],
    [{ whenFull: 'drop' }, `TypeError: whenFull must be 'wait' or 'reject', got 'drop' (string)`],
    [{ autoScale: 1 }, 'TypeError: autoScale must be true or false, got 1 (number)'],
    [{ waitTime: -1 }, 'RangeError: waitTime must be a finite number ≥ 0, got -1 (number)'],
    [{ waitTime: Infinity }, 'RangeError: waitTime must be a finite number ≥ 0, got Infinity (number)'],
    [{ scalingFactor: 0 }, `RangeError: scalingFactor must be ${whole(1)}, got 0 (number)`],
    [{ min: -1 }, `RangeError: min must be ${whole(0)}, got -1 (number)`],
    [{ max: 0 }, `RangeError: max must be ${whole(1)}, got 0 (number)`],
    [{ min: 5, max: 4 }, 'RangeError: min must be ≤ max, got min 5 and max 4'],
    [{ idleTime: NaN }, 'RangeError: idleTime must be a number ≥ 0 or Infinity, got NaN (number)'],
    [{ timeout: 0 }, 'RangeError: timeout must be a number > 0 or Infinity, got 0 (number)'],
    [{ grace: -1 }, 'RangeError: grace must be a number ≥ 0 or Infinity, got -1 (number)'],
    [{ killTimeout: -1 }, 'RangeError: killTimeout must be a number ≥ 0 or Infinity, got -1 (number)'],
    [{ recycle: 5 }, 'TypeError: recycle must be an object, got 5 (number)'],
    [{ recycle: { works: 0.5 } }, `RangeError: recycle.works must be ${whole(1)} or Infinity, got 0.5 (number)`],
    [{ retain: 0.5 }, `RangeError: retain must be ${whole(0)} or Infinity, got 0.5 (number)`],
    [{ setup: 'init' }, "TypeError: setup must be a function, or a task made by task(), got 'init' (string)"],
    [{ teardown: null }, 'TypeError: teardown must be a function, or a task made by task(), got null (null)'],
    [{ thread: [] }, 'TypeError: thread must be an object, got [] (array)'],
    [{ thread: { name: 1 } }, 'TypeError: thread.name must be a string, got 1 (number)'],
    [{ thread: { env: null } }, 'TypeError: thread.env must be an object of strings, or SHARE_ENV, got null (null)'],
    [{ thread: { env: { PORT: 80 } } }, 'TypeError: thread.env.PORT must be a string, got 80 (number)'],
    [{ thread: { argv: 'a' } }, "TypeError: thread.argv must be an array of strings, got 'a' (string)"],
    [{ thread: { execArgv: ['a', 1] } }, 'TypeError: thread.execArgv[1] must be a string, got 1 (number)'],
    [{ thread: { stdout: 'yes' } }, "TypeError: thread.stdout must be true or false, got 'yes' (string)"],
    [
      { thread: { resourceLimits: { maxOldGenerationSizeMb: 8 } } },
      'RangeError: thread.resourceLimits.maxOldGenerationSizeMb must be a finite number ≥ 16 ' +
        '(with less, Node cannot start a thread, or dies), got 8 (number)',
    ],
    [
      { thread: { resourceLimits: { maxYoungGenerationSizeMb: 0 } } },
      'RangeError: thread.resourceLimits.maxYoungGenerationSizeMb must be a finite number > 0, got 0 (number)',
    ],
  ])('[4] %o is refused, naming option and value', (options, message) => {
    expect(refusal(options)).toBe(message)
  })

  it.each([null, 5, 'total', [], () => {}])('[4] must be an object, not %o', options => {
    expect(refusal(options)).toMatch(/^TypeError: options must be an object, got /)
  })

  it('[4] that do not exist are refused, with those that are meant', () => {
    expect(refusal({ wokbuffer: 1 })).toMatch(
      /^TypeError: options has no 'wokbuffer'; did you mean workBuffer\? Known names: total, workBuffer, .*thread$/,
    )
    expect(refusal({ timout: 1 })).toContain('did you mean timeout?')
    expect(refusal({ maxThreads: undefined })).toMatch(/^TypeError: options has no 'maxThreads'; known names: total, /)
    expect(refusal({ thread: { nmae: 'x' } })).toContain("thread has no 'nmae'; did you mean name? Known names: name, ")
    expect(refusal({ thread: { resourceLimits: { heap: 1 } } })).toContain(
      "thread.resourceLimits has no 'heap'; known names: maxOld",
    )
    for (const name of ['toString', 'constructor', '__proto__']) {
      expect(refusal(JSON.parse(`{"${name}": 1}`))).toContain(`options has no '${name}'`)
    }
  })

  it('are shown in refusals without running their code, and cut short', () => {
    const hostile = {
      get [Symbol.toStringTag]() {
        return 'x'.repeat(1000)
      },
      toString: () => expect.fail('called'),
      toJSON: () => expect.fail('called'),
      [Symbol.for('nodejs.util.inspect.custom')]: () => expect.fail('called'),
    }
    expect(refusal({ total: hostile }).length).toBeLessThan(300)
    expect(refusal({ total: 'x'.repeat(10_000) }).length).toBeLessThan(300)
  })
})

describe('the size of a pool', () => {
  const size = (options: PoolOptions) => {
    const { total, min, max, autoScale } = resolvePoolOptions(options)
    return [total, min, max, autoScale]
  }
  const many = processors + 5

  it.each<[PoolOptions, [number, number, number, boolean]]>([
    [{}, [processors, 1, processors, false]],
    [{ total: many }, [many, many, many, false]],
    [{ total: 0 }, [0, 0, processors, false]],
    [{ autoScale: true }, [1, 1, processors, true]],
    [{ waitTime: 5 }, [1, 1, processors, true]],
    [{ waitTime: 5, autoScale: false }, [processors, 1, processors, false]],
    [{ autoScale: true, total: 0 }, [0, 0, processors, true]],
    [{ autoScale: true, total: many }, [many, many, many, true]],
    [{ autoScale: true, min: 0 }, [0, 0, processors, true]],
    [{ autoScale: true, min: many }, [many, many, many, true]],
    [{ autoScale: true, max: many }, [1, 1, many, true]],
    [{ autoScale: true, total: 1, min: many }, [1, many, many, true]],
    [{ autoScale: true, total: 4, max: 2 }, [4, 2, 2, true]],
    [{ autoScale: true, total: 9, min: 2, max: 3 }, [9, 2, 3, true]],
    [{ min: 1, max: 1 }, [processors, 1, 1, false]],
  ])('[45] %o: total, min, max, autoScale are %o', (options, expected) => {
    expect(size(options)).toEqual(expected)
  })

  it('keeps defaults out of the way of what is set later', () => {
    expect(scaleBounds({ total: undefined, min: many, max: undefined })).toEqual({ min: many, max: many })
    expect(scaleBounds({ total: many, min: undefined, max: undefined })).toEqual({ min: many, max: many })
    expect(() => scaleBounds({ total: 1, min: 2, max: 1 })).toThrow(RangeError)
  })
})

describe('the checks for settings that can be changed', () => {
  it('return what is right, and refuse the rest in the words of the constructor', () => {
    expect(checks.total(0)).toBe(0)
    expect(checks.workBuffer(Infinity)).toBe(Infinity)
    expect(checks.waitTime(0.5)).toBe(0.5)
    expect(checks.autoScale(false)).toBe(false)
    for (const [name, check] of Object.entries(checks)) {
      expect(refusal('x', check)).toBe(refusal({ [name]: 'x' }))
      expect(refusal(undefined, check)).toContain(`${name} must be`)
    }
  })
})

describe('the options of one work', () => {
  it('are nothing where nothing is given', () => {
    expect(resolveExecuteOptions(undefined)).toBeUndefined()
    expect(resolveExecuteOptions({})).toBeUndefined()
    expect(resolveExecuteOptions({ timeout: undefined, signal: undefined })).toBeUndefined()
  })

  it('arrive as they were given', () => {
    const { signal } = new AbortController()
    const given: ExecuteOptions = {
      priority: -1.5,
      signal,
      timeout: Infinity,
      grace: Infinity,
      queueTimeout: 0.1,
      label: 'resize',
      retries: 2,
    }
    expect(resolveExecuteOptions(given)).toEqual(given)
    expect(resolveExecuteOptions({ label: '' })).toEqual({ priority: 0, label: '', retries: 0 })
  })

  it.each<[unknown, string]>([
    [null, 'TypeError: options must be an object, got null (null)'],
    [[], 'TypeError: options must be an object, got [] (array)'],
    [5, 'TypeError: options must be an object, got 5 (number)'],
    [{ priority: NaN }, 'RangeError: priority must be a finite number, got NaN (number)'],
    [{ priority: Infinity }, 'RangeError: priority must be a finite number, got Infinity (number)'],
    [{ priority: 'high' }, "TypeError: priority must be a finite number, got 'high' (string)"],
    [{ timeout: 0 }, 'RangeError: timeout must be a number > 0 or Infinity, got 0 (number)'],
    [{ queueTimeout: -1 }, 'RangeError: queueTimeout must be a number > 0 or Infinity, got -1 (number)'],
    [{ signal: {} }, 'TypeError: signal must be an AbortSignal, got {} (object)'],
    [{ label: 5 }, 'TypeError: label must be a string, got 5 (number)'],
    [{ onOutput: 1 }, 'TypeError: onOutput must be a function, got 1 (number)'],
    [{ grace: -1 }, 'RangeError: grace must be a number ≥ 0 or Infinity, got -1 (number)'],
    [{ onProgress: 'print' }, "TypeError: onProgress must be a function, got 'print' (string)"],
    [
      { priorty: 5 },
      "TypeError: options has no 'priorty'; did you mean priority? Known names: priority, signal, timeout, grace, queueTimeout, label, retries, onProgress, onOutput",
    ],
    [
      { toString: 5 },
      "TypeError: options has no 'toString'; known names: priority, signal, timeout, grace, queueTimeout, label, retries, onProgress, onOutput",
    ],
  ])('[4] %o is refused', (options, message) => {
    expect(refusal(options, resolveExecuteOptions)).toBe(message)
  })

  it('take a signal of another realm, or of a library', () => {
    const foreign: unknown = runInNewContext('({ aborted: false, addEventListener() {}, removeEventListener() {} })')
    expect(resolveExecuteOptions({ signal: foreign })?.signal).toBe(foreign)
  })

  it('refuse a controller in place of its signal', () => {
    expect(refusal({ signal: new AbortController() }, resolveExecuteOptions)).toContain('signal must be an AbortSignal')
  })
})

/** Every function that takes an object of options from a user, as plain JavaScript would call it. */
const takers: Record<string, (options: unknown) => unknown> = {
  'new Pool()': resolvePoolOptions,
  'new Pool({ thread })': thread => resolvePoolOptions({ thread }),
  'new Pool({ recycle })': recycle => resolvePoolOptions({ recycle }),
  'execute()': resolveExecuteOptions,
  'map()': splitMapOptions,
  'stream()': splitStreamOptions,
  'stop()': resolveStop,
  'new WorkerPool()': options => checkPoolOptions(options, { pickup: pickup.leastJobs() }),
  'a job': resolveJobOptions,
}

class Config {
  total = 1
  timeout = 1
}

describe('an object of options', () => {
  const { signal } = new AbortController()
  const instances = [new AbortController(), signal, new Config(), new Map(), new Date(0), /x/, Promise.resolve()]

  it.each(Object.keys(takers))('[4] of %s is no instance of a class, whose options nobody would read', name => {
    for (const instance of instances) {
      expect(refusal(instance, takers[name])).toMatch(
        /^\w+: (options|thread|recycle|stop\(options\)) must be a plain object, not an instance of a class, got .* \(object\)/,
      )
    }
    for (const other of [[], [signal], () => {}, Config, 'timeout', 5])
      expect(refusal(other, takers[name])).toMatch(/must be an object/)
  })

  it('[4] in place of which a signal or its controller is given says what was meant', () => {
    expect(refusal(signal, resolveExecuteOptions)).toMatch(/, got AbortSignal .*; did you mean \{ signal \}\?$/)
    expect(refusal(new AbortController(), resolveExecuteOptions)).toMatch(
      /, got AbortController .*; did you mean \{ signal: controller\.signal \}\?$/,
    )
  })

  it.each(Object.keys(takers))(
    '[4] of %s may come from another realm, have no prototype, or inherit from an object',
    name => {
      for (const fitting of [
        runInNewContext('({})'),
        runInNewContext('Object.create(null)'),
        Object.create(null),
        Object.create({ unread: 1 }),
        Object.create(Object.create(null)),
        new Proxy({}, {}),
      ]) {
        expect(refusal(fitting, takers[name])).toBe('no refusal')
      }
    },
  )
})

describe('a polluted Object.prototype', () => {
  const pollution: Record<string, unknown> = {
    total: 50,
    min: 5,
    max: 6,
    waitTime: 1,
    autoScale: true,
    setup: 'evil',
    thread: { name: 'evil' },
    name: 'evil',
    env: { EVIL: '1' },
    execArgv: ['--import=evil'],
    resourceLimits: { maxOldGenerationSizeMb: 1 },
    maxOldGenerationSizeMb: 1,
    EVIL: '1',
    priority: 9,
    timeout: 1,
    label: 'evil',
    unheardOf: 1,
  }

  afterEach(() => {
    for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key)
  })

  it('[5] changes no option, in a pool, its threads or a work', () => {
    const plain = { thread: { env: {}, resourceLimits: {} } }
    const expected = resolvePoolOptions(plain)
    for (const [key, value] of Object.entries(pollution)) {
      Object.defineProperty(Object.prototype, key, { value, configurable: true, enumerable: true, writable: true })
    }
    const without = resolvePoolOptions()
    const resolved = resolvePoolOptions(plain)
    const ofWork = [resolveExecuteOptions({}), resolveExecuteOptions({ queueTimeout: 5 })]
    const ofThread = { name: resolved.thread.name, env: resolved.thread.env, limits: resolved.thread.resourceLimits }
    for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key)
    expect(resolved).toEqual(expected)
    expect(without).toEqual(resolvePoolOptions())
    expect(ofThread).toEqual({ name: undefined, env: {}, limits: {} })
    expect(ofWork).toEqual([undefined, { priority: 0, queueTimeout: 5, retries: 0 }])
  })
})

describe('what a thread gets', () => {
  it('is copied without prototype, save for workerData', () => {
    const workerData = { deep: {} }
    const env = Object.create({ INHERITED: '1' }, { OWN: { value: '2', enumerable: true } })
    const { thread } = resolvePoolOptions({
      thread: { name: 'n', env, argv: ['a'], execArgv: [], workerData, resourceLimits: { maxOldGenerationSizeMb: 16 } },
    })
    expect(thread).toEqual({
      name: 'n',
      env: { OWN: '2' },
      argv: ['a'],
      execArgv: [],
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 16 },
    })
    expect(thread.workerData).toBe(workerData)
    for (const part of [thread, thread.env, thread.resourceLimits]) expect(Object.getPrototypeOf(part)).toBeNull()
  })

  it('data that cannot be cloned is refused at once, with its path', () => {
    const revocable = Proxy.revocable({}, {})
    revocable.revoke()
    let deep: unknown = 1
    for (let level = 0; level < 1e5; level++) deep = [deep]
    const refused: readonly (readonly [data: unknown, path: string, why: RegExp])[] = [
      [() => {}, '', /it is a function/],
      [{ hooks: [1, { done() {} }] }, '.hooks[1].done', /it is a function/],
      [new Map([['k', Symbol('s')]]), '.get("k")', /it is a symbol/],
      [{ a: revocable.proxy }, '.a', /it is a Proxy/],
      [{ events: new EventTarget() }, '.events', /EventTarget/],
      [deep, '', /nested too deeply/],
    ]
    for (const [workerData, path, why] of refused) {
      let thrown: unknown
      try {
        resolvePoolOptions({ thread: { workerData } })
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(UncloneableValueError)
      expect(thrown).toMatchObject({ path: `thread.workerData${path}`, message: expect.stringMatching(why) })
    }
  })

  it('can be given to Node as it is', async () => {
    const { thread } = resolvePoolOptions({
      thread: {
        name: 'n',
        env: { A: '1' },
        argv: ['a'],
        execArgv: ['--no-warnings'],
        workerData: 5,
        resourceLimits: { maxOldGenerationSizeMb: 32, stackSizeMb: 2 },
        trackUnmanagedFds: false,
      },
    })
    const url = new URL(
      `data:text/javascript,import { parentPort, workerData, resourceLimits } from 'node:worker_threads';
      parentPort.postMessage([process.env.A, process.argv.at(-1), process.execArgv, workerData, resourceLimits.stackSizeMb])`,
    )
    const worker = new Worker(url, thread)
    const told = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))
    await worker.terminate()
    expect(told).toEqual(['1', 'a', ['--no-warnings'], 5, 2])
  })

  it('may be the environment itself, or what is left of it', () => {
    expect(resolvePoolOptions({ thread: { env: SHARE_ENV } }).thread.env).toBe(SHARE_ENV)
    expect(resolvePoolOptions({ thread: { env: { ...process.env, PATH: undefined } } }).thread.env).not.toHaveProperty(
      'PATH',
    )
    expect(resolvePoolOptions({ thread: { env: process.env } }).thread.env).toEqual({ ...process.env })
  })
})
