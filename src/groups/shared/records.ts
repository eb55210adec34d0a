/**
 * The shared memory of a WorkerPool: one record per thread that there can be. Every thread holds a view of it, reads what it
 * likes without a message, and writes only what is its own. Knows no threads, jobs or strategies.
 */

import { Reservations } from './reservations.js'
import { Shares } from './sender-tallies.js'

// Words of 32 bits. In brackets, who writes.
/** [Watcher] {@link RecordState}. */
const STATE = 0
/** [Watcher] Which of the threads that have been started in this record is there now: part of what senders reserve by. */
const GENERATION = 1
/** [Thread] Its event loop has turned: one more each time it says so. */
const BEAT = 2
/** [Thread] Jobs begun, ended well, ended badly, since its start. */
const ACCEPTED = 3
const PROCESSED = 4
const FAILED = 5
/** [Thread] Jobs that have begun and not ended. */
const RUNNING = 6
/** [Thread] 1 while it is in synchronous code of a job. */
const BUSY = 7
/** [Watcher] Which worker of the group this thread is, counted from 1. */
const SLOT = 8
/** [Thread] How it ended, see {@link Ending}; 0 before, or where it was ended without a word. */
const ENDING = 9
const WORDS = 10

// Numbers of 64 bits, all the thread's.
/** Bytes of heap in use. */
const HEAP = 0
/** Share of the time since the report before in which its event loop was not idle. */
const UTILIZATION = 1
const NUMBERS = 2

const RECORD_BYTES = 8 * NUMBERS + 4 * WORDS + 4 * (WORDS % 2)
/** Of each group, in front of the records: [Watcher] senders in which jobs wait for a place. */
const GROUP_BYTES = 8

/** What may be done with the thread of a record: nothing, or it starts, takes jobs, or takes none any longer. */
export const DOWN = 0
export const STARTING = 1
export const READY = 2
export const LEAVING = 3
export type RecordState = typeof DOWN | typeof STARTING | typeof READY | typeof LEAVING

/** What a thread says of itself now and then. */
export interface Report {
  readonly heap: number
  readonly utilization: number
}

/** How a thread says it ended: `process.exit()` with a code, or by an error that nobody caught. */
export interface Ending {
  readonly exitCode: number
  readonly crashed: boolean
}

/** Jobs of one thread since its start. */
export interface JobCounts {
  readonly accepted: number
  readonly processed: number
  readonly failed: number
  readonly running: number
}

/** What another thread needs to make its own view. */
export interface SharedMemory {
  readonly state: SharedArrayBuffer
  readonly reservations: SharedArrayBuffer
  readonly shares: SharedArrayBuffer
}

export class SharedState {
  readonly memory: SharedMemory
  readonly reservations: Reservations
  readonly shares: Shares
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  /** Bytes before the first record. */
  readonly #records: number

  /** @param memory that of another view; without it there is none yet */
  constructor(groups: number, records: number, memory?: SharedMemory) {
    this.#records = groups * GROUP_BYTES
    const state = memory?.state ?? new SharedArrayBuffer(this.#records + records * RECORD_BYTES)
    this.reservations = new Reservations(records, memory?.reservations)
    // The main thread sends, too.
    this.shares = new Shares(groups, records + 1, memory?.shares)
    this.memory = { state, reservations: this.reservations.buffer, shares: this.shares.buffer }
    this.#words = new Int32Array(state)
    this.#numbers = new Float64Array(state)
  }

  /** Watcher: in how many senders jobs for this group wait. */
  setWaiting(group: number, senders: number): void {
    Atomics.store(this.#words, (group * GROUP_BYTES) / 4, senders)
  }

  waiting(group: number): number {
    return Atomics.load(this.#words, (group * GROUP_BYTES) / 4)
  }

  /** Watcher: this sender is gone. What it had reserved is free, and nothing waits in it. */
  abandon(sender: number): void {
    this.reservations.abandon(sender)
    this.shares.abandon(sender)
  }

  /** Watcher: another thread is about to start in this record, as this worker. Nothing is reserved with it yet. */
  begin(record: number, slot: number): number {
    const words = this.#words
    const generation = this.generation(record) + 1
    words[this.#word(record, GENERATION)] = generation
    words[this.#word(record, SLOT)] = slot
    this.reservations.begin(record, generation)
    for (const own of [BEAT, ACCEPTED, PROCESSED, FAILED, RUNNING, BUSY, ENDING]) words[this.#word(record, own)] = 0
    for (let own = 0; own < NUMBERS; own++) this.#numbers[this.#number(record, own)] = 0
    Atomics.store(words, this.#word(record, STATE), STARTING)
    return generation
  }

  /** Watcher: what may be done with it from here on. */
  move(record: number, state: RecordState): void {
    Atomics.store(this.#words, this.#word(record, STATE), state)
  }

  state(record: number): RecordState {
    return Atomics.load(this.#words, this.#word(record, STATE)) as RecordState
  }

  /** Which of the threads that have been started in this record is there now. */
  generation(record: number): number {
    return this.#words[this.#word(record, GENERATION)] ?? 0
  }

  /** Whether it takes jobs at this instant, and has room for one more of at most `most`. */
  hasRoom(record: number, most: number): boolean {
    return this.#words[this.#word(record, STATE)] === READY && this.reservations.taken(record) < most
  }

  /** Thread: a job has begun. */
  jobBegun(record: number): void {
    this.#add(record, ACCEPTED, 1)
    this.#add(record, RUNNING, 1)
  }

  /** Thread: a job has ended. */
  jobEnded(record: number, well: boolean): void {
    this.#add(record, well ? PROCESSED : FAILED, 1)
    this.#add(record, RUNNING, -1)
  }

  /** Thread: it is in synchronous code of a job, or out of it. */
  setBusy(record: number, isBusy: boolean): void {
    this.#words[this.#word(record, BUSY)] = Number(isBusy)
  }

  isBusy(record: number): boolean {
    return this.#words[this.#word(record, BUSY)] === 1
  }

  /** Thread: it ends. */
  setEnding(record: number, { exitCode, crashed }: Ending): void {
    // One more than the code, so that 0 is none; the sign tells a crash.
    this.#words[this.#word(record, ENDING)] = crashed ? -1 - Math.abs(exitCode) : 1 + Math.abs(exitCode)
  }

  /** What the thread said of its end; as for a crash where it could say nothing. */
  ending(record: number): Ending {
    const said = this.#words[this.#word(record, ENDING)] ?? 0
    return said > 0 ? { exitCode: said - 1, crashed: false } : { exitCode: said === 0 ? 1 : -said - 1, crashed: true }
  }

  /** Which worker of its group the thread is, counted from 1. */
  slot(record: number): number {
    return this.#words[this.#word(record, SLOT)] ?? 0
  }

  /** Thread: its event loop turns. */
  beat(record: number): void {
    this.#add(record, BEAT, 1)
  }

  beats(record: number): number {
    return this.#words[this.#word(record, BEAT)] ?? 0
  }

  /** Thread: its figures. */
  report(record: number, { heap, utilization }: Report): void {
    this.#numbers[this.#number(record, HEAP)] = heap
    this.#numbers[this.#number(record, UTILIZATION)] = utilization
  }

  /** What the thread last said. */
  reported(record: number): Report {
    const read = (own: number): number => this.#numbers[this.#number(record, own)] ?? 0
    return { heap: read(HEAP), utilization: read(UTILIZATION) }
  }

  jobs(record: number): JobCounts {
    const read = (own: number): number => this.#words[this.#word(record, own)] ?? 0
    return { accepted: read(ACCEPTED), processed: read(PROCESSED), failed: read(FAILED), running: read(RUNNING) }
  }

  /** Only its one writer calls this. */
  #add(record: number, own: number, by: number): void {
    const at = this.#word(record, own)
    this.#words[at] = (this.#words[at] ?? 0) + by
  }

  #word(record: number, own: number): number {
    return (this.#records + record * RECORD_BYTES + 8 * NUMBERS) / 4 + own
  }

  #number(record: number, own: number): number {
    return (this.#records + record * RECORD_BYTES) / 8 + own
  }
}
