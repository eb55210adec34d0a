/** Slips about broadcasts: who runs them, when, and what they give. */

const BROADCAST = ['test/threads/broadcast.test.ts']
const MODEL = ['test/model/broadcast.test.ts']

export const broadcasts = [
  {
    name: 'broadcast-in-the-common-queue',
    why: 'one worker runs fn twice, and another never does',
    file: 'src/dispatch/waiting-works.ts',
    find: '    if (work.pinnedTo === undefined) this.queue.push(work)\n    else this.pinned.putBack(work)\n',
    replace: '    this.queue.push(work)\n',
    tests: BROADCAST,
  },
  {
    name: 'broadcast-put-back-into-the-common-queue',
    why: 'a worker ends before its turn, and another one runs fn a second time in its place',
    file: 'src/dispatch/waiting-works.ts',
    find: '      if (work.pinnedTo === undefined) this.queue.putBack(work)\n      else this.pinned.putBack(work)\n',
    replace: '      this.queue.putBack(work)\n',
    tests: MODEL,
  },
  {
    name: 'broadcast-passed-by',
    why: 'under a steady load a worker never comes to fn: works are sent ahead, again and again',
    file: 'src/dispatch/pump.ts',
    find: "    if (this.#waiting.pinned.awaits(worker)) return 'enough'\n",
    replace: '',
    tests: MODEL,
  },
  {
    name: 'broadcast-awaited-for-ever',
    why: 'a worker that has run fn is kept idle for it',
    file: 'src/dispatch/pinned.ts',
    find: '.shift()\n    this.#tidy(worker)\n',
    replace: '.shift()\n',
    tests: BROADCAST,
  },
  {
    name: 'broadcast-before-its-worker-is-idle',
    why: 'where several works share a thread, fn runs beside them',
    file: 'src/dispatch/pump.ts',
    find: 'for (let work; worker.idle && ',
    replace: 'for (let work; worker.hasPlace && ',
    tests: MODEL,
  },
  {
    name: 'broadcast-not-alone',
    why: 'where several works share a thread, others begin while fn runs',
    file: 'src/worker/places.ts',
    find: 'return this.#pinned > 0 && this.count > 1',
    replace: 'return this.#pinned > 1 && this.count > 1',
    tests: ['test/threads/concurrency.test.ts'],
  },
  {
    name: 'broadcast-waits-at-the-door',
    why: 'a full buffer keeps fn from workers that have nothing to do with it',
    file: 'src/pool/admission.ts',
    find: '      buffer.letIn(work)\n',
    replace: '      if (!buffer.tryAccept(work)) buffer.wait(work)\n',
    tests: BROADCAST,
  },
  {
    name: 'broadcast-cannot-be-withdrawn',
    why: 'a worker runs fn although its work was discarded before its turn',
    file: 'src/dispatch/waiting-works.ts',
    find: ': this.pinned.remove(work)',
    replace: ': false',
    tests: MODEL,
  },
  {
    name: 'left-out-taken-for-a-failure',
    why: 'a worker that leaves costs the results of all others',
    file: 'src/calls/broadcast.ts',
    find: "outcome.status === 'rejected' && !(outcome.reason instanceof LeftOutError)",
    replace: "outcome.status === 'rejected'",
    tests: BROADCAST,
  },
  {
    name: 'failed-start-taken-for-left-out',
    why: 'broadcast() resolves with fewer results, although the threads could not be started',
    file: 'src/pool/worker-reports.ts',
    find: 'const failedToStart = exit !== undefined && !exit.hadStarted && !exit.asked',
    replace: 'const failedToStart = exit !== undefined && !exit.hadStarted && exit.asked',
    tests: BROADCAST,
  },
  {
    name: 'left-out-not-told-of-a-stuck-worker',
    why: 'native code that never returns keeps broadcast() pending for ever',
    file: 'src/pool/worker-reports.ts',
    find: '    this.#clear(worker, undefined)\n',
    replace:
      '    salvage(worker, undefined, this.works, work => this.#parts.dispatcher.requeue(work))\n    this.#recycling.gone(worker)\n',
    tests: MODEL,
  },
  {
    name: 'broadcast-idle-first',
    why: 'results come in another order than the workers of pool.workers',
    file: 'src/pool/admission.ts',
    find: '.filter(worker => worker.isStaying)\n',
    replace: '.filter(worker => worker.isStaying)\n      .sort((a, b) => a.places.held - b.places.held)\n',
    tests: MODEL,
  },
]
