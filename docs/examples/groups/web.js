// @ts-check
/** A reactor: answers HTTP requests on a port of its own, and gives the heavy part of each to a job worker. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { WorkerLostError } from 'threadcrew/groups'
import { load } from './picture.js'

/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('threadcrew/groups').GroupWorker} GroupWorker */

/** Ms that a request may take. */
const TIMEOUT_MS = 10_000

export default class Web {
  #server = createServer()

  /**
   * It listens before it is available: whoever waits for that can send requests.
   *
   * @param {GroupWorker} worker
   */
  async initialize(worker) {
    let open = 0
    let isToDie = false
    worker.on('message', () => (isToDie = true))

    this.#server.on('request', async (request, response) => {
      open++
      if (isToDie) {
        // As a crash would: these connections break, and their clients see that.
        worker.send({ type: 'dying', running: open })
        process.exit(1)
      }
      const { status, body } = await answer(worker, request.url ?? '')
      open--
      response.writeHead(status).end(body)
      tellFigures(worker, status)
    })

    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = /** @type {import('node:net').AddressInfo} */ (this.#server.address())
    // A thread that takes the place of another says it anew: its port is a different one.
    worker.send({ type: 'listening', port: address.port })
  }

  /** @param {GroupWorker} worker */
  async run(worker) {
    await worker.awaitTermination()
    this.#server.close()
    this.#server.closeIdleConnections()
    await once(this.#server, 'close')
  }
}

/**
 * @param {GroupWorker} worker
 * @param {string} path  /<number of the picture>/<factor>
 * @returns {Promise<{ status: number, body: Uint8Array | string }>}
 */
async function answer(worker, path) {
  const [number, factor] = path.slice(1).split('/').map(Number)
  if (number === undefined || factor === undefined || !(factor >= 1)) return { status: 404, body: 'no such picture' }
  try {
    return { status: 200, body: (await resized(worker, number, factor)).pixels }
  } catch (error) {
    return { status: 503, body: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
}

/**
 * @param {GroupWorker} worker
 * @param {number} number
 * @param {number} factor
 * @returns {Promise<Picture>}
 */
async function resized(worker, number, factor) {
  for (;;) {
    const picture = load(number)
    try {
      // Moved, not copied: from here on the pixels are the job worker's.
      const options = { transfer: [picture.pixels], timeout: TIMEOUT_MS }
      return await worker.jobs.send('resize', { picture, factor }, options)
    } catch (error) {
      // Nobody had begun it, but its pixels were gone with the thread; without them it would have been sent elsewhere at
      // once. So we load them again. A job that ran may have had effects: that is for the client to decide.
      if (!(error instanceof WorkerLostError) || error.started) throw error
    }
  }
}

/**
 * Tells the service, and goes on: figures are not worth waiting for.
 *
 * @param {GroupWorker} worker
 * @param {number} status
 */
function tellFigures(worker, status) {
  worker.jobs.send('figures', { from: worker.id, status }, { awaitResult: false }).catch(() => {})
}
