/** What does a pool cost that does nothing: CPU over ten seconds, and memory for each thread? */

import { all } from '../contestants/all.js'
import { against } from '../report/targets.js'
import { inChild } from './child.js'

export const question = 'an idle pool of 4: CPU in 10 s, resident memory for each thread'
export const figures = { CPU: { unit: 'ms', better: 'lower' }, RSS: { unit: 'MB a thread', better: 'lower' } }
export const rounds = 1

const BARE = 'bare Worker'
/** Idle processes do not disturb each other, so all wait at the same time. */
let results

export function entrants() {
  results = undefined
  return [...all.map(({ name }) => name), BARE].map(name => ({
    name,
    rounds: 1,
    round: async () => {
      results ??= Object.fromEntries(
        await Promise.all([...all.map(other => other.name), BARE].map(async each => [each, await measured(each)])),
      )
      return results[name]
    },
  }))
}

export const targets = [against(BARE, 'RSS', 'at most', 1.1), against(BARE, 'CPU', 'at most', 1.5)]

const measured = name => inChild(new URL('./idle-child.js', import.meta.url), [name])
