import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { realClock } from '../../src/base/clock.js'
import { FakeClock } from '../support/fake-clock.js'
import { heardByProcess } from '../support/process-events.js'

function passed(ms: number): Promise<number> {
  return new Promise(resolve => realClock.after(ms, () => resolve(realClock.now())))
}

describe('the real clock', () => {
  it('never fires early, fractions of a millisecond included', async () => {
    const early: string[] = []
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const ms = 1 + i / 7
          const start = realClock.now()
          const took = (await passed(ms)) - start
          if (took < ms) early.push(`${took} instead of ${ms}`)
        }),
      )
    }
    expect(early).toEqual([])
  })

  it('does not count the time that the current turn took before the timer was set', async () => {
    await passed(1)
    const turn = realClock.now()
    while (realClock.now() < turn + 30);
    const start = realClock.now()
    expect((await passed(20)) - start).toBeGreaterThanOrEqual(20)
  })

  it('calls no function whose timer was cancelled', async () => {
    const fn = vi.fn()
    const timer = realClock.after(1, fn)
    timer.cancel()
    timer.cancel()
    await passed(5)
    expect(fn).not.toHaveBeenCalled()
  })

  it('does not fire at once after a delay longer than setTimeout takes', async () => {
    const fn = vi.fn()
    const warned = vi.spyOn(process, 'emitWarning')
    const timers = [2 ** 31, 1e12, Infinity].map(ms => realClock.after(ms, fn))
    await passed(20)
    expect(fn).not.toHaveBeenCalled()
    expect(warned).not.toHaveBeenCalled()
    for (const timer of timers) timer.cancel()
    warned.mockRestore()
  })

  it('takes a delay that has passed already as none: it fires in a later turn, and Node has nothing to warn of', async () => {
    const fired: string[] = []
    const warnings = await heardByProcess('warning', async () => {
      realClock.after(-5, () => fired.push('past'))
      realClock.after(-Infinity, () => fired.push('long past'))
      expect(fired).toEqual([])
      await passed(3)
    })
    expect([fired, warnings]).toEqual([['past', 'long past'], []])
  })

  it('keeps the process alive neither before nor after an early call', async () => {
    const referenced = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
    // Others' timers come and go, these are 50.
    const few = referenced() + 10
    const timers = Array.from({ length: 50 }, (_, i) => realClock.after(1 + i / 10, () => {}))
    expect(referenced()).toBeLessThan(few)
    await passed(3)
    expect(referenced()).toBeLessThan(few)
    for (const timer of timers) timer.cancel()
  })

  it('runs in real time where a test tool has replaced the global timers', async () => {
    vi.useFakeTimers()
    try {
      await passed(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('shows the same time in every thread', async () => {
    const worker = new Worker(`require('worker_threads').parentPort.postMessage(performance.now())`, { eval: true })
    const before = realClock.now()
    const there = await new Promise<number>(resolve => worker.once('message', resolve))
    expect(there).toBeGreaterThan(before)
    expect(there).toBeLessThan(realClock.now())
    await worker.terminate()
  })
})

describe('the fake clock', () => {
  it('fires in order of time, equals in order of creation', () => {
    const clock = new FakeClock()
    const fired: string[] = []
    clock.after(5, () => fired.push('c'))
    clock.after(3, () => fired.push('a'))
    clock.after(5, () => fired.push('d'))
    clock.after(3, () => fired.push('b'))
    clock.after(6, () => fired.push('late'))
    clock.advance(5)
    expect(fired).toEqual(['a', 'b', 'c', 'd'])
    expect(clock.pending).toBe(1)
  })

  it('shows each function its own time, and fires what is created on the way', () => {
    const clock = new FakeClock(100)
    const fired: number[] = []
    const again = () => {
      fired.push(clock.now())
      clock.after(10, again)
    }
    clock.after(10, again)
    clock.advance(35)
    expect(fired).toEqual([110, 120, 130])
    expect(clock.now()).toBe(135)
  })

  it('fires nothing that was cancelled on the way', () => {
    const clock = new FakeClock()
    const fn = vi.fn()
    const later = clock.after(2, fn)
    clock.after(1, () => later.cancel())
    clock.advance(3)
    expect(fn).not.toHaveBeenCalled()
    expect(clock.pending).toBe(0)
  })

  it('fails instead of hanging on a timer that re-arms itself at the same instant', () => {
    const clock = new FakeClock()
    const again = () => void clock.after(0, again)
    clock.after(0, again)
    expect(() => clock.advance(1)).toThrow('endless')
  })
})
