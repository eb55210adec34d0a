import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/base/clock.js'
import { Turns } from '../../src/base/once-a-turn.js'

function setUp() {
  const asked: (() => void)[] = []
  let runs = 0
  const clock = { nextTurn: (fn: () => void) => void asked.push(fn) } as Clock
  const turns = new Turns(clock, () => runs++)
  /** The event loop turns: what has asked for that is told. */
  const turn = (): void => asked.splice(0).forEach(fn => fn())
  return { turns, turn, asked, runs: () => runs }
}

describe('a run', () => {
  it('comes once, when the code that asked for it has ended', async () => {
    const { turns, runs } = setUp()
    turns.schedule()
    turns.schedule()
    expect(runs()).toBe(0)
    await null
    expect(runs()).toBe(1)
    turns.schedule()
    await null
    expect(runs()).toBe(2)
  })

  it('waits for the next turn of the event loop after many answers in this one, and then comes once', async () => {
    const { turns, turn, runs } = setUp()
    turns.answered(3000)
    turns.schedule()
    await null
    expect(runs()).toBe(0)
    turn()
    await null
    expect(runs()).toBe(1)
    turns.schedule()
    await null
    expect(runs()).toBe(2)
  })

  it('does not wait where as many answers came in several turns', async () => {
    const { turns, turn, runs } = setUp()
    for (let i = 1; i <= 20; i++) {
      turns.answered(1000)
      turn()
      turns.schedule()
      await null
      expect(runs()).toBe(i)
    }
  })
})

it('few answers ask for no turn, many for one', () => {
  const { turns, asked } = setUp()
  for (let i = 0; i < 100; i++) turns.answered(1)
  expect(asked).toHaveLength(0)
  for (let i = 0; i < 10; i++) turns.answered(500)
  expect(asked).toHaveLength(1)
})
