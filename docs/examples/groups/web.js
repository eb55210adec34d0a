// @ts-check
/** A reactor: answers HTTP requests on its own port, and sends the heavy part of each request to a job worker. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { WorkerLostError } from 'threadcrew/groups'
import { load } from './picture.js'

/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('threadcrew/groups').GroupWorker} GroupWorker */

/** Ms that resizing one picture may take. */
const TIMEOUT_MS = 10_000

export default class Web {
  #server = createServer()

  /**
   * The server listens before the worker becomes available. So once the worker is available, clients can send requests.
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
        // Ends the thread as a crash would: the open connections break, and their clients see that.
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
    // Each new thread of this worker sends this message, because its port differs.
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
      // The pixels are moved, not copied: from here on they belong to the job worker.
      const options = { transfer: [picture.pixels], timeout: TIMEOUT_MS }
      return await worker.jobs.send('resize', { picture, factor }, options)
    } catch (error) {
      // A job that had not started has lost only its pixels, so we load them again. (Without moved buffers, the pool would
      // have sent the job to another worker.) A job that had started may have had effects: the client must decide.
      if (!(error instanceof WorkerLostError) || error.started) throw error
    }
  }
}

/**
 * Reports the answer to the service without waiting for a result: figures are not worth the wait.
 *
 * @param {GroupWorker} worker
 * @param {number} status
 */
function tellFigures(worker, status) {
  worker.jobs.send('figures', { from: worker.id, status }, { awaitResult: false }).catch(() => {})
}
