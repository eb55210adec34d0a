import { describe, expect, onTestFailed, test } from 'vitest'
import { Autoscaler, decide, type Load } from '../../src/pool/autoscaler.js'
import { FakeClock } from '../support/fake-clock.js'
import { random, type Random } from '../support/random.js'

const quiet: Load = {
  now: 10_000,
  target: 2,
  min: 1,
  max: 4,
  scalingFactor: 1,
  waitTime: 100,
  idleTime: 1000,
  starting: 0,
  waitingSince: undefined,
  refusing: false,
  idleSince: [],
  lastStep: -Infinity,
}

function targetOf(load: Partial<Load>): number {
  return decide({ ...quiet, ...load }).target
}

describe('the decision to have more workers', () => {
  test('[46] is taken when the oldest work has waited for waitTime, not before', () => {
    expect(targetOf({ waitingSince: 9901 })).toBe(2)
    expect(targetOf({ waitingSince: 9900 })).toBe(3)
    expect(targetOf({ waitingSince: 5000 })).toBe(3)
    expect(targetOf({})).toBe(2)
    expect(targetOf({ waitingSince: 10_000, waitTime: 0 })).toBe(3)
  })

  test('[46] counts anew from the last step', () => {
    expect(targetOf({ waitingSince: 5000, lastStep: 9901 })).toBe(2)
    expect(targetOf({ waitingSince: 5000, lastStep: 9900 })).toBe(3)
  })

  test('[46] waits for workers that are starting', () => {
    expect(targetOf({ waitingSince: 5000, starting: 1 })).toBe(2)
  })

  test('[46] goes by scalingFactor, and not beyond max', () => {
    expect(targetOf({ waitingSince: 0, scalingFactor: 2 })).toBe(4)
    expect(targetOf({ waitingSince: 0, scalingFactor: 100 })).toBe(4)
    expect(targetOf({ waitingSince: 0, target: 4 })).toBe(4)
    expect(targetOf({ waitingSince: 0, target: 9 })).toBe(9)
  })

  test('[46] counts a work that would be refused as one that has waited long enough', () => {
    expect(targetOf({ refusing: true })).toBe(3)
    expect(targetOf({ refusing: true, lastStep: 9901 })).toBe(2)
    expect(targetOf({ refusing: true, lastStep: 9900 })).toBe(3)
    expect(targetOf({ refusing: true, starting: 1 })).toBe(2)
    expect(targetOf({ refusing: true, target: 4 })).toBe(4)
    expect(targetOf({ refusing: true, target: 0, min: 0, lastStep: 10_000 })).toBe(1)
  })

  test('[3] is taken at once where there is none at all and a work waits', () => {
    expect(targetOf({ target: 0, min: 0, waitingSince: 10_000 })).toBe(1)
    expect(targetOf({ target: 0, min: 0, waitingSince: 10_000, scalingFactor: 3, lastStep: 10_000 })).toBe(1)
    expect(targetOf({ target: 0, min: 0 })).toBe(0)
  })

  test('[46] is taken at once where there are fewer than min', () => {
    expect(targetOf({ target: 0, min: 3 })).toBe(3)
    expect(targetOf({ target: 2, min: 4, waitingSince: 10_000, starting: 2 })).toBe(4)
  })
})

describe('the decision to have fewer workers', () => {
  test('[46] is taken when one has idled for idleTime, not before', () => {
    expect(targetOf({ idleSince: [9001] })).toBe(2)
    expect(targetOf({ idleSince: [9000] })).toBe(1)
    expect(targetOf({ idleSince: [9500, 9000] })).toBe(1)
    expect(targetOf({})).toBe(2)
  })

  test('[46] takes no more than have idled, than scalingFactor, than there are above min', () => {
    expect(targetOf({ target: 8, max: 8, scalingFactor: 5, idleSince: [0, 0, 9999] })).toBe(6)
    expect(targetOf({ target: 8, max: 8, scalingFactor: 2, idleSince: [0, 0, 0, 0] })).toBe(6)
    expect(targetOf({ target: 3, min: 2, scalingFactor: 5, idleSince: [0, 0, 0] })).toBe(2)
    expect(targetOf({ target: 2, min: 2, idleSince: [0, 0] })).toBe(2)
  })

  test('[46] is not taken while a work waits', () => {
    expect(targetOf({ idleSince: [0], waitingSince: 9999 })).toBe(2)
  })

  test('[46] brings a target above max down as workers idle', () => {
    expect(targetOf({ target: 9, idleSince: [0] })).toBe(8)
  })

  test('is never taken where idleTime is Infinity', () => {
    expect(targetOf({ idleTime: Infinity, idleSince: [0] })).toBe(2)
    expect(decide({ ...quiet, idleTime: Infinity, idleSince: [0] }).askAgainIn).toBe(Infinity)
  })
})

describe('any decision', () => {
  const loadOf = (chance: Random): Load => {
    const now = 1000 + chance.below(1000)
    const min = chance.below(4)
    return {
      now,
      target: chance.below(8),
      min,
      max: Math.max(1, min + chance.below(5)),
      scalingFactor: 1 + chance.below(3),
      waitTime: [0, 1, 50, 100.5][chance.below(4)] ?? 0,
      idleTime: [0, 1, 200, Infinity][chance.below(4)] ?? 0,
      starting: chance.below(3) === 0 ? chance.below(3) : 0,
      waitingSince: chance.below(2) === 0 ? now - chance.below(200) : undefined,
      refusing: chance.below(4) === 0,
      idleSince: Array.from({ length: chance.below(4) }, () => now - chance.below(400)),
      lastStep: chance.below(2) === 0 ? -Infinity : now - chance.below(200),
    }
  }

  /** The loads for which something wrong is decided. */
  function wrongly(isRight: (load: Load) => boolean): Load[] {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    return Array.from({ length: 20_000 }, () => loadOf(chance)).filter(load => !isRight(load))
  }

  test('[46] keeps within min and max: it goes up to max at most, and down to min at least', () => {
    const wrong = wrongly(load => {
      const { target } = decide(load)
      if (load.target < load.min) return target === load.min
      return target > load.target ? target <= load.max : target === load.target || target >= load.min
    })
    expect(wrong).toEqual([])
  })

  test('[46] goes up only because a work has waited too long or would be refused, by scalingFactor at most', () => {
    const wrong = wrongly(load => {
      const { target } = decide(load)
      const { now, lastStep, waitTime, scalingFactor } = load
      if (target <= load.target || load.target < load.min) return true
      const waitingSince = load.refusing ? -Infinity : load.waitingSince
      if (waitingSince === undefined) return false
      if (load.target === 0) return target === 1
      return (
        now - Math.max(waitingSince, lastStep) >= waitTime &&
        load.starting === 0 &&
        target - load.target <= scalingFactor
      )
    })
    expect(wrong).toEqual([])
  })

  test('[46] goes down only because somebody has idled too long while nothing waits, by scalingFactor at most', () => {
    const wrong = wrongly(load => {
      const { target } = decide(load)
      if (target >= load.target) return true
      const idle = load.idleSince.filter(since => load.now - since >= load.idleTime).length
      return (
        !load.refusing && load.waitingSince === undefined && load.target - target <= Math.min(idle, load.scalingFactor)
      )
    })
    expect(wrong).toEqual([])
  })

  test('is asked again in time: it does not change before, as long as only time passes', () => {
    const wrong = wrongly(load => {
      const { target, askAgainIn } = decide(load)
      if (target !== load.target) return askAgainIn >= 0
      const horizon = Math.min(askAgainIn, 2000)
      const later = [0.25, 0.5, 0.75, 0.999].map(share => ({ ...load, now: load.now + horizon * share }))
      return askAgainIn >= 0 && later.every(each => decide(each).target === target)
    })
    expect(wrong).toEqual([])
  })

  test('is asked again exactly when it changes, where either works wait or somebody idles', () => {
    const wrong = wrongly(load => {
      // A refusal is over when it is asked again.
      if (load.refusing) return true
      const { target, askAgainIn } = decide(load)
      const waits = load.waitingSince !== undefined
      if (target !== load.target || askAgainIn === Infinity || load.starting > 0 || (waits && load.target > load.min))
        return true
      if (!waits && load.idleSince.length === 0) return true
      return decide({ ...load, now: load.now + askAgainIn }).target !== target
    })
    expect(wrong).toEqual([])
  })
})

/** A pool that does what it is told, in no time, as far as an autoscaler can see. */
class FakePool {
  readonly clock = new FakeClock(1000)
  readonly steps: [at: number, target: number][] = []
  target: number
  min: number
  max = 4
  scalingFactor = 1
  waitTime = 100
  idleTime = 1000
  starting = 0
  waitingSince: number | undefined
  idleSince: number[] = []
  looks = 0
  readonly autoscaler = new Autoscaler(
    this.clock,
    (refusing, lastStep) => {
      this.looks++
      const { target, min, max, scalingFactor, waitTime, idleTime, starting, waitingSince, idleSince } = this
      return {
        now: this.clock.now(),
        lastStep,
        target,
        min,
        max,
        scalingFactor,
        waitTime,
        idleTime,
        starting,
        waitingSince,
        refusing,
        idleSince,
      }
    },
    target => {
      this.steps.push([this.clock.now(), target])
      if (target < this.target) this.idleSince = this.idleSince.slice(this.target - target)
      this.target = target
    },
  )

  constructor(target = 1, min = 1) {
    this.target = target
    this.min = min
  }
}

describe('an autoscaler', () => {
  test('[46] adds a worker each waitTime while works wait, up to max', () => {
    const pool = new FakePool()
    pool.autoscaler.switch(true)
    pool.clock.advance(500)
    expect(pool.steps).toEqual([])
    pool.waitingSince = pool.clock.now()
    pool.autoscaler.poke()
    pool.clock.advance(5000)
    expect(pool.steps).toEqual([
      [1600, 2],
      [1700, 3],
      [1800, 4],
    ])
    expect(pool.target).toBe(4)
  })

  test('[46] adds none for works that are begun in time', () => {
    const pool = new FakePool()
    pool.autoscaler.switch(true)
    for (let i = 0; i < 50; i++) {
      pool.waitingSince = pool.clock.now()
      pool.autoscaler.poke()
      pool.clock.advance(99)
      pool.waitingSince = undefined
      pool.autoscaler.poke()
      pool.clock.advance(1)
    }
    expect(pool.steps).toEqual([])
  })

  test('[46] adds a worker at once for a work that would be refused, and the next after waitTime', () => {
    const pool = new FakePool()
    pool.autoscaler.refusing()
    expect(pool.steps).toEqual([])
    pool.autoscaler.switch(true)
    for (let ms = 0; ms < 1000; ms += 10) {
      pool.autoscaler.refusing()
      pool.clock.advance(10)
    }
    expect(pool.steps).toEqual([
      [1000, 2],
      [1100, 3],
      [1200, 4],
    ])
  })

  test('[46] waits for those that start before it adds more', () => {
    const pool = new FakePool()
    pool.autoscaler.switch(true)
    pool.waitingSince = pool.clock.now()
    pool.starting = 1
    pool.autoscaler.poke()
    pool.clock.advance(1000)
    expect(pool.steps).toEqual([])
    pool.starting = 0
    pool.autoscaler.poke()
    pool.clock.advance(200)
    expect(pool.steps.length).toBeGreaterThanOrEqual(1)
    expect(pool.steps[0]?.[1]).toBe(2)
  })

  test('[46] goes back to min as workers idle, one step each, and no further', () => {
    const pool = new FakePool(4)
    pool.idleSince = [1000, 1000, 1000, 1000]
    pool.autoscaler.switch(true)
    pool.clock.advance(999)
    expect(pool.steps).toEqual([])
    pool.clock.advance(100_000)
    expect(pool.steps.map(([, target]) => target)).toEqual([3, 2, 1])
    expect(pool.steps[0]).toEqual([2000, 3])
    expect(pool.target).toBe(1)
  })

  test('[46] does not flap at a steady low load: one worker busy in turns never idles too long', () => {
    const pool = new FakePool(2)
    pool.autoscaler.switch(true)
    for (let i = 0; i < 100; i++) {
      pool.idleSince = [pool.clock.now()]
      pool.autoscaler.poke()
      pool.clock.advance(500)
    }
    expect(pool.steps).toEqual([])
  })

  test('[46] adds a worker in time although it was waiting for somebody to idle', () => {
    const pool = new FakePool(2)
    pool.idleTime = 10_000
    pool.idleSince = [pool.clock.now(), pool.clock.now()]
    pool.autoscaler.switch(true)
    pool.clock.advance(500)
    // A burst: nobody idles any more, and a work waits.
    pool.idleSince = []
    pool.waitingSince = pool.clock.now()
    pool.autoscaler.poke()
    pool.clock.advance(150)
    expect(pool.steps).toEqual([[1600, 3]])
  })

  test('switched off it does nothing and leaves no timer; switched on it looks at once', () => {
    const pool = new FakePool()
    pool.waitingSince = 0
    pool.autoscaler.poke()
    pool.autoscaler.reconsider()
    expect([pool.looks, pool.clock.pending, pool.autoscaler.on]).toEqual([0, 0, false])
    pool.autoscaler.switch(true)
    expect(pool.autoscaler.on).toBe(true)
    expect(pool.steps).toEqual([[1000, 2]])
    expect(pool.clock.pending).toBe(1)
    pool.autoscaler.switch(false)
    expect(pool.autoscaler.on).toBe(false)
    expect(pool.clock.pending).toBe(0)
    pool.clock.advance(10_000)
    pool.autoscaler.poke()
    expect(pool.steps).toHaveLength(1)
  })

  test('never has more than one timer, and none where nothing can change by itself', () => {
    const pool = new FakePool(1, 1)
    pool.autoscaler.switch(true)
    expect(pool.clock.pending).toBe(0)
    pool.waitingSince = pool.clock.now()
    for (let i = 0; i < 100; i++) {
      pool.autoscaler.poke()
      pool.autoscaler.reconsider()
      expect(pool.clock.pending).toBe(1)
    }
  })

  test('is cheap to poke: it looks again when that is due, not each time', () => {
    const pool = new FakePool()
    pool.autoscaler.switch(true)
    pool.waitingSince = pool.clock.now()
    pool.autoscaler.poke()
    const { looks } = pool
    for (let i = 0; i < 1000; i++) pool.autoscaler.poke()
    expect(pool.looks).toBe(looks)
    pool.clock.advance(100)
    expect(pool.steps).toEqual([[1100, 2]])
  })

  test('with a waitTime and idleTime of 0 it looks each millisecond at most', () => {
    const pool = new FakePool()
    pool.waitTime = 0
    pool.idleTime = 0
    pool.waitingSince = pool.clock.now()
    pool.starting = 1
    pool.autoscaler.switch(true)
    pool.clock.advance(100)
    expect(pool.looks).toBeLessThanOrEqual(102)
  })

  test('takes a changed setting into account at once', () => {
    const pool = new FakePool()
    pool.waitingSince = pool.clock.now()
    pool.waitTime = 60_000
    pool.autoscaler.switch(true)
    pool.clock.advance(500)
    expect(pool.steps).toEqual([])
    pool.waitTime = 200
    pool.autoscaler.reconsider()
    expect(pool.steps).toEqual([[1500, 2]])
    pool.min = 4
    pool.autoscaler.reconsider()
    expect(pool.steps.at(-1)).toEqual([1500, 4])
  })

  test('[3] starts the first worker for the first work at once', () => {
    const pool = new FakePool(0, 0)
    pool.autoscaler.switch(true)
    pool.clock.advance(5000)
    expect(pool.steps).toEqual([])
    pool.waitingSince = pool.clock.now()
    pool.autoscaler.poke()
    expect(pool.steps).toEqual([[6000, 1]])
  })
})
