// @ts-check
/** Sends one HTTP request over kept-alive connections, as a browser or a proxy would. */

import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })
/** Ms after which a request without an answer is given up. */
const TIMEOUT_MS = 5_000

/**
 * @param {number} port
 * @param {string} path
 * @returns {Promise<{ status: number, body: Buffer }>} rejects if the connection breaks or cannot be made
 */
export function get(port, path) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent, timeout: TIMEOUT_MS }, response => {
      /** @type {Buffer[]} */
      const parts = []
      response.on('data', part => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.end()
  })
}

/** Closes the kept-alive connections. */
export function hangUp() {
  agent.destroy()
}
