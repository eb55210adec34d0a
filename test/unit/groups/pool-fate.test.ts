/** What a pool of groups ends by: each event in each state, and the races that the table is there for. */

import { describe, expect, test } from 'vitest'
import {
  failed,
  fateAfter,
  type FateEvent,
  type PoolFate,
  UNTROUBLED,
  WELL,
} from '../../../src/groups/watch/pool-fate.js'

const OLD = failed('old')
const NEW = failed('new')

const running: PoolFate = { at: 'running', ifEmpty: OLD }
const stopping: PoolFate = { at: 'stopping', outcome: OLD }
const ended: PoolFate = { at: 'ended', outcome: OLD }

const stopAsked = (isEmpty: boolean): FateEvent => ({ type: 'stop-asked', isEmpty })
const fatal: FateEvent = { type: 'fatal', error: 'new' }
const groupDown: FateEvent = { type: 'group-down', outcome: NEW }
const groupDone: FateEvent = { type: 'group-down', outcome: WELL }
const workerStopped: FateEvent = { type: 'worker-stopped' }
const empty: FateEvent = { type: 'empty' }
const threadsGone: FateEvent = { type: 'threads-gone' }

/** The fate of a new pool after these events. */
function fateOf(...events: FateEvent[]): PoolFate {
  return events.reduce(fateAfter, UNTROUBLED)
}

describe('a pool that runs', () => {
  test.each<[string, PoolFate, FateEvent, PoolFate]>([
    ['is stopped', running, stopAsked(false), { at: 'stopping', outcome: WELL }],
    ['is stopped when nothing is left', running, stopAsked(true), { at: 'stopping', outcome: OLD }],
    ['has a fatal error', running, fatal, { at: 'stopping', outcome: NEW }],
    ['loses a group by failure', running, groupDown, { ...running, ifEmpty: NEW }],
    ['has a group that is done', running, groupDone, { ...running, ifEmpty: WELL }],
    ['has a worker that was told to end', running, workerStopped, { ...running, ifEmpty: WELL }],
    ['has no worker left', running, empty, { at: 'stopping', outcome: OLD }],
    ['has no thread, for a moment', running, threadsGone, running],
  ])('and %s', (_, before, event, after) => {
    expect(fateAfter(before, event)).toEqual(after)
  })
})

const others = [stopAsked(false), stopAsked(true), groupDown, groupDone, workerStopped, empty]

describe('a pool that is stopping', () => {
  test('ends by what it is stopping for, whatever else happens', () => {
    for (const event of others) expect(fateAfter(stopping, event)).toEqual(stopping)
    expect(fateAfter(stopping, threadsGone)).toEqual(ended)
  })

  test('ends by a fatal error that comes meanwhile', () => {
    expect(fateAfter(stopping, fatal)).toEqual({ at: 'stopping', outcome: NEW })
  })
})

test('a pool that has ended stays so', () => {
  for (const event of [...others, fatal, threadsGone]) expect(fateAfter(ended, event)).toEqual(ended)
})

describe('a new pool', () => {
  test.each<[string, FateEvent[], PoolFate]>([
    ['of no workers has ended well', [empty, threadsGone], { at: 'ended', outcome: WELL }],
    ['ends by the group that went down last', [groupDown, groupDone, empty], { at: 'stopping', outcome: WELL }],
    ['ends by its last group', [groupDone, groupDown, empty, threadsGone], { at: 'ended', outcome: NEW }],
    ['is not ended by a group of long ago', [groupDown, stopAsked(false)], { at: 'stopping', outcome: WELL }],
    ['cannot hide its last failure by a stop', [groupDown, stopAsked(true)], { at: 'stopping', outcome: NEW }],
    ['ends by the fatal error, also after a stop', [stopAsked(false), fatal], { at: 'stopping', outcome: NEW }],
    ['ends by the fatal error, also before a stop', [fatal, stopAsked(true)], { at: 'stopping', outcome: NEW }],
  ])('%s', (_, events, fate) => {
    expect(fateOf(...events)).toEqual(fate)
  })
})
