/** Every unfinished work by its serial number, and the final status of the last finished ones. */

import { serialOf, workId } from '../lane/work-id.js'
import { statusOf, type WorkRecord } from './record.js'
import type { WorkStatus } from './status.js'

/**
 * Serials are dense and works finish roughly in order, so a page of consecutive serials is an array that is dropped as
 * a whole. That takes 8 bytes per unfinished work, and no hashing.
 */
const PAGE = 1024

interface Page {
  readonly works: (WorkRecord | undefined)[]
  /** Works in it. */
  left: number
}

const FINAL: readonly WorkStatus[] = ['done', 'failed', 'discarded']

export class StatusMap implements ReadonlyMap<string, WorkStatus> {
  readonly #prefix: string
  readonly #pages = new Map<number, Page>()
  #unfinished = 0
  // The last `retain` finished works, in a ring that grows up to that size.
  readonly #retain: number
  readonly #serials: number[] = []
  readonly #statuses: number[] = []
  #oldest = 0

  constructor(idPrefix: string, retain: number) {
    this.#prefix = idPrefix
    this.#retain = retain
  }

  /** Number of works that are not final. */
  get unfinished(): number {
    return this.#unfinished
  }

  /** Enters a new work. */
  add(work: WorkRecord): void {
    const number = Math.floor(work.serial / PAGE)
    let page = this.#pages.get(number)
    if (page === undefined) this.#pages.set(number, (page = { works: [], left: 0 }))
    page.works[work.serial % PAGE] = work
    page.left++
    this.#unfinished++
  }

  /** The work has reached its final status. */
  finish(work: WorkRecord, status: WorkStatus): void {
    const number = Math.floor(work.serial / PAGE)
    const page = this.#pages.get(number)
    if (page !== undefined) {
      page.works[work.serial % PAGE] = undefined
      if (--page.left === 0) this.#pages.delete(number)
    }
    this.#unfinished--
    this.#remember(work.serial, status)
  }

  /** The unfinished work with this id. */
  find(id: string): WorkRecord | undefined {
    const serial = serialOf(this.#prefix, id)
    return serial === undefined ? undefined : this.#find(serial)
  }

  /** The unfinished works in the order of submission. */
  *works(): IterableIterator<WorkRecord> {
    for (const { works } of this.#pages.values()) {
      for (const work of works) if (work !== undefined) yield work
    }
  }

  get size(): number {
    return this.#unfinished + this.#serials.length
  }

  get(id: string): WorkStatus | undefined {
    const serial = serialOf(this.#prefix, id)
    if (serial === undefined) return undefined
    const work = this.#find(serial)
    return work === undefined ? this.#recalled(serial) : statusOf(work)
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  *entries(): MapIterator<[string, WorkStatus]> {
    for (let i = 0; i < this.#serials.length; i++) {
      const at = (this.#oldest + i) % this.#serials.length
      yield [workId(this.#prefix, this.#serials[at] ?? 0), this.#statusAt(at)]
    }
    for (const work of this.works()) yield [workId(this.#prefix, work.serial), statusOf(work)]
  }

  *keys(): MapIterator<string> {
    for (const [id] of this.entries()) yield id
  }

  *values(): MapIterator<WorkStatus> {
    for (const [, status] of this.entries()) yield status
  }

  [Symbol.iterator](): MapIterator<[string, WorkStatus]> {
    return this.entries()
  }

  forEach(
    callback: (status: WorkStatus, id: string, map: ReadonlyMap<string, WorkStatus>) => void,
    thisArg?: unknown,
  ): void {
    for (const [id, status] of this.entries()) callback.call(thisArg, status, id, this)
  }

  #find(serial: number): WorkRecord | undefined {
    return this.#pages.get(Math.floor(serial / PAGE))?.works[serial % PAGE]
  }

  #remember(serial: number, status: WorkStatus): void {
    if (this.#retain === 0) return
    const code = FINAL.indexOf(status)
    if (this.#serials.length < this.#retain) {
      this.#serials.push(serial)
      this.#statuses.push(code)
      return
    }
    this.#serials[this.#oldest] = serial
    this.#statuses[this.#oldest] = code
    this.#oldest = (this.#oldest + 1) % this.#retain
  }

  #recalled(serial: number): WorkStatus | undefined {
    const at = this.#serials.indexOf(serial)
    return at === -1 ? undefined : this.#statusAt(at)
  }

  #statusAt(at: number): WorkStatus {
    return FINAL[this.#statuses[at] ?? 0] ?? 'done'
  }
}
