/** Threads in native code, which nothing can interrupt: who waits for them, how long, and what becomes of them. */

import { Pool, task, WorkDiscardedError } from 'threadcrew'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { hasNativeGates, NativeGate } from '../support/native-gate.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { endOf, StepLog, steps, warmUp } from '../support/steps.js'
import type { standInNativeCode } from '../support/tasks/native.js'

const stand = task<typeof standInNativeCode<string>>(
  new URL('../support/tasks/native.js', import.meta.url),
  'standInNativeCode',
)
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

afterAll(() => NativeGate.removeAll())

describe.runIf(hasNativeGates)('a thread that does not exit when told', () => {
  test('[40] holds up a hot discard for grace + killTimeout, is named as stuck, replaced, and ended when it can be', async () => {
    await using pool = new Pool({ total: 1, grace: 30, killTimeout: 50 })
    await pool.ready
    using gate = new NativeGate()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const victim = pool.execute(stand, [gate.folder])
    await gate.entered()
    const workerId = victim.workerId as string
    const start = performance.now()
    const result = pool.discard(victim, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(pool.stats().workers.stuck).toEqual([])
    expect(await result).toEqual(new Map([[victim.id, 'discarded']]))
    expect(performance.now() - start).toBeGreaterThanOrEqual(80)
    // It is there still, and nobody waits for it.
    expect(exited).toEqual([])
    expect(pool.stats().workers.stuck).toEqual([workerId])
    expect(pool.workers.map(worker => worker.id)).not.toContain(workerId)
    expect(pool.workers).toHaveLength(1)
    expect(pool.stats().workers).toMatchObject({ total: 1, busy: 0, stopping: 0 })
    const next = pool.execute(() => 'served')
    expect(await next).toBe('served')
    expect(next.workerId).not.toBe(workerId)

    gate.open()
    await until(() => pool.stats().workers.stuck.length === 0)
    expect(exited).toEqual([workerId])
    expect(victim.status).toBe('discarded')
    expect(pool.workers).toHaveLength(1)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(pool.stats()).toMatchObject({ done: 2, discarded: 1, failed: 0 })
  })

  test('[40] works sent ahead to it run once on another thread, without waiting for killTimeout', async () => {
    await using pool = new Pool({ total: 2, killTimeout: 600_000 })
    await pool.ready
    using gate = new NativeGate()
    using second = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const victim = pool.execute(stand, [gate.folder])
    const other = pool.execute(spinStep, [log.buffer, 0, second.buffer])
    await Promise.all([gate.entered(), second.entered()])
    const works = range(1, 20).map(i => pool.execute(step, [log.buffer, i]))
    const result = pool.discard(victim, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    second.open()
    expect(await Promise.all([other, ...works])).toEqual(range(0, 20))
    expect(log.begun).toEqual(range(0, 20))
    gate.open()
    expect(await result).toEqual(new Map([[victim.id, 'discarded']]))
    expect(pool.stats().workers.stuck).toEqual([])
  })

  test.each(['timeout', 'signal', 'work.stop()'] as const)(
    '[40] is replaced, too, when a work is ended by its %s',
    async how => {
      await using pool = new Pool({ total: 1, killTimeout: 50 })
      await pool.ready
      using gate = new NativeGate()
      const controller = new AbortController()
      // Loads the module; the time limit is to pass inside of native code.
      using open = new NativeGate()
      open.open()
      await pool.execute(stand, [open.folder])
      const victim = pool.execute(
        stand,
        [gate.folder],
        how === 'timeout' ? { timeout: 500 } : { signal: controller.signal },
      )
      const ended = endOf(victim)
      const next = pool.execute(() => 'served')
      await gate.entered()
      const workerId = victim.workerId as string
      if (how === 'signal') controller.abort()
      if (how === 'work.stop()') expect(await victim.stop()).toBe('discarded')
      expect(await ended).toBe(how === 'timeout' ? 'ERR_WORK_TIMEOUT' : 'ERR_WORK_DISCARDED')
      expect(await next).toBe('served')
      expect(pool.stats().workers.stuck).toEqual([workerId])
      expect(pool.workers).toHaveLength(1)
      gate.open()
      await until(() => pool.stats().workers.stuck.length === 0)
      expect(await pool.execute(() => 'served')).toBe('served')
    },
  )

  test('[40] does not hold up a hot scale beyond grace + killTimeout', async () => {
    await using pool = new Pool({ total: 1, killTimeout: 50 })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    await gate.entered()
    const workerId = victim.workerId as string
    const scaled = pool.scale(-1, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await scaled).toEqual({
      total: 0,
      added: [],
      removed: [workerId],
      works: new Map([[victim.id, 'discarded']]),
    })
    expect(pool.stats().workers).toMatchObject({ total: 0, stopping: 0, stuck: [workerId] })
    expect(pool.workers).toEqual([])
    // It was not wanted any more: nobody takes its place, not when it ends either.
    gate.open()
    await until(() => pool.stats().workers.stuck.length === 0)
    expect(pool.workers).toEqual([])
    expect((await pool.scale(1)).added).toHaveLength(1)
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[40] does not hold up a hot worker.stop()', async () => {
    await using pool = new Pool({ total: 1, killTimeout: 50 })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    await gate.entered()
    const [worker] = pool.workers
    const stopped = worker?.stop(true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await stopped).toBe(victim.id)
    expect(pool.stats().workers).toMatchObject({ total: 0, stuck: [worker?.id] })
    gate.open()
    await until(() => pool.stats().workers.stuck.length === 0)
  })

  test('[40] does not hold up a hot stop; it is named afterwards, as long as it is there', async () => {
    const pool = new Pool({ total: 2, grace: 20, killTimeout: 50 })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    await gate.entered()
    const workerId = victim.workerId as string
    const stopped = pool.stop(true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await stopped).toEqual(new Map([[victim.id, 'discarded']]))
    expect(pool.state).toBe('stopped')
    expect(pool.stats().workers.stuck).toContain(workerId)
    gate.open()
    await until(() => pool.stats().workers.stuck.length === 0)
    expect(pool.workers).toEqual([])
  })

  test('[40] does not hold up stop({ timeout })', async () => {
    const pool = new Pool({ total: 1, killTimeout: 50 })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    const queued = pool.execute(() => 1)
    const ends = Promise.all([victim, queued].map(endOf))
    await gate.entered()
    expect([...(await pool.stop({ timeout: 30 })).values()]).toEqual(['discarded', 'discarded'])
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect(pool.stats().workers.stuck).toHaveLength(1)
    gate.open()
    await until(() => pool.stats().workers.stuck.length === 0)
  })

  test('[40] a thread that was left behind does not end the stop of a pool with a longer killTimeout', async () => {
    const pool = new Pool({ total: 1, killTimeout: Infinity })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    await gate.entered()
    const stopped = pool.stop(true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(pool.state).toBe('stopping')
    gate.open()
    expect(await stopped).toEqual(new Map([[victim.id, 'discarded']]))
    expect(pool.stats().workers.stuck).toEqual([])
  })

  test('[40] a native call that is over within the grace costs no thread', async () => {
    await using pool = new Pool({ total: 1, grace: 600_000, killTimeout: 50 })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    await gate.entered()
    const { workerId } = victim
    const result = pool.discard(victim, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    gate.open()
    await result
    const next = pool.execute(() => 'served')
    expect(await next).toBe('served')
    expect(next.workerId).toBe(workerId)
  })

  test('[40] a native call that ends between the kill and killTimeout leaves nothing stuck', async () => {
    await using pool = new Pool({ total: 1, killTimeout: 600_000 })
    await pool.ready
    using gate = new NativeGate()
    const victim = pool.execute(stand, [gate.folder])
    const next = pool.execute(() => 'served')
    await gate.entered()
    const { workerId } = victim
    const result = pool.discard(victim, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    gate.open()
    expect(await result).toEqual(new Map([[victim.id, 'discarded']]))
    expect(pool.stats().workers.stuck).toEqual([])
    expect(await next).toBe('served')
    expect(next.workerId).not.toBe(workerId)
  })
})
