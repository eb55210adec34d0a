/**
 * The groups of a pool: each checked and filled in when it is described, all of them checked against each other, numbered and
 * frozen when the pool runs. Knows neither threads nor what a strategy decides.
 */

import { checkedCopy, isRecord } from '../../base/checks.js'
import { GroupConfigError } from '../../errors/groups.js'
import { unknownName } from '../../errors/words.js'
import type { GroupFacts, WorkerType } from '../shared/group-facts.js'
import type { Logger } from '../shared/logger.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { Recycle } from '../strategies/recycle.js'
import type { Restart } from '../strategies/restart.js'
import type { Scaling } from '../strategies/scaling.js'
import {
  type EntryPoint,
  groupChecks,
  isGroupName,
  type PickupSource,
  poolChecks,
  type ResolvedRunner,
} from './options-check.js'

/** {@link WorkerGroupOptions}, checked and filled in. Frozen, save for what belongs to the user: the strategies. */
export interface GroupSpec {
  readonly name: string
  readonly type: WorkerType
  readonly entryPoint: EntryPoint
  readonly minWorkers: number
  readonly maxWorkers: number
  /** Names, as they were given. */
  readonly jobGroups: readonly string[]
  readonly maxJobs: number
  readonly pickup: Pickup | PickupSource
  readonly restart: Restart
  readonly scaling: Scaling
  readonly recycle: Recycle
  readonly runner: ResolvedRunner
  /** Ms; Infinity for never. */
  readonly unresponsiveAfter: number
  readonly replaceUnresponsive: boolean
  /** Infinity for no limit. */
  readonly maxStartFailures: number
}

/**
 * A group of a frozen scheme. It has a record in shared memory for each worker that there can be, and a spare one for the
 * successor of a worker that is being replaced.
 */
export interface ResolvedGroup extends GroupSpec, GroupFacts {}

/** All groups of a pool, in the order in which they were described. Frozen. */
export interface Scheme {
  readonly groups: readonly ResolvedGroup[]
  /** Of all groups together; their ranges follow each other from 0 on, without gaps. */
  readonly records: number
  /** The group of this name. */
  group(name: string): ResolvedGroup | undefined
}

/** The strategies of a group that names none. */
export interface Defaults {
  readonly pickup: Pickup
  readonly restart: Restart
  readonly scaling: Scaling
  readonly recycle: Recycle
}

/** {@link WorkerPoolOptions}, checked and filled in. Frozen, save for logger and strategy. */
export interface ResolvedPoolOptions {
  readonly logger: Logger | undefined
  readonly handleSignals: boolean
  readonly handleGlobalErrors: boolean
  readonly pickup: Pickup
  /** Ms; Infinity for no limit. */
  readonly startTimeout: number
  /** Ms; Infinity for no limit. */
  readonly stopTimeout: number
}

/** Types of the groups to which a group sends jobs. None sends to a reactor: who accepts connections is not to wait for jobs. */
const TAKERS: Readonly<Record<WorkerType, readonly WorkerType[]>> = {
  reactor: ['job', 'service'],
  service: ['job'],
  job: [],
}

/**
 * Checks what `new WorkerPool()` was given and fills in the rest.
 *
 * @throws {TypeError} an unknown option, a value of the wrong type
 * @throws {RangeError} a value out of range
 */
export function checkPoolOptions(options: unknown, defaults: Pick<Defaults, 'pickup'>): ResolvedPoolOptions {
  const set = checkedCopy('options', options ?? {}, poolChecks)
  return Object.freeze({
    logger: set.logger,
    handleSignals: set.handleSignals ?? false,
    handleGlobalErrors: set.handleGlobalErrors ?? false,
    pickup: set.pickup ?? defaults.pickup,
    startTimeout: set.startTimeout ?? 10_000,
    stopTimeout: set.stopTimeout ?? 10_000,
  })
}

/**
 * Checks what one group was given and fills in the rest. What concerns other groups is left to {@link freezeScheme}.
 *
 * @throws {GroupConfigError} names the group and the option; the TypeError or RangeError of the check is its cause
 */
export function checkGroup(options: unknown, defaults: Defaults): GroupSpec {
  const refusal = (cause: unknown, field?: string): GroupConfigError => {
    const problem = cause instanceof Error ? cause.message : String(cause)
    return new GroupConfigError(problem, { group: nameIn(options), field }, { cause })
  }
  const missing = (field: 'name' | 'type' | 'entryPoint'): never => {
    throw refusal(new TypeError(`${field} is missing: a group needs name, type and entryPoint`), field)
  }
  const set = checkedCopy('a group', options, groupChecks, refusal)
  const minWorkers = set.minWorkers ?? 1
  const maxWorkers = set.maxWorkers ?? Math.max(1, minWorkers)
  if (minWorkers > maxWorkers) {
    const got = `minWorkers ${minWorkers} and maxWorkers ${maxWorkers}`
    throw refusal(new RangeError(`minWorkers must be ≤ maxWorkers, got ${got}`), 'minWorkers')
  }
  return Object.freeze({
    name: set.name ?? missing('name'),
    type: set.type ?? missing('type'),
    entryPoint: set.entryPoint ?? missing('entryPoint'),
    minWorkers,
    maxWorkers,
    jobGroups: set.jobGroups ?? Object.freeze([]),
    maxJobs: set.maxJobs ?? 100,
    pickup: set.pickup ?? defaults.pickup,
    restart: set.restart ?? defaults.restart,
    scaling: set.scaling ?? defaults.scaling,
    recycle: set.recycle ?? defaults.recycle,
    runner: set.runner ?? NO_RUNNER,
    unresponsiveAfter: set.unresponsiveAfter ?? 10_000,
    replaceUnresponsive: set.replaceUnresponsive ?? false,
    maxStartFailures: set.maxStartFailures ?? 5,
  })
}

const NO_RUNNER: ResolvedRunner = Object.freeze(Object.create(null))

/** For messages about options that need not be right. */
function nameIn(options: unknown): string | undefined {
  if (!isRecord(options) || !Object.hasOwn(options, 'name')) return undefined
  const { name } = options
  return isGroupName(name) ? name : undefined
}

/**
 * Checks the groups against each other, looks up who sends to whom, and gives each its place in shared memory. What is done to
 * the array afterwards changes nothing.
 *
 * @throws {GroupConfigError} there is no group, a name is taken, or `jobGroups` names a group that does not exist, is the
 * group itself, or takes no jobs from groups of this type
 */
export function freezeScheme(groups: readonly GroupSpec[]): Scheme {
  if (groups.length === 0) throw new GroupConfigError('there is no group: describe at least one before run()')
  const indexes = new Map<string, number>()
  for (const [index, { name }] of groups.entries()) {
    if (indexes.has(name)) {
      throw new GroupConfigError('there is a group of this name already', { group: name, field: 'name' })
    }
    indexes.set(name, index)
  }
  let records = 0
  const resolved = groups.map((group, index): ResolvedGroup => {
    const targets = Object.freeze(group.jobGroups.map((_, at) => targetOf(group, at, groups, indexes)))
    const own = { index, targets, firstRecord: records, records: group.maxWorkers + 1 }
    records += own.records
    return Object.freeze({ ...group, ...own })
  })
  return Object.freeze({
    groups: Object.freeze(resolved),
    records,
    group: (name: string) => resolved[indexes.get(name) ?? -1],
  })
}

/** Position of the group that stands there in `jobGroups`. */
function targetOf(
  group: GroupSpec,
  at: number,
  groups: readonly GroupSpec[],
  indexes: ReadonlyMap<string, number>,
): number {
  const name = group.jobGroups[at] ?? ''
  const index = indexes.get(name) ?? -1
  const target = groups[index]
  const refusal = (problem: string): GroupConfigError =>
    new GroupConfigError(problem, { group: group.name, field: 'jobGroups' })
  if (target === undefined) throw refusal(unknownName(`jobGroups[${at}]:`, name, [...indexes.keys()]).message)
  if (target === group) throw refusal(`jobGroups[${at}] is '${name}', the group itself`)
  const takers = TAKERS[group.type]
  if (takers.includes(target.type)) return index
  const allowed = takers.length === 0 ? 'nobody' : `${takers.join(' and ')} groups`
  throw refusal(
    `jobGroups[${at}] is '${name}', a ${target.type} group, but a ${group.type} group sends jobs to ${allowed}`,
  )
}
