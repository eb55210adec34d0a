/**
 * What all threads of a group pool share: memory, messages, types. This file is the memory: one record for each thread
 * that there can be, the reservations and the senders' tallies. Every thread has a view of it and can read all of it
 * without a message. Each word has one writer, except the totals of the reservations. It knows nothing about threads,
 * jobs or strategies, and no call here blocks.
 */

import { Reservations } from './reservations.js'
import { SenderTallies } from './sender-tallies.js'

// Words of 32 bits. In brackets, who writes them.
/** [Watcher] {@link RecordState}. */
const STATE = 0
/** [Watcher] How many threads have been started in this record, which tells the current one from its predecessors. */
const GENERATION = 1
/** [Thread] Heartbeats of its event loop. */
const BEAT = 2
/** [Thread] Jobs begun, succeeded and failed since its start. */
const ACCEPTED = 3
const PROCESSED = 4
const FAILED = 5
/** [Thread] Jobs that have begun and not ended. */
const RUNNING = 6
/** [Thread] 1 while it is in the synchronous code of a job. */
const BUSY = 7
/** [Watcher] Number of the slot in its group that the thread fills, from 1. */
const SLOT = 8
/** [Thread] How it ended, see {@link Ending}; 0 before that, and if it was ended from outside. */
const ENDING = 9
const WORDS = 10

// Floats of 64 bits, all written by the thread.
/** Bytes of heap in use. */
const HEAP = 0
/** Share of the time since the previous report in which its event loop was not idle. */
const UTILIZATION = 1
const NUMBERS = 2

const RECORD_BYTES = 8 * NUMBERS + 4 * WORDS + 4 * (WORDS % 2)
/** For each group, in front of the records, a word and 4 bytes of padding. [Watcher] Senders in which jobs wait. */
const GROUP_BYTES = 8

/**
 * The state of a record: it has no thread, its thread is starting, its thread takes jobs, or its thread takes no more
 * jobs.
 */
export const DOWN = 0
export const STARTING = 1
export const READY = 2
export const LEAVING = 3
export type RecordState = typeof DOWN | typeof STARTING | typeof READY | typeof LEAVING

/** What a thread reports about itself several times a second. */
export interface Report {
  readonly heap: number
  readonly utilization: number
}

/** How a thread says it ended: by `process.exit()` with a code, or by an uncaught error. */
export interface Ending {
  readonly exitCode: number
  readonly crashed: boolean
}

/** Jobs of one thread since its start. `processed` ones succeeded. */
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
  readonly tallies: SharedArrayBuffer
}

export class SharedRecords {
  readonly memory: SharedMemory
  readonly reservations: Reservations
  readonly tallies: SenderTallies
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  /** Bytes before the first record. */
  readonly #records: number

  /** @param memory the memory of another view; without it, new memory is made */
  constructor(groups: number, records: number, memory?: SharedMemory) {
    this.#records = groups * GROUP_BYTES
    const state = memory?.state ?? new SharedArrayBuffer(this.#records + records * RECORD_BYTES)
    this.reservations = new Reservations(records, memory?.reservations)
    // One sender for each record, plus the main thread.
    this.tallies = new SenderTallies(groups, records + 1, memory?.tallies)
    this.memory = { state, reservations: this.reservations.buffer, tallies: this.tallies.buffer }
    this.#words = new Int32Array(state)
    this.#numbers = new Float64Array(state)
  }

  /** Watcher: jobs for this group wait in this many senders. */
  setWaiting(group: number, senders: number): void {
    Atomics.store(this.#words, (group * GROUP_BYTES) / 4, senders)
  }

  waiting(group: number): number {
    return Atomics.load(this.#words, (group * GROUP_BYTES) / 4)
  }

  /** Watcher: this sender is gone. The places that it had taken are free again, and no job waits in it. */
  abandon(sender: number): void {
    this.reservations.abandon(sender)
    this.tallies.abandon(sender)
  }

  /** Watcher: another thread is about to start in this record, for this slot. Returns its generation. */
  begin(record: number, slot: number): number {
    const words = this.#words
    const generation = this.generation(record) + 1
    words[this.#word(record, GENERATION)] = generation
    words[this.#word(record, SLOT)] = slot
    this.reservations.begin(record, generation)
    for (const field of [BEAT, ACCEPTED, PROCESSED, FAILED, RUNNING, BUSY, ENDING]) words[this.#word(record, field)] = 0
    for (let field = 0; field < NUMBERS; field++) this.#numbers[this.#number(record, field)] = 0
    Atomics.store(words, this.#word(record, STATE), STARTING)
    return generation
  }

  /** Watcher: changes the state of a record. */
  move(record: number, state: RecordState): void {
    Atomics.store(this.#words, this.#word(record, STATE), state)
  }

  state(record: number): RecordState {
    return Atomics.load(this.#words, this.#word(record, STATE)) as RecordState
  }

  /** How many threads have been started in this record: names the one that is there now. */
  generation(record: number): number {
    return this.#words[this.#word(record, GENERATION)] ?? 0
  }

  /**
   * Whether its thread takes jobs and has fewer than `most`. These are plain reads, so the answer may soon be outdated.
   */
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

  /** Thread: it enters the synchronous code of a job, or leaves it. */
  setBusy(record: number, isBusy: boolean): void {
    this.#words[this.#word(record, BUSY)] = Number(isBusy)
  }

  isBusy(record: number): boolean {
    return this.#words[this.#word(record, BUSY)] === 1
  }

  /** Thread: how it ends. */
  setEnding(record: number, { exitCode, crashed }: Ending): void {
    // One more than the exit code, so that 0 means unset. Negative for a crash.
    this.#words[this.#word(record, ENDING)] = crashed ? -1 - Math.abs(exitCode) : 1 + Math.abs(exitCode)
  }

  /** How the thread ended. A thread that could not write this counts as crashed. */
  ending(record: number): Ending {
    const said = this.#words[this.#word(record, ENDING)] ?? 0
    return said > 0 ? { exitCode: said - 1, crashed: false } : { exitCode: said === 0 ? 1 : -said - 1, crashed: true }
  }

  /** Number of the slot in its group that the thread fills, from 1. */
  slot(record: number): number {
    return this.#words[this.#word(record, SLOT)] ?? 0
  }

  /** Thread: a heartbeat of its event loop. */
  beat(record: number): void {
    this.#add(record, BEAT, 1)
  }

  beats(record: number): number {
    return this.#words[this.#word(record, BEAT)] ?? 0
  }

  /** Thread: reports its figures. */
  report(record: number, { heap, utilization }: Report): void {
    this.#numbers[this.#number(record, HEAP)] = heap
    this.#numbers[this.#number(record, UTILIZATION)] = utilization
  }

  /** What the thread reported last. */
  reported(record: number): Report {
    const read = (field: number): number => this.#numbers[this.#number(record, field)] ?? 0
    return { heap: read(HEAP), utilization: read(UTILIZATION) }
  }

  jobs(record: number): JobCounts {
    const read = (field: number): number => this.#words[this.#word(record, field)] ?? 0
    return { accepted: read(ACCEPTED), processed: read(PROCESSED), failed: read(FAILED), running: read(RUNNING) }
  }

  /** Not atomic: only the one writer of a word calls this. */
  #add(record: number, field: number, by: number): void {
    const at = this.#word(record, field)
    this.#words[at] = (this.#words[at] ?? 0) + by
  }

  #word(record: number, field: number): number {
    return (this.#records + record * RECORD_BYTES + 8 * NUMBERS) / 4 + field
  }

  #number(record: number, field: number): number {
    return (this.#records + record * RECORD_BYTES) / 8 + field
  }
}
