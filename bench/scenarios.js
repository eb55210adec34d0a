/** All scenarios, in the order of the table. */

import * as closedLoop from './scenarios/closed-loop.js'
import * as burst from './scenarios/burst.js'
import * as freshClosure from './scenarios/fresh-closure.js'
import * as oneAtATime from './scenarios/one-at-a-time.js'
import * as efficiency from './scenarios/efficiency.js'
import * as longFirst from './scenarios/long-first.js'
import * as mixed from './scenarios/mixed.js'
import * as openLoop from './scenarios/open-loop.js'
import * as payloads from './scenarios/payloads.js'
import * as mainThread from './scenarios/main-thread.js'
import * as million from './scenarios/million.js'
import * as cold from './scenarios/cold.js'
import * as idle from './scenarios/idle.js'
import * as context from './scenarios/context.js'
import * as realJobs from './scenarios/real-jobs.js'
import * as groupsRoundTrip from './scenarios/groups-round-trip.js'
import * as groupsThroughput from './scenarios/groups-throughput.js'
import * as groupsPickup from './scenarios/groups-pickup.js'
import * as groupsRestart from './scenarios/groups-restart.js'

/** @type {Record<string, import('./report/measure.js').Scenario>} */
export const scenarios = {
  'closed-loop': closedLoop,
  burst,
  'fresh-closure': freshClosure,
  'one-at-a-time': oneAtATime,
  efficiency,
  'long-first': longFirst,
  mixed,
  'open-loop': openLoop,
  payloads,
  'main-thread': mainThread,
  million,
  cold,
  idle,
  context,
  'real-jobs': realJobs,
  'groups-round-trip': groupsRoundTrip,
  'groups-throughput': groupsThroughput,
  'groups-pickup': groupsPickup,
  'groups-restart': groupsRestart,
}
