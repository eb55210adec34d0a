/** A module with exports of all kinds, some of which are tasks. */

import { basename } from 'node:path'
import { context } from 'threadcrew/thread'
import { place } from './place.js'

let calls = 0

/** Counts in the module: the state of one thread. */
export function count() {
  return ++calls
}

export async function add(a, b) {
  await null
  return a + b
}

/** What only a module can have: imports, constants, import.meta. */
export function surroundings() {
  return { base: basename('/a/b'), place, file: basename(import.meta.url) }
}

export function viaThis() {
  return [this.id, this.workerId, this.threadId, this.label]
}

export function viaContext() {
  const { id, workerId, threadId, label } = context()
  return [id, workerId, threadId, label]
}

export function isSameContext() {
  return context() === this
}

/** The context as it is asked for on the way: deep in a call, behind an await, in a callback. */
export async function contextOnTheWay() {
  const ids = [idFromDeep()]
  await null
  ids.push(context().id)
  await new Promise(resolve => setTimeout(resolve, 1))
  ids.push(context().id)
  ids.push(await new Promise(resolve => setImmediate(() => resolve(context().id))))
  return ids
}

function idFromDeep() {
  return [1].map(() => context().id)[0]
}

export class Shape {}
export const version = '1.0'
export const nothing = null
export default function (name) {
  return `default ${name}`
}
