import { describe, expect, test } from 'vitest'
import { InvariantError } from '../../src/errors/base.js'
import { advance, type Moves } from '../../src/base/moves.js'
import { POOL_MOVES } from '../../src/pool/state.js'
import { isFinal, WORK_MOVES, type WorkStatus } from '../../src/work/status.js'
import { WORKER_MOVES } from '../../src/launch/phase.js'

/** Every state, and all that may follow it, in the words of the contract. */
const contracts: [string, Moves<string>, Record<string, string[]>][] = [
  [
    'a work',
    WORK_MOVES,
    {
      waiting: ['queued', 'failed', 'discarded'],
      queued: ['running', 'failed', 'discarded'],
      running: ['done', 'failed', 'discarded'],
      done: [],
      failed: [],
      discarded: [],
    },
  ],
  [
    'a worker',
    WORKER_MOVES,
    {
      starting: ['serving', 'stopping', 'stopped'],
      serving: ['stopping', 'stopped'],
      stopping: ['stopped'],
      stopped: [],
    },
  ],
  ['the pool', POOL_MOVES, { running: ['stopping'], stopping: ['stopped'], stopped: [] }],
]

describe.each(contracts)('%s', (what, moves, contract) => {
  const states = Object.keys(contract)

  test('has these states and no others', () => {
    expect(Object.keys(moves).sort()).toEqual([...states].sort())
  })

  test.each(states.flatMap(from => states.map(to => [from, to] as const)))('%s -> %s', (from, to) => {
    if (contract[from]?.includes(to) === true) {
      expect(advance(moves, what, from, to)).toBe(to)
      return
    }
    let thrown: unknown
    try {
      advance(moves, what, from, to)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvariantError)
    expect(thrown).toMatchObject({ code: 'ERR_INVARIANT' })
    expect((thrown as Error).message).toContain(`${what} cannot go from ${from} to ${to}`)
  })

  test('[6] only goes forward: no state is reached twice', () => {
    const reachable = (from: string, seen: string[]): string[] =>
      (moves[from] ?? []).flatMap(to => (seen.includes(to) ? [to] : [to, ...reachable(to, [...seen, to])]))
    for (const state of states) expect(reachable(state, [])).not.toContain(state)
  })
})

test('the final statuses of a work are those that nothing follows', () => {
  for (const [status, next] of Object.entries(WORK_MOVES)) expect(isFinal(status as WorkStatus)).toBe(next.length === 0)
})
