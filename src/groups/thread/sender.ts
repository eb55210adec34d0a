/** The sending side of a group's thread: the groups it may send to, its strategy, its messages to the Watcher. */

import { realClock } from '../../base/clock.js'
import { GroupConfigError } from '../../errors/groups.js'
import { BY_ENTRY_POINT, importModule } from '../../thread/imports.js'
import { toErrorRecord } from '../../values/error-record.js'
import { JobSender } from '../jobs/job-sender.js'
import { Target } from '../jobs/target.js'
import type { GroupFacts } from '../shared/group-facts.js'
import type { GroupBoot, GroupUp, PickupPlan } from '../shared/messages.js'
import type { SharedRecords } from '../shared/records.js'
import type { Pickup } from '../strategies/pickup-view.js'
import { rebuildPickup } from '../strategies/pickup-rules.js'

/** @throws {TypeError} the strategy's module does not make a strategy */
export async function senderOf(
  boot: GroupBoot,
  group: GroupFacts,
  shared: SharedRecords,
  tell: (message: GroupUp) => void,
): Promise<JobSender> {
  const allowed = boot.groups.filter(({ index }) => group.targets.includes(index))
  const targets = new Map(allowed.map(facts => [facts.name, new Target(facts, shared)]))
  const refusal = (name: string): GroupConfigError =>
    new GroupConfigError(
      `workers of group ${group.name} may not send jobs to '${name}': its jobGroups are ${[...targets.keys()].join(', ') || '(none)'}`,
      { group: group.name, field: 'jobGroups' },
    )
  return new JobSender(
    {
      clock: realClock,
      shared,
      self: boot.record,
      pickup: await pickupOf(boot.pickup),
      find: name => targets.get(name) ?? refusal(name),
    },
    {
      connect: (record, generation, end) => tell({ type: 'connect', record, generation, end }),
      waiting: (index, isWaiting) => tell({ type: 'waiting', group: index, isWaiting }),
      freed: (index, places) => tell({ type: 'freed', group: index, places }),
      failedUnseen: error => tell({ type: 'jobFailed', error: toErrorRecord(error) }),
    },
  )
}

async function pickupOf(plan: PickupPlan): Promise<Pickup> {
  if (plan.type === 'shipped') return rebuildPickup(plan.record)
  const namespace = (await importModule(plan.url, BY_ENTRY_POINT)) as Readonly<Record<string, unknown>>
  const make = await namespace[plan.exportName]
  if (typeof make !== 'function')
    throw new TypeError(`${plan.url} should export ${plan.exportName} as a function that makes a pickup strategy`)
  const made: unknown = await Reflect.apply(make, undefined, [plan.options])
  if (!isPickup(made))
    throw new TypeError(`${plan.exportName} of ${plan.url} returned no strategy with a pick() method`)
  return made
}

function isPickup(made: unknown): made is Pickup {
  return typeof made === 'object' && made !== null && 'pick' in made && typeof made.pick === 'function'
}
