/** Slips about places in groups: who has which, whose the next one is, who is woken for it, and in which order. */

const PLACES = ['test/unit/groups/reservations.test.ts']
const SHARED = ['test/unit/groups/shared-state.test.ts']
const SHARES = ['test/unit/groups/fair-share.test.ts']
const CHOOSING = ['test/unit/groups/choosing.test.ts']
const TARGETS = ['test/unit/groups/targets.test.ts']
const WAITING_SENDERS = ['test/unit/groups/waiting-senders.test.ts']
const QUEUE = ['test/unit/groups/waiting-jobs.test.ts']
const WAITING = ['test/groups/waiting.test.ts']

export const groupPlaces = [
  // Places.
  {
    name: 'left-behind-by-one-that-leaves',
    why: 'jobs wait for ever behind one that has been called off, with idle workers that it did not want',
    file: 'src/groups/jobs/placement.ts',
    find: '    if (wasFirst) this.serve(books)\n',
    replace: '    void wasFirst\n',
    tests: ['test/groups/waiting.test.ts'],
  },
  {
    name: 'one-place-too-many',
    why: 'a worker is given one job more than its maxJobs',
    file: 'src/groups/shared/reservations.ts',
    find: 'amountIn(before) >= most) break',
    replace: 'amountIn(before) > most) break',
    tests: PLACES,
  },
  {
    name: 'generation-with-a-sign',
    why: 'a worker that has had 127 threads in one place is never given a job again',
    file: 'src/groups/shared/reservations.ts',
    find: 'return word >>> TAG_SHIFT',
    replace: 'return word >> TAG_SHIFT',
    tests: PLACES,
  },
  {
    name: 'place-that-was-not-had-kept',
    why: 'when a sender ends that came too late once, a place of another sender is given back, and a worker has too many jobs',
    file: 'src/groups/shared/reservations.ts',
    find: '    this.#changeOwn(sender, record, TAKEN, tag, -1)\n    return false',
    replace: '    return false',
    tests: PLACES,
  },

  // Fair shares.
  {
    name: 'owed-from-before',
    why: 'a sender that comes late is owed all that others were given before it: for a while they are given nothing',
    file: 'src/groups/jobs/fair-share.ts',
    find: 'this.#given = this.#findHindmost(this.#clock.now())?.given ?? this.#given',
    replace: 'this.#findHindmost(this.#clock.now())',
    tests: SHARES,
  },
  {
    name: 'handed-again-and-again',
    why: 'a sender that computes is handed one place after the other, which all lie idle',
    file: 'src/groups/jobs/fair-share.ts',
    find: '    this.#passedOver.add(rival.sender, rival.given, now)\n',
    replace: '',
    tests: SHARES,
  },
  {
    name: 'passed-over-for-no-longer-each-time',
    why: 'a sender that computes for seconds is handed a place every few ms, and all of these lie idle',
    file: 'src/groups/jobs/passed-over.ts',
    find: 'Math.min(MOST_MS, before.ms * FACTOR)',
    replace: 'FIRST_MS',
    tests: SHARES,
  },
  {
    name: 'places-left-while-one-lies-idle',
    why: 'a sender leaves one place after the other to another one that has not taken the first yet',
    file: 'src/groups/jobs/fair-share.ts',
    find: ' || (keptMs < IDLE_MS && this.#target.hasRoom)',
    replace: '',
    tests: SHARES,
  },
  {
    name: 'first-place-only-after-the-slack',
    why: 'a sender without any place waits until others are ahead of it by what they are given in 10 ms',
    file: 'src/groups/jobs/fair-share.ts',
    find: '!rival.holdsNone && ',
    replace: '',
    tests: SHARES,
  },
  {
    name: 'lead-lost-in-the-wrap',
    why: 'a sender whose count of jobs has wrapped around leaves no places to others for a long time',
    file: 'src/groups/shared/sender-tallies.ts',
    find: 'return (count - other) | 0',
    replace: 'return count - other',
    tests: SHARES,
  },
  {
    name: 'main-thread-not-looked-at',
    why: 'jobs of the main thread wait for ever while a thread that has the places has more jobs than these',
    file: 'src/groups/jobs/fair-share.ts',
    find: 'sender < tallies.senders',
    replace: 'sender < tallies.senders - 1',
    tests: SHARES,
  },
  {
    name: 'wait-of-the-main-thread-not-kept',
    why: 'nobody sees that jobs wait in the main thread, and it has no share of the places',
    file: 'src/groups/shared/records.ts',
    find: 'new SenderTallies(groups, records + 1, memory?.tallies)',
    replace: 'new SenderTallies(groups, records, memory?.tallies)',
    tests: SHARED,
  },

  // Choosing.
  {
    name: 'first-miss-is-the-last',
    why: 'a job waits because somebody else was faster at one worker, though others are free',
    file: 'src/groups/jobs/take-place.ts',
    find: 'weight, maxJobs)) continue',
    replace: 'weight, maxJobs)) return undefined',
    tests: CHOOSING,
  },
  {
    name: 'given-to-one-that-leaves',
    why: 'a job goes to a worker that was told to end between the look and the choice, and may be lost there',
    file: 'src/groups/jobs/take-place.ts',
    find: '    if (shared.state(record) === READY) return { record, generation }\n',
    replace: '    if (shared.state(record) >= READY) return { record, generation }\n',
    tests: CHOOSING,
  },
  {
    name: 'index-behind-the-last',
    why: 'a strategy that counts from 1 sends a job to the worker of another group',
    file: 'src/groups/jobs/take-place.ts',
    find: 'index >= target.length)',
    replace: 'index > target.length)',
    tests: CHOOSING,
  },
  {
    name: 'gone-by-the-number-in-the-pool',
    why: 'outside the first group, jobs go to a thread that is known to be gone again and again, until the main thread says so',
    file: 'src/groups/jobs/target.ts',
    find: 'this.#gone[record - this.facts.firstRecord] = generation',
    replace: 'this.#gone[record] = generation',
    tests: TARGETS,
  },
  {
    name: 'busy-like-the-one-before',
    why: 'the successor of a worker that died within a job counts as busy, and is passed over though it has nothing to do',
    file: 'src/groups/shared/records.ts',
    find: 'RUNNING, BUSY, ENDING]) words',
    replace: 'RUNNING, ENDING]) words',
    tests: SHARED,
  },

  // Waiting.
  {
    name: 'woken-whatever-they-were-given',
    why: 'a place that comes free goes to senders in turns, though one of them has been given far more jobs than the others',
    file: 'src/groups/watch/waiting-senders.ts',
    find: '.sort((one, other) => (given(one) - given(other)) | 0)',
    replace: '',
    tests: WAITING_SENDERS,
  },
  {
    name: 'offered-round-and-round',
    why: 'a place that nobody wants is offered in circles: threads are at work all the time, and do nothing',
    file: 'src/groups/watch/waiting-senders.ts',
    find: '      asked.add(sender)\n',
    replace: '',
    tests: WAITING_SENDERS,
  },
  {
    name: 'back-to-the-end-of-the-line',
    why: 'jobs whose worker died before it began them wait behind those that were sent later',
    file: 'src/groups/jobs/waiting-jobs.ts',
    find: 'this.#queue.putBack(job)',
    replace: 'this.#queue.push(job)',
    tests: QUEUE,
  },
  {
    name: 'later-job-first',
    why: 'jobs that come later overtake one that waits, whatever its priority: a heavy one waits for ever',
    file: 'src/groups/jobs/placement.ts',
    find: "if (waiting.size === 0 && this.#give(job) !== 'none') return",
    replace: "if (this.#give(job) !== 'none') return",
    tests: WAITING,
  },
  {
    name: 'every-group-dead',
    why: 'when one group is down, jobs that wait for others are rejected, too',
    file: 'src/groups/jobs/job-sender.ts',
    find: 'for (const job of [...books.waiting]) {',
    replace: 'for (const job of [...this.#books.values()].flatMap(({ waiting }) => [...waiting])) {',
    tests: WAITING,
  },
]
