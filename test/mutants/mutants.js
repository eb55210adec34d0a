/**
 * The slips that the tests must notice. Each is one change of one file: `find`, which must occur there exactly once, becomes
 * `replace`. `why` says what would go wrong for the user, and `tests` names the files that are to notice it.
 */

import { broadcasts } from './broadcasts.js'
import { claims } from './claims.js'
import { dispatch } from './dispatch.js'
import { endings } from './endings.js'
import { groupJobs } from './group-jobs.js'
import { groupPlaces } from './group-places.js'
import { groups } from './groups.js'
import { groupWorkers } from './group-workers.js'
import { lanes } from './lanes.js'
import { limits } from './limits.js'
import { outside } from './outside.js'
import { sharing } from './sharing.js'
import { streams } from './streams.js'
import { threads } from './threads.js'
import { values } from './values.js'
import { works } from './works.js'

export const mutants = [
  ...claims,
  ...lanes,
  ...dispatch,
  ...works,
  ...threads,
  ...streams,
  ...broadcasts,
  ...sharing,
  ...limits,
  ...endings,
  ...values,
  ...outside,
  ...groupPlaces,
  ...groupJobs,
  ...groupWorkers,
  ...groups,
]
