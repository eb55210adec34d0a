/** Which job has which number: the same in every thread, and each time the seed is the same. */

import { random } from '../random.js'

/** Of so many jobs the last ones come in small bursts, while nobody strikes: a place that nobody is told of would stay free. */
const PERIOD = 1000
const BURSTS = 120
/** Jobs that are sent right before the pool is stopped. */
export const LAST = 60

/** `storm`, `burst` or `last`: when job `i` of so many is sent. */
export function phaseOf(i, total) {
  if (i >= total - LAST) return 'last'
  return i % PERIOD >= PERIOD - BURSTS ? 'burst' : 'storm'
}

/** How often a kind comes, in 10,000. Each death costs a thread's start. */
const KINDS = {
  nothing: 4600,
  object: 800,
  text: 400,
  moved: 300,
  spin: 800,
  later: 1200,
  progress: 300,
  pauses: 200,
  polite: 60,
  through: 400,
  throws: 400,
  rejects: 200,
  throwsStrangely: 200,
  uncloneable: 100,
  exits: 20,
  crashes: 12,
  rejectsLoosely: 8,
  stops: 6,
  deaf: 5,
  fillsHeap: 1,
  blocks: 0,
}
const ALL = Object.values(KINDS).reduce((sum, share) => sum + share, 0)

/** Groups that take jobs. */
const GROUPS = ['quick', 'quick', 'quick', 'wide', 'wide', 'wide', 'single', 'watch']

/** Job `i` of this seed. Those from `total` on are sent by the service, on behalf of job `i - total`. */
export function specOf(seed, i, total) {
  const { below, chance, pick } = random(seed ^ Math.imul(i + 1, 0x9e3779b1))
  if (i >= total)
    return { i, kind: chance(0.5) ? 'nothing' : 'later', ms: below(4), group: pick(['quick', 'wide']), options: {} }
  if (phaseOf(i, total) === 'burst') {
    const options = chance(0.6) ? { timeout: 0.5 + below(40) / 10 } : {}
    return { i, kind: chance(0.5) ? 'nothing' : 'later', ms: 1, group: 'single', options }
  }
  const kind = kindAt(below(ALL))
  const group = kind === 'through' ? 'watch' : pick(GROUPS)
  const options = { priority: below(5) - 2 }
  if (chance(0.3)) options.weight = below(12)
  if (chance(0.08)) options.timeout = 5 + below(300)
  // Nobody is to send the same job twice.
  if (chance(0.1) && kind !== 'through') options.retries = 1 + below(2)
  if (chance(0.05)) options.awaitResult = false
  if (kind === 'polite') options.timeout = 5 + below(50)
  const spec = { i, kind, group, options, ms: below(8) }
  if (chance(0.04)) spec.abortAfter = below(3) === 0 ? -1 : below(30)
  if (chance(0.01)) spec.isBad = true
  else if (chance(0.03)) spec.moves = true
  return spec
}

/** What becomes of it where the service sends it, which sends not to all groups. */
export function ofService(spec) {
  const { group, kind } = spec
  if (group === 'quick' || group === 'wide') return spec
  return { ...spec, group: 'quick', kind: kind === 'through' ? 'later' : kind }
}

function kindAt(at) {
  return Object.keys(KINDS).find(kind => (at -= KINDS[kind]) < 0)
}
