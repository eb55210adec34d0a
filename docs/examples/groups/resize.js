// @ts-check
/** A job worker: shrinks pictures. Its thread does nothing else. */

import { transfer } from 'threadcrew/groups'
import { shrink } from './picture.js'

/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('threadcrew/groups').GroupWorker} GroupWorker */
/** @typedef {import('threadcrew/groups').JobContext} JobContext */

export default {
  /** @param {GroupWorker} worker */
  initialize(worker) {
    let running = 0
    let isToDie = false
    worker.on('message', () => (isToDie = true))

    worker.handleJobs(
      /**
       * @param {{ picture: Picture, factor: number }} data
       * @param {JobContext} context
       */
      async ({ picture, factor }, { pause }) => {
        running++
        try {
          const rows = shrink(picture, factor)
          let row = rows.next()
          for (; row.done !== true; row = rows.next()) {
            // Between the rows, other jobs of this worker get a turn, and its messages are handled.
            await pause()
            if (isToDie) die(worker, running)
          }
          return transfer(row.value, [row.value.pixels])
        } finally {
          running--
        }
      },
    )
  },
}

/**
 * Ends the thread as a crash would, but first reports how many jobs end with it. So the demo can check that no other
 * request failed.
 *
 * @param {GroupWorker} worker
 * @param {number} running
 */
function die(worker, running) {
  worker.send({ type: 'dying', running })
  process.exit(1)
}
