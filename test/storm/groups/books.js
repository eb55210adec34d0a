/** The books of one seed: which job was to be sent by whom, what became of it, and whatever there is to complain of. */

import { judge } from './judge.js'
import { Marks } from './marks.js'
import { FATES } from './send.js'
import { ofService, phaseOf, specOf } from './spec.js'

export class Books {
  marks
  complaints = []
  #seed
  #total
  #threads
  /** By job, the thread that was to send it, and the type of its worker. */
  #orders = new Map()
  /** Jobs that may be open. */
  #open = new Set()

  /** @param threads which have ended, and how */
  constructor(seed, total, threads) {
    this.#seed = seed
    this.#total = total
    this.#threads = threads
    this.marks = new Marks(2 * total)
  }

  complain(text) {
    this.complaints.push(text)
  }

  /** This worker, or else the main thread, is to send these jobs. */
  ordered(sender, from, to) {
    for (let i = from; i < to; i++) {
      this.#open.add(i)
      this.#orders.set(i, { threadId: sender?.threadId ?? 0, type: sender?.type })
    }
  }

  /** How many jobs may still come to an end. */
  stillOpen() {
    for (const i of this.#open) {
      const { settled } = this.marks.of(i)
      if (settled > 0 || this.#threads.exited.has(this.#orders.get(i).threadId)) this.#open.delete(i)
    }
    return this.#open.size
  }

  /** Says which jobs are open, and which run. */
  complainOfOpen() {
    const open = [...this.#open]
    this.complain(`nothing happens any more, and ${open.length} jobs are open`)
    for (const i of open.slice(0, 10)) this.complain(`open: ${this.#shown(this.#specOf(i))}`)
    for (let i = 0; i < 2 * this.#total; i++) {
      const { begun, ended, ranOn } = this.marks.of(i)
      if (begun > ended && this.#threads.running.has(ranOn)) this.complain(`begun: ${this.#shown(this.#specOf(i))}`)
    }
  }

  /** @param isHot whether the pool was stopped without waiting for jobs */
  judge(isHot) {
    const threads = this.#threads
    const cuts = []
    const cut = spec => cuts.push(spec)
    for (let i = 0; i < 2 * this.#total; i++) {
      const marks = this.marks.of(i)
      const spec = this.#specOf(i)
      const phase = phaseOf(i, this.#total)
      const complain = what => this.complain(`${what}: ${this.#shown(spec)}`)
      judge(spec, marks, { threads, phase, isHot, cut }, complain)
      const ordered = this.#orders.get(i)
      if (phase === 'last' || ordered === undefined || marks.sender !== undefined) continue
      if (!threads.exited.has(ordered.threadId)) complain('never sent')
    }
    // Exit code 1 is that of a thread that was terminated, or died of an error.
    if (cuts.length > [...threads.exited.values()].filter(code => code === 1).length)
      for (const spec of cuts) this.complain(`lost, and never begun: ${this.#shown(spec)}`)
  }

  /** How many jobs came to which end. */
  fates() {
    const fates = {}
    for (let i = 0; i < 2 * this.#total; i++) {
      const { sender, fate } = this.marks.of(i)
      if (sender !== undefined) fates[FATES[fate]] = (fates[FATES[fate]] ?? 0) + 1
    }
    return fates
  }

  #specOf(i) {
    const spec = specOf(this.#seed, i, this.#total)
    return this.#orders.get(i)?.type === 'service' ? ofService(spec) : spec
  }

  #shown(spec) {
    const { fate, ...marks } = this.marks.of(spec.i)
    return JSON.stringify({ ...spec, ...marks, fate: FATES[fate], ordered: this.#orders.get(spec.i) })
  }
}
