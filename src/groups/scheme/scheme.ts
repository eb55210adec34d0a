/**
 * The groups as users describe them, checked and frozen. Each group is checked and completed with defaults when it is
 * described; all of them are checked against each other and numbered when the pool runs. This room starts no threads
 * and never asks a strategy for a decision.
 */

import { checkedCopy, isRecord } from '../../base/checks.js'
import { GroupConfigError } from '../../errors/groups.js'
import { textOf, unknownName } from '../../errors/words.js'
import type { GroupFacts, WorkerType } from '../shared/group-facts.js'
import type { Logger } from '../shared/logger.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { Recycle } from '../strategies/recycle.js'
import { HEALTHY_AFTER, type Restart } from '../strategies/restart.js'
import type { Scaling } from '../strategies/scaling.js'
import {
  type EntryPoint,
  groupChecks,
  isGroupName,
  type PickupSource,
  poolChecks,
  type ResolvedRunner,
} from './options-check.js'

/**
 * {@link WorkerGroupOptions}, checked, with defaults filled in. Frozen, except for the strategies, which belong to the
 * user.
 */
export interface GroupSpec {
  readonly name: string
  readonly type: WorkerType
  readonly entryPoint: EntryPoint
  readonly minWorkers: number
  readonly maxWorkers: number
  /** Names, as the user gave them. */
  readonly jobGroups: readonly string[]
  readonly maxJobs: number
  readonly pickup: Pickup | PickupSource
  readonly restart: Restart
  /** Ms of life after which the restart strategy regards a worker as healthy. */
  readonly healthyAfter: number
  readonly scaling: Scaling
  readonly recycle: Recycle
  readonly runner: ResolvedRunner
  /** A clone of what the user gave. */
  readonly data: unknown
  /** Ms; Infinity for never. */
  readonly unresponsiveAfter: number
  readonly replaceUnresponsive: boolean
  /** Infinity for no limit. */
  readonly maxStartFailures: number
}

/**
 * A group of a frozen scheme. It has one record in shared memory per possible worker, and a spare one for the successor
 * of a worker that is being replaced.
 */
export interface ResolvedGroup extends GroupSpec, GroupFacts {}

/** All groups of a pool, in the order in which they were described. Frozen. */
export interface Scheme {
  readonly groups: readonly ResolvedGroup[]
  /** Number of records of all groups; the groups' ranges follow each other from 0, without gaps. */
  readonly records: number
}

/** The strategies of a group that does not choose its own. */
export interface Defaults {
  readonly pickup: Pickup
  readonly restart: Restart
  readonly scaling: Scaling
  readonly recycle: Recycle
}

/** {@link WorkerPoolOptions}, checked, with defaults filled in. Frozen, except for the logger and the strategy. */
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

/**
 * The types of group that each type may send jobs to. No group sends jobs to a reactor, which accepts connections and
 * should not wait for jobs.
 */
const TAKERS: Readonly<Record<WorkerType, readonly WorkerType[]>> = {
  reactor: ['job', 'service'],
  service: ['job'],
  job: [],
}

/**
 * Checks the options of `new WorkerPool()` and fills in defaults.
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
 * Checks the options of one group and fills in defaults. {@link addGroup} and {@link freezeScheme} compare it with
 * other groups.
 *
 * @throws {GroupConfigError} the error names the group and the option; its cause is the TypeError, RangeError or
 * UncloneableValueError of the check
 */
export function checkGroup(options: unknown, defaults: Defaults): GroupSpec {
  const refusal = (cause: unknown, field?: string): GroupConfigError => {
    const problem = textOf(cause)
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
  const restart = set.restart ?? defaults.restart
  return Object.freeze({
    name: set.name ?? missing('name'),
    type: set.type ?? missing('type'),
    entryPoint: set.entryPoint ?? missing('entryPoint'),
    minWorkers,
    maxWorkers,
    jobGroups: set.jobGroups ?? Object.freeze([]),
    maxJobs: set.maxJobs ?? 100,
    pickup: set.pickup ?? defaults.pickup,
    restart,
    healthyAfter: restart.healthyAfter ?? HEALTHY_AFTER,
    scaling: set.scaling ?? defaults.scaling,
    recycle: set.recycle ?? defaults.recycle,
    runner: set.runner ?? NO_RUNNER,
    data: set.data,
    unresponsiveAfter: set.unresponsiveAfter ?? 10_000,
    replaceUnresponsive: set.replaceUnresponsive ?? false,
    maxStartFailures: set.maxStartFailures ?? 5,
  })
}

const NO_RUNNER: ResolvedRunner = Object.freeze(Object.create(null))

/** The group's name for messages, from options that may be wrong. */
function nameIn(options: unknown): string | undefined {
  if (!isRecord(options) || !Object.hasOwn(options, 'name')) return undefined
  const { name } = options
  return isGroupName(name) ? name : undefined
}

/**
 * Adds a group to those described so far, by name.
 *
 * @throws {GroupConfigError} its name is taken
 */
export function addGroup(described: Map<string, GroupSpec>, group: GroupSpec): void {
  const { name } = group
  if (described.has(name)) {
    throw new GroupConfigError('a group of this name already exists', { group: name, field: 'name' })
  }
  described.set(name, group)
}

/**
 * Checks the described groups against each other, resolves the names in `jobGroups`, and gives each group its range of
 * records in shared memory. Later changes to the map do not affect the scheme.
 *
 * @throws {GroupConfigError} there is no group, or a name in `jobGroups` does not exist, is the group itself, or is a
 * group to which a group of this type may not send jobs
 */
export function freezeScheme(described: ReadonlyMap<string, GroupSpec>): Scheme {
  if (described.size === 0) throw new GroupConfigError('there is no group: describe at least one before run()')
  const groups = [...described.values()]
  const indexes = new Map(groups.map(({ name }, index) => [name, index]))
  let records = 0
  const resolved = groups.map((group, index): ResolvedGroup => {
    const targets = Object.freeze(group.jobGroups.map((_, at) => targetOf(group, at, groups, indexes)))
    const own = { index, targets, firstRecord: records, records: group.maxWorkers + 1 }
    records += own.records
    return Object.freeze({ ...group, ...own })
  })
  return Object.freeze({ groups: Object.freeze(resolved), records })
}

/** Position in the scheme of the group named by `jobGroups[at]`. */
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
