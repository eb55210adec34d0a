import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Signals } from '../../src/base/abort-listeners.js'

function listening(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

function watched(): { signals: Signals<string>; aborted: [string, unknown][] } {
  const aborted: [string, unknown][] = []
  return { signals: new Signals<string>((work, reason) => aborted.push([work, reason])), aborted }
}

describe('signals', () => {
  test('tell each work of the abort, once, in the order of watching, with the reason', () => {
    const { signals, aborted } = watched()
    const controller = new AbortController()
    for (const work of ['a', 'b', 'c']) signals.watch(controller.signal, work)
    expect(aborted).toEqual([])
    const reason = { why: 'enough' }
    controller.abort(reason)
    expect(aborted).toEqual([
      ['a', reason],
      ['b', reason],
      ['c', reason],
    ])
    expect(aborted.every(([, given]) => given === reason)).toBe(true)
    controller.abort('again')
    expect(aborted).toHaveLength(3)
  })

  test('[24] share one listener per signal, however many works there are', () => {
    const { signals } = watched()
    const { signal } = new AbortController()
    for (let i = 0; i < 10_000; i++) signals.watch(signal, `work ${i}`)
    expect(listening(signal)).toBe(1)
    for (let i = 0; i < 9_999; i++) signals.unwatch(signal, `work ${i}`)
    expect(listening(signal)).toBe(1)
    signals.unwatch(signal, 'work 9999')
    expect(listening(signal)).toBe(0)
  })

  test('[24] leave no listener behind, after an abort neither', () => {
    const { signals } = watched()
    const controller = new AbortController()
    signals.watch(controller.signal, 'a')
    controller.abort()
    expect(listening(controller.signal)).toBe(0)
    signals.unwatch(controller.signal, 'a')
    expect(listening(controller.signal)).toBe(0)
  })

  test('tell nothing to a work that no longer cares, and all to the others', () => {
    const { signals, aborted } = watched()
    const controller = new AbortController()
    for (const work of ['a', 'b', 'c']) signals.watch(controller.signal, work)
    signals.unwatch(controller.signal, 'b')
    signals.unwatch(controller.signal, 'never watched')
    controller.abort(1)
    expect(aborted).toEqual([
      ['a', 1],
      ['c', 1],
    ])
  })

  test('can be watched anew after everybody had left', () => {
    const { signals, aborted } = watched()
    const controller = new AbortController()
    signals.watch(controller.signal, 'a')
    signals.unwatch(controller.signal, 'a')
    signals.watch(controller.signal, 'b')
    expect(listening(controller.signal)).toBe(1)
    controller.abort('r')
    expect(aborted).toEqual([['b', 'r']])
  })

  test('are told apart', () => {
    const { signals, aborted } = watched()
    const [one, other] = [new AbortController(), new AbortController()]
    signals.watch(one.signal, 'of one')
    signals.watch(other.signal, 'of the other')
    signals.unwatch(one.signal, 'of the other')
    one.abort(1)
    expect(aborted).toEqual([['of one', 1]])
    expect(listening(other.signal)).toBe(1)
    other.abort(2)
    expect(aborted).toEqual([
      ['of one', 1],
      ['of the other', 2],
    ])
  })

  test('tell all of them although those told first leave, and others watch anew meanwhile', () => {
    const controller = new AbortController()
    const told: string[] = []
    const signals: Signals<string> = new Signals(work => {
      told.push(work)
      signals.unwatch(controller.signal, work)
    })
    for (const work of ['a', 'b', 'c']) signals.watch(controller.signal, work)
    controller.abort()
    expect(told).toEqual(['a', 'b', 'c'])
    expect(listening(controller.signal)).toBe(0)
  })

  test('leave listeners of others alone', () => {
    const { signals } = watched()
    const controller = new AbortController()
    let heard = 0
    controller.signal.addEventListener('abort', () => heard++)
    signals.watch(controller.signal, 'a')
    signals.unwatch(controller.signal, 'a')
    expect(listening(controller.signal)).toBe(1)
    controller.abort()
    expect(heard).toBe(1)
  })
})
