/**
 * Finds out which works `pool.discard` should end, from all the forms in which they can be given. It knows nothing
 * about pools.
 */

import { types } from 'node:util'
import { boolean } from '../base/checks.js'
import { misfit } from '../errors/words.js'
import { workId } from '../lane/work-id.js'
import { WorkHandle } from '../work/handle.js'
import type { WorkRecord } from '../work/record.js'
import type { Work } from '../work/work.js'

/**
 * What `pool.discard` takes: ids or works, or ids with a `hot` flag for each.
 *
 * @group Works
 */
export type DiscardTarget =
  | string
  | Work<unknown>
  | Iterable<string | Work<unknown>>
  | ReadonlyMap<string, boolean>
  | Readonly<Record<string, boolean>>

/** One work that was named. */
export interface NamedWork {
  readonly id: string
  /** Present if the work itself was given rather than its id. */
  readonly record: WorkRecord | undefined
  readonly hot: boolean
}

const WANTED = 'ids, works, or a map of ids to true (hot) or false'

/**
 * Every work that is named, in order.
 *
 * @throws {TypeError} the value has none of these forms
 */
export function namedWorks(works: unknown, hot: boolean): NamedWork[] {
  const one = named(works, hot)
  if (one !== undefined) return [one]
  if (typeof works !== 'object' || works === null) throw misfit(TypeError, 'works', WANTED, works)
  if (!isIterable(works)) return Object.entries(works).map(flagged)
  if (types.isMap(works)) return [...works].map(flagged)
  return Array.from(works, entry => {
    const work = named(entry, hot)
    if (work === undefined) throw misfit(TypeError, 'works', WANTED, entry)
    return work
  })
}

function named(work: unknown, hot: boolean): NamedWork | undefined {
  if (typeof work === 'string') return { id: work, record: undefined, hot }
  const record = WorkHandle.recordOf(work)
  return record === undefined ? undefined : { id: workId(record.host.idPrefix, record.serial), record, hot }
}

function flagged([id, hot]: [unknown, unknown]): NamedWork {
  if (typeof id !== 'string') throw misfit(TypeError, 'works', WANTED, id)
  return { id, record: undefined, hot: boolean(`works[${JSON.stringify(id)}]`)(hot) }
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value
}
