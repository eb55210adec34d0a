// @ts-check
/** A service: counts the answers that the reactors report, and prints the counts at intervals. */

/** @typedef {import('threadcrew/groups').GroupWorker} GroupWorker */

const EVERY_MS = 250

export default {
  /** @param {GroupWorker} worker */
  initialize(worker) {
    /** @type {Record<string, number>} */
    let answers = {}

    worker.handleJobs(
      /** @param {{ from: string, status: number }} answer */
      ({ from, status }) => {
        const key = `${from} ${status}`
        answers[key] = (answers[key] ?? 0) + 1
      },
    )
    worker.every(EVERY_MS, () => {
      worker.logger.info(`answers in ${EVERY_MS} ms`, answers)
      answers = {}
    })
    worker.on('message', () => {
      worker.send({ type: 'dying', running: 0 })
      process.exit(1)
    })
  },
}
