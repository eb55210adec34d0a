/** What a pool is asked to do by which signal, while it listens to them. */

import { describe, expect, test } from 'vitest'
import { RestartFailedError } from '../../../src/errors/groups.js'
import { ProcessHandlers } from '../../../src/groups/pool/process-handlers.js'
import { heardByProcess } from '../../support/process-events.js'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const
const ALL = { handleSignals: true, handleGlobalErrors: true }

/** A pool that notes what it is asked to do, with handlers of these options that are taken off at the end. */
function setUp(options: { handleSignals: boolean; handleGlobalErrors: boolean }, refusal = new Error('too late')) {
  const asked: unknown[] = []
  const lines: unknown[] = []
  const pool = {
    stop: async (how?: object) => void asked.push({ stop: how }),
    // One that comes as the pool stops is refused.
    restart: async (how?: object) => (asked.push({ restart: how }), Promise.reject(refusal)),
    fail: (error: unknown) => void asked.push({ fail: String(error) }),
  }
  const handlers = new ProcessHandlers(options, pool, (level, text, { err }) => lines.push([level, text, err]))
  const before = counts()
  const listening = {
    asked,
    lines,
    added: () => counts().map((count, i) => count - (before[i] ?? 0)),
    // To these handlers alone: whoever runs the tests listens, too.
    hear: (event: string) => {
      const listener = process.listeners(event as 'SIGINT').at(-1) as ((what: unknown) => void) | undefined
      listener?.(event === 'uncaughtException' ? new Error('nobody caught it') : event)
    },
    [Symbol.dispose]: () => handlers.remove(),
  }
  handlers.install()
  return listening
}

const counts = (): number[] => [...SIGNALS, 'uncaughtException'].map(event => process.listenerCount(event))

describe('handlers of the process', () => {
  test('stop the pool at a first TERM or INT, and at once at a second', () => {
    using handlers = setUp(ALL)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM']) handlers.hear(signal)
    expect(handlers.asked).toEqual([{ stop: { hot: false } }, { stop: { hot: true } }, { stop: { hot: true } }])
  })

  test('restart it hard at HUP and softly at USR2, also where it is too late for that', () => {
    using handlers = setUp(ALL)
    for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGUSR2']) handlers.hear(signal)
    expect(handlers.asked).toEqual([
      { restart: { hard: true } },
      { restart: { hard: false } },
      { restart: { hard: false } },
    ])
  })

  test.each([
    ['is logged where a worker was not replaced', new RestartFailedError(['a-1']), 1],
    ['is nobody’s where it came too late', new Error('too late'), 0],
  ])('see to a restart that fails: it %s', async (_, refusal, count) => {
    using handlers = setUp(ALL, refusal)
    handlers.hear('SIGHUP')
    await new Promise(setImmediate)
    expect(handlers.lines.slice(1)).toEqual(new Array(count).fill(['error', 'the restart has failed', refusal]))
  })

  test('let it end by an error that nobody caught', () => {
    using handlers = setUp(ALL)
    handlers.hear('uncaughtException')
    expect(handlers.asked).toEqual([{ fail: 'Error: nobody caught it' }])
  })

  test('of many pools are one listener of the process for each event: Node has nothing to warn of', async () => {
    const before = counts()
    const warnings = await heardByProcess('warning', async () => {
      const all = Array.from({ length: 12 }, () => setUp(ALL))
      expect(counts().map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1, 1, 1, 1])
      all[0]?.[Symbol.dispose]()
      all[1]?.hear('SIGTERM')
      expect(all.map(({ asked }) => asked.length)).toEqual([0, ...new Array(11).fill(1)])
      for (const handlers of all) handlers[Symbol.dispose]()
    })
    expect(warnings).toEqual([])
    expect(counts()).toEqual(before)
  })

  test('hear of the next pool, too, though somebody has removed all listeners meanwhile', () => {
    using first = setUp({ handleSignals: true, handleGlobalErrors: false })
    const others = process.listeners('SIGHUP')
    process.removeAllListeners('SIGHUP')
    using second = setUp({ handleSignals: true, handleGlobalErrors: false })
    second.hear('SIGHUP')
    expect([first.asked, second.asked]).toEqual(new Array(2).fill([{ restart: { hard: true } }]))
    for (const other of others) if (!process.listeners('SIGHUP').includes(other)) process.on('SIGHUP', other)
  })

  test('listen to what they were told to, and to nothing when they are taken off', () => {
    for (const [handleSignals, handleGlobalErrors, added] of [
      [true, false, [1, 1, 1, 1, 0]],
      [false, true, [0, 0, 0, 0, 1]],
      [false, false, [0, 0, 0, 0, 0]],
    ] as const) {
      const handlers = setUp({ handleSignals, handleGlobalErrors })
      expect(handlers.added()).toEqual(added)
      handlers[Symbol.dispose]()
      expect(handlers.added()).toEqual([0, 0, 0, 0, 0])
    }
  })
})
