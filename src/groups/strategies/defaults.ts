/** The strategies of a group that names none. */

import type { Defaults } from '../scheme.js'
import { pickup } from './pickup.js'
import { recycle } from './recycle.js'
import { restart } from './restart.js'
import { scaling } from './scaling.js'

export const DEFAULTS: Defaults = {
  pickup: pickup.leastJobs(),
  restart: restart.always(),
  scaling: scaling.byRequest(),
  recycle: recycle.none(),
}
