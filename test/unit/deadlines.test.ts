import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/base/deadlines.js'
import { FakeClock } from '../support/fake-clock.js'
import { polluted } from '../support/polluted.js'
import { random } from '../support/random.js'

class Item {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

function setUp(onDue: (item: Item, deadlines: Deadlines<Item>) => void = () => {}) {
  const clock = new FakeClock(1000)
  const due: string[] = []
  const deadlines = new Deadlines<Item>(clock, item => {
    due.push(`${item.name}@${clock.now()}`)
    onDue(item, deadlines)
  })
  return { clock, due, deadlines }
}

describe('deadlines', () => {
  it('[27] items are delivered when they are due, in order of time, each once', () => {
    const { clock, due, deadlines } = setUp()
    deadlines.set(new Item('b'), 1020)
    deadlines.set(new Item('c'), 1030)
    deadlines.set(new Item('a'), 1010)
    clock.advance(1)
    expect(due).toEqual([])
    clock.advance(100)
    expect(due).toEqual(['a@1010', 'b@1020', 'c@1030'])
  })

  it('items that are overdue together come in order of time', () => {
    const { clock, due, deadlines } = setUp()
    const names = ['e', 'b', 'd', 'a', 'c']
    for (const name of names) deadlines.set(new Item(name), 900 + name.charCodeAt(0))
    clock.advance(0)
    expect(due).toEqual(['a@1000', 'b@1000', 'c@1000', 'd@1000'])
    clock.advance(1)
    expect(due).toEqual(['a@1000', 'b@1000', 'c@1000', 'd@1000', 'e@1001'])
  })

  it('[27] all items share one timer, and none is left behind', () => {
    const { clock, deadlines } = setUp()
    const items = Array.from({ length: 100 }, (_, i) => new Item(String(i)))
    items.forEach((item, i) => deadlines.set(item, 2000 - i))
    expect(clock.pending).toBe(1)
    for (const item of items.slice(1)) deadlines.clear(item)
    expect(clock.pending).toBe(1)
    items.slice(0, 1).forEach(item => deadlines.clear(item))
    expect(clock.pending).toBe(0)
  })

  it('[5] no timer is armed for what a polluted prototype has at the place of the first', () => {
    const { clock, deadlines } = setUp()
    const item = new Item('only')
    deadlines.set(item, 1010)
    polluted({ 0: { item: new Item('evil'), at: 1001 }, 1: { at: 0 } }, () => deadlines.clear(item))
    expect(clock.pending).toBe(0)
  })

  it('an item can be moved, sooner and later', () => {
    const { clock, due, deadlines } = setUp()
    const [x, y] = [new Item('x'), new Item('y')]
    deadlines.set(x, 1010)
    deadlines.set(y, 1020)
    deadlines.set(x, 1050)
    deadlines.set(y, 1005)
    clock.advance(100)
    expect(due).toEqual(['y@1005', 'x@1050'])
  })

  it('an item can be cleared at any time, without effect where it has no limit', () => {
    const { clock, due, deadlines } = setUp()
    const item = new Item('a')
    deadlines.clear(item)
    deadlines.set(item, 1010)
    deadlines.clear(item)
    deadlines.clear(item)
    clock.advance(100)
    expect(due).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('clearing an item of another instance changes nothing', () => {
    const { clock, due, deadlines } = setUp()
    const other = setUp()
    const [mine, theirs] = [new Item('mine'), new Item('theirs')]
    deadlines.set(mine, 1010)
    other.deadlines.set(theirs, 1010)
    deadlines.clear(theirs)
    other.clock.advance(10)
    expect(other.due).toEqual(['theirs@1010'])
    clock.advance(10)
    expect(due).toEqual(['mine@1010'])
  })

  it('the timer is armed anew only for a sooner item', () => {
    let armed = 0
    const clock = new FakeClock()
    const deadlines = new Deadlines<Item>(
      { now: () => clock.now(), after: (ms, fn) => (armed++, clock.after(ms, fn)), nextTurn: fn => clock.nextTurn(fn) },
      () => {},
    )
    const items = Array.from({ length: 50 }, (_, i) => new Item(String(i)))
    items.forEach((item, i) => deadlines.set(item, 100 + i))
    items.slice(0, 49).forEach(item => deadlines.clear(item))
    expect(armed).toBe(1)
    deadlines.set(new Item('sooner'), 50)
    expect(armed).toBe(2)
  })

  it('onDue may set and clear items, the one that is due too', () => {
    const spared = new Item('spared')
    const { clock, due, deadlines } = setUp((item, all) => {
      if (item.name !== 'x') return
      all.clear(spared)
      if (clock.now() < 1030) all.set(item, clock.now() + 10)
    })
    deadlines.set(new Item('x'), 1010)
    deadlines.set(spared, 1010.5)
    clock.advance(0.2)
    clock.advance(100)
    expect(due).toEqual(['x@1010', 'x@1020', 'x@1030'])
    expect(clock.pending).toBe(0)
  })

  it('an item that is set to the past again and again is delivered once per turn', () => {
    let deliveries = 0
    const { clock, deadlines } = setUp((item, all) => {
      if (++deliveries < 10) all.set(item, 0)
    })
    let turns = 0
    const after = clock.after.bind(clock)
    clock.after = (ms, fn) => (turns++, after(ms, fn))
    deadlines.set(new Item('a'), 0)
    clock.advance(1)
    expect(deliveries).toBe(10)
    expect(turns).toBe(10)
  })

  it('random use agrees with a list that is searched from end to end', () => {
    const { seed, next, below } = random()
    const clock = new FakeClock()
    const due: Item[] = []
    const model = new Map<Item, number>()
    const items = Array.from({ length: 60 }, (_, i) => new Item(String(i)))
    const deadlines = new Deadlines<Item>(clock, item => {
      due.push(item)
      const at = model.get(item)
      expect(at, `seed ${seed}`).toBe(clock.now())
      expect(Math.min(...model.values()), `seed ${seed}`).toBe(at)
      model.delete(item)
      if (next() < 0.3) set(pick())
      if (next() < 0.3) clear(pick())
    })
    const pick = () => items[below(items.length)] ?? new Item('none')
    const set = (item: Item) => {
      const at = clock.now() + 1 + below(100)
      model.set(item, at)
      deadlines.set(item, at)
    }
    const clear = (item: Item) => {
      model.delete(item)
      deadlines.clear(item)
    }
    for (let step = 0; step < 20_000; step++) {
      const dice = next()
      if (dice < 0.5) set(pick())
      else if (dice < 0.8) clear(pick())
      else clock.advance(below(10))
      if (clock.pending !== Math.min(1, model.size)) {
        expect.fail(`seed ${seed}, step ${step}: ${model.size} limits, ${clock.pending} timers`)
      }
      // None may be late.
      if (Math.min(...model.values()) <= clock.now()) expect.fail(`seed ${seed}, step ${step}: a limit was passed over`)
    }
    expect(due.length).toBeGreaterThan(1000)
    for (let round = 0; round < 1000 && model.size > 0; round++) clock.advance(100)
    expect([model.size, clock.pending], `seed ${seed}`).toEqual([0, 0])
  })
})
