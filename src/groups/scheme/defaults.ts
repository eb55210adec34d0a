/** The strategies of a group that does not choose its own. */

import { pickup } from '../strategies/pickup.js'
import { recycle } from '../strategies/recycle.js'
import { restart } from '../strategies/restart.js'
import { scaling } from '../strategies/scaling.js'
import type { Defaults } from './scheme.js'

export const DEFAULTS: Defaults = {
  pickup: pickup.leastJobs(),
  restart: restart.always(),
  scaling: scaling.byRequest(),
  recycle: recycle.none(),
}
