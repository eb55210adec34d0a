/**
 * Who takes part. Each pool behind the same calls, with its defaults but for the number of threads, so that a fault meets what
 * a user meets; where its documentation names an `error` event, somebody listens, because an unheard one would end the
 * process by Node's own rule.
 *
 * @typedef {object} Options
 * @property {number} threads  always so many
 * @property {number} [bound]  tasks that may wait; one more is to be refused
 * @property {number} [heapMiB]  for each thread
 *
 * @typedef {object} Pool
 * @property {(task: string, argument?: unknown, signal?: AbortSignal) => PromiseLike<unknown>} run  may throw
 * @property {(task: string, argument?: unknown) => { promise: PromiseLike<unknown>, cancel(): void }} cancellable
 * @property {() => PromiseLike<unknown>} [close]  what runs may end
 * @property {() => PromiseLike<unknown>} destroy  ends what runs
 */

import * as piscina from './piscina.js'
import * as poolifier from './poolifier.js'
import * as threadcrew from './threadcrew.js'
import * as tinypool from './tinypool.js'
import * as workerpool from './workerpool.js'

export const all = [threadcrew, piscina, tinypool, workerpool, poolifier]
