// @ts-check
/** Sends requests to all reactors, as clients would, kills a worker of each group meanwhile, and counts the results. */

import { setTimeout as sleep } from 'node:timers/promises'
import { get, hangUp } from './client.js'
import { load, PICTURES, shrink } from './picture.js'

/**
 * @typedef {object} Service
 * @property {import('threadcrew/groups').WorkerPool} pool
 * @property {Map<string, number>} ports  reactor -> port, for the reactors that listen
 * @property {Map<string, number>} died  worker -> number of jobs or requests it had when it was killed
 */

/**
 * @typedef {object} Counts
 * @property {number} sent
 * @property {number} answered  requests answered with 200 and the right pixels
 * @property {number} failed  requests answered with an error, because the job worker that ran the job was killed
 * @property {string[]} wrong  all other answers
 * @property {Map<string, number>} broken  reactor -> connections that failed; their requests were sent again
 * @property {string[]} killed  workers that were killed
 * @property {string[]} missing  killed workers that are not back
 * @property {Map<string, number>} died
 */

const CLIENTS = 12
/** A worker is killed each time that this many requests have been sent. */
const KILL_EVERY = 100
/** Number of requests sent after the last killed worker is back. */
const AFTERWARDS = 100
/** Ms after which the demo gives up. */
const PATIENCE_MS = 10_000
const FACTOR = 4

/**
 * @param {Service} service
 * @returns {Promise<Counts>}
 */
export async function sendLoad({ pool, ports, died }) {
  /** @type {Counts} */
  const counts = { sent: 0, answered: 0, failed: 0, wrong: [], broken: new Map(), killed: [], missing: [], died }
  const began = performance.now()
  const isOver = () => performance.now() - began > PATIENCE_MS
  const right = Array.from({ length: PICTURES }, (_, number) => Buffer.from(small(number)))
  const victims = ['resize', 'web', 'figures'].map(group => ({ id: `${group}-1`, at: 0 }))
  victims.forEach((victim, i) => (victim.at = (i + 1) * KILL_EVERY))
  let last = Infinity

  const missing = () => counts.killed.filter(id => pool.workers.every(worker => worker.id !== id || !isBack(worker)))

  function killOrGoOn() {
    const victim = victims[0]
    if (victim !== undefined && counts.sent >= victim.at) {
      victims.shift()
      counts.killed.push(victim.id)
      pool.workers.find(({ id }) => id === victim.id)?.send('die')
    }
    if (victim === undefined && last === Infinity && missing().length === 0) last = counts.sent + AFTERWARDS
  }

  /** @param {number} first  index of the reactor that gets the first request */
  async function client(first) {
    for (let turn = first; counts.sent < last && !isOver(); turn++) {
      killOrGoOn()
      const number = counts.sent++ % PICTURES
      await request(number, turn)
    }
  }

  /**
   * Sends the request until a reactor answers.
   *
   * @param {number} number
   * @param {number} turn
   */
  async function request(number, turn) {
    for (; !isOver(); turn++) {
      const reactors = [...ports]
      const [id, port] = reactors[turn % reactors.length] ?? ['', 0]
      try {
        const { status, body } = await get(port, `/${number}/${FACTOR}`)
        if (status === 200 && right[number]?.equals(body)) counts.answered++
        else if (status === 503 && String(body) === 'ERR_WORKER_LOST') counts.failed++
        else counts.wrong.push(`${status} ${body.length > 100 ? 'other pixels' : body}`)
        return
      } catch {
        counts.broken.set(id, (counts.broken.get(id) ?? 0) + 1)
        await sleep(5) // gives the report of the reactor's end time to arrive
      }
    }
  }

  await Promise.all(Array.from({ length: CLIENTS }, (_, first) => client(first)))
  hangUp()
  counts.missing = missing()
  return counts
}

/** @param {import('threadcrew/groups').WorkerView} worker */
function isBack({ starts, status }) {
  return starts > 1 && status === 'available'
}

/** @param {number} number */
function small(number) {
  const rows = shrink(load(number), FACTOR)
  let row = rows.next()
  while (row.done !== true) row = rows.next()
  return row.value.pixels
}
