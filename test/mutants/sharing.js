/** Slips about several works on one thread: whose code runs, which places there are, and who goes down with whom. */

const CONCURRENCY = ['test/threads/concurrency.test.ts']
const MODEL = ['test/model/concurrency.test.ts', 'test/model/eviction.test.ts', 'test/model/orchestrator.model.test.ts']

export const sharing = [
  // Places.
  {
    name: 'places-counted-as-one',
    why: 'the buffer is full before the places are',
    file: 'src/dispatch/dispatcher.ts',
    find: 'worker.places.held - worker.places.count',
    replace: 'worker.places.held - 1',
    tests: MODEL,
  },
  {
    name: 'place-taken-for-ahead',
    why: 'a work that has a place, and whose thread is waking up for it, is taken back for another thread',
    file: 'src/worker/places.ts',
    find: 'if (left-- > 0 || this.#lane.hasStarted(work) || work.staysPut) continue',
    replace: 'if (left-- > 1 || this.#lane.hasStarted(work) || work.staysPut) continue',
    tests: MODEL,
  },
  {
    name: 'busiest-thread-first',
    why: 'works pile up on one thread, while another has places free',
    file: 'src/dispatch/pump.ts',
    find: 'return a.held - b.held || ',
    replace: 'return b.held - a.held || ',
    tests: MODEL,
  },
  {
    name: 'blocked-thread-gets-works',
    why: 'works, and the buffers they move, wait on a thread that is in a function which does not yield',
    file: 'src/worker/places.ts',
    find: ' && !this.#isReserved && !this.#areBlocked)',
    replace: ' && !this.#isReserved)',
    tests: CONCURRENCY,
  },
  {
    name: 'call-seems-to-go-on',
    why: 'a thread counts as blocked although its functions wait: its places stay empty',
    file: 'src/lane/claims.ts',
    find: 'this.#calledSince[0] = 0',
    replace: 'this.#calledSince[0] ||= 0',
    tests: CONCURRENCY,
  },
  {
    name: 'held-up-for-longer-than-it-is',
    why: 'a thread that moves again is passed over',
    file: 'src/worker/places.ts',
    find: '    this.#holdUp.over()\n',
    replace: '',
    tests: MODEL,
  },
  {
    name: 'found-works-not-run',
    why: 'works that a signal has found in the port, as it was read, wait for the next message',
    file: 'src/thread/runner.ts',
    find: 'found: () => this.#comeBackIfResting(),',
    replace: 'found: () => {},',
    tests: CONCURRENCY,
  },
  {
    name: 'answers-held-while-all-places-wait',
    why: 'a result that is there waits until one of the others ends',
    file: 'src/thread/places.ts',
    find: 'await this.#pause.until(new Promise<void>(resolve => (this.#wake = resolve)))',
    replace: 'await new Promise<void>(resolve => (this.#wake = resolve))',
    tests: ['test/threads/crash.test.ts'],
  },
  {
    name: 'flushed-before-the-first-wait-only',
    why: 'once a work has waited, the results before later ones wait as long as these do',
    file: 'src/thread/pause.ts',
    find: '    this.#tickIsDue = false\n    if (this.#isWaiting)',
    replace: '    if (this.#isWaiting)',
    tests: ['test/threads/crash.test.ts'],
  },

  // Whose code runs.
  {
    name: 'context-lost-after-an-await',
    why: 'context() after an await is that of another work',
    file: 'src/thread/main.ts',
    find: 'if (concurrency > 1) shareThread()',
    replace: 'if (concurrency > 1000) shareThread()',
    tests: CONCURRENCY,
  },
  {
    name: 'abort-listener-in-the-context-of-another',
    why: 'context() in an abort listener is that of whichever work has read the port',
    file: 'src/thread/context.ts',
    find: 'onBehalfOf(this, () => this.#controller?.abort(reason))',
    replace: 'this.#controller?.abort(reason)',
    tests: CONCURRENCY,
  },
  {
    name: 'arguments-kept-by-what-goes-on',
    why: 'a timer that a task has left behind keeps the arguments of the work',
    file: 'src/thread/context.ts',
    find: '    this.#delivery.args = NOTHING\n',
    replace: '',
    tests: ['test/threads/memory.test.ts'],
  },

  // Who goes down with whom.
  {
    name: 'siblings-not-waited-for',
    why: 'a work that is discarded hot takes the others of its thread down long before the grace is over',
    file: 'src/worker/eviction.ts',
    find: '    for (const work of this.#places.occupants()) if (!this.#evictions.has(work)) return\n',
    replace: '',
    tests: MODEL,
  },
  {
    name: 'alone-timer-left',
    why: 'the timer of a victim that was alone outlives it, and ends a later victim that is not',
    file: 'src/worker/eviction.ts',
    find: '    this.#aloneTimer?.cancel()\n    this.#aloneTimer = undefined\n',
    replace: '',
    tests: MODEL,
  },
  {
    name: 'work-that-cannot-be-taken-back-overlooked',
    why: 'a work whose buffers are aboard, and that is about to begin, goes down with the victim before it',
    file: 'src/worker/eviction.ts',
    find: 'this.#places.occupants()',
    replace: 'this.#places.running()',
    tests: MODEL,
  },
  {
    name: 'loss-without-a-cause',
    why: 'a work that went down with its thread does not say for whose sake the thread was ended',
    file: 'src/worker/eviction.ts',
    find: '    this.#killedFor ??= { reason }\n',
    replace: '    this.#killedFor ??= reason === undefined ? { reason } : undefined\n',
    tests: MODEL,
  },

  // What a task may do to the others, and to us.
  {
    name: 'message-of-no-work-read',
    why: 'a message that a task posts in the name of its thread is an uncaught error of the process',
    file: 'src/lane/messages.ts',
    find: "if (typeof message !== 'object' || message === null || !('type' in message)) return false",
    replace: "if (typeof message !== 'object' || !('type' in (message as object))) return false",
    tests: ['test/threads/security.test.ts'],
  },
  {
    name: 'message-without-answers-read',
    why: 'a message that a task posts in the name of its thread is an uncaught error of the process',
    file: 'src/lane/messages.ts',
    find: "if (message.type !== 'answers' || !('numbers' in message) || !('values' in message)) return false\n  return Array.isArray(message.values) && areNumbers(message.numbers)",
    replace: "return message.type === 'answers'",
    tests: ['test/unit/lane.test.ts', 'test/threads/security.test.ts'],
  },
  {
    name: 'clock-of-the-task',
    why: 'a task that installs fake timers stops the runner of its thread, or its measure of time',
    file: 'src/thread/runner.ts',
    find: 'const later = setImmediate\n',
    replace: 'const later = (act: () => void): void => void setImmediate(act)\n',
    tests: ['test/threads/security.test.ts'],
  },
]
