/** A reactor that sends jobs for as long as it is told, so many at a time, and says how many that were. */

import { closedLoop } from './closed-loop.js'

export default {
  initialize(worker) {
    worker.on('message', async order => worker.send(await closedLoop(data => worker.jobs.send('echo', data), order)))
  },
}
