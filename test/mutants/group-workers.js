/** Slips about the life of a worker: its start, its ends and what follows them, its successors, and whether it still turns. */

const EXIT_KIND = ['test/unit/groups/exit-kind.test.ts']
const HISTORY = ['test/unit/groups/restart-history.test.ts']
const RESTART = ['test/unit/groups/restart.test.ts']
const SLOT = ['test/unit/groups/slot.test.ts']
const HEARTBEATS = ['test/unit/groups/heartbeats.test.ts']
const SUPERVISION = ['test/groups/supervision.test.ts']
const ENDS = ['test/groups/ends.test.ts']
const REPLACEMENT = ['test/groups/replacement.test.ts']
const STUCK = ['test/groups/stuck.test.ts']
const PROCESS = ['test/groups/process.test.ts']

export const groupWorkers = [
  // Ends, and what follows.
  {
    name: 'unresponsive-told-as-failed',
    why: 'a restart strategy cannot tell a worker that stood still from one that threw',
    file: 'src/groups/worker/exit-kind.ts',
    find: "  if (failure?.error instanceof UnresponsiveError) return 'unresponsive'\n",
    replace: '',
    tests: EXIT_KIND,
  },
  {
    name: 'start-failures-never-forgotten',
    why: 'a worker that could not be started now and then is given up one day, though it has run well in between',
    file: 'src/groups/worker/restart-history.ts',
    find: '    this.#startFailures = 0\n',
    replace: '',
    tests: HISTORY,
  },
  {
    name: 'healthy-while-it-cannot-start',
    why: 'a worker that ran well for a day and can then not be started is started again without any delay, for ever',
    file: 'src/groups/worker/restart-history.ts',
    find: '    this.#onlineSince = undefined\n    const facts',
    replace: '    const facts',
    tests: HISTORY,
  },
  {
    name: 'failures-never-forgotten',
    why: 'a worker that fails once a week waits longer each time, and is given up by restart.limited() in the end',
    file: 'src/groups/worker/restart-history.ts',
    find: 'healthyAfter) this.#failures = 0',
    replace: 'healthyAfter) this.#failures ||= 0',
    tests: HISTORY,
  },
  {
    name: 'oldest-restarts-remembered',
    why: 'after a thousand restarts restart.window() sees no new one, and limits nothing any more',
    file: 'src/groups/worker/restart-history.ts',
    find: 'slice(-MOST_RESTARTS)',
    replace: 'slice(0, MOST_RESTARTS)',
    tests: HISTORY,
  },
  {
    name: 'budget-of-one-more',
    why: 'a worker is started once more than restart.limited() and restart.window() allow',
    file: 'src/groups/strategies/restart.ts',
    find: 'if (used < this.#max) return',
    replace: 'if (used <= this.#max) return',
    tests: RESTART,
  },
  {
    name: 'restarted-after-its-stop',
    why: 'a worker that was stopped while it was to be started again is started all the same, also after the end of its pool',
    file: 'src/groups/worker/slot.ts',
    find: "timeout = this.#plan.stopTimeout, reason?: Error): Promise<void> {\n    if (this.#state.at === 'due') this.#state.timer.cancel()\n",
    replace: 'timeout = this.#plan.stopTimeout, reason?: Error): Promise<void> {\n',
    tests: SLOT,
  },
  {
    name: 'used-up-by-returning-is-no-failure',
    why: 'a pool whose workers returned once too often has ended well, as it seems',
    file: 'src/groups/worker/verdict.ts',
    find: "const byFailure = kind !== 'returned' || decision.exhausted === true",
    replace: "const byFailure = kind !== 'returned'",
    tests: SLOT,
  },
  {
    name: 'started-by-its-announcement',
    why: 'a worker that is stopped by who hears of its end, or of its restart, is started again all the same',
    file: 'src/groups/worker/slot.ts',
    find: "if (this.#state.at === 'due' && verdict.after === 0 && mayStartNow) this.start()",
    replace: 'if (verdict.after === 0 && mayStartNow) this.start()',
    tests: ENDS,
  },
  {
    name: 'restart-told-before-the-end',
    why: 'the owner hears of a restart before the end that it follows',
    file: 'src/groups/worker/slot.ts',
    find: '          this.#host.exited(this, thread, exit, kind)\n          this.#announce(verdict)\n',
    replace: '          this.#announce(verdict)\n          this.#host.exited(this, thread, exit, kind)\n',
    tests: SLOT,
  },

  // Starts, stops, replacements.
  {
    name: 'start-timeout-goes-on',
    why: 'every worker is ended startTimeout ms after its start, however well it runs',
    file: 'src/groups/worker/slot.ts',
    find: '        ready: () => {\n          deadline.cancel()\n',
    replace: '        ready: () => {\n',
    tests: SLOT,
  },
  {
    name: 'judged-before-it-is-heard',
    why: 'a worker that started in time is ended, because the main thread computed when it said so',
    file: 'src/base/patience.ts',
    find: '      else if (this.#clock.now() > due) this.#clock.nextTurn(() => this.#call())\n',
    replace: '',
    tests: ['test/unit/patience.test.ts'],
  },
  {
    name: 'restart-undoes-a-stop',
    why: 'a worker that was stopped during a hard restart is started again',
    file: 'src/groups/worker/slot.ts',
    find: 'if (isLast && state.again && !isFatal) {',
    replace: 'if (isLast && !isFatal) {',
    tests: SLOT,
  },
  {
    name: 'available-after-its-stop',
    why: 'a worker that was told to end while it started is reported as available, and is given jobs',
    file: 'src/groups/worker/group-thread.ts',
    find: 'if (this.#life.started()) this.#observer.ready()',
    replace: 'this.#life.started()\n        this.#observer.ready()',
    tests: ENDS,
  },
  {
    name: 'stop-never-sooner',
    why: 'stop({ hot: true }) after stop() waits as long as that',
    file: 'src/groups/worker/group-thread.ts',
    find: 'this.#deadline.left <= limit) return',
    replace: 'this.#deadline.left >= 0) return',
    tests: PROCESS,
  },
  {
    name: 'job-workers-stopped-first',
    why: 'when a pool is stopped, jobs that its reactors still send find nobody to do them',
    file: 'src/groups/watch/stop-and-restart.ts',
    find: "['reactor', 'service', 'job']",
    replace: "['job', 'service', 'reactor']",
    tests: SUPERVISION,
  },
  {
    name: 'replaced-all-at-once',
    why: 'a soft restart resolves while workers are still replaced, and starts successors of all groups at the same time',
    file: 'src/groups/watch/stop-and-restart.ts',
    find: 'const replacement = await group.replace(slot)',
    replace: "const replacement = (void group.replace(slot), { is: 'off', error: 0 })",
    tests: SUPERVISION,
  },
  {
    name: 'recycled-at-every-look',
    why: 'a worker whose successor cannot be started has another one started each second',
    file: 'src/groups/watch/examination.ts',
    find: '    if (now < notBefore) return\n',
    replace: '',
    tests: REPLACEMENT,
  },

  // Looking at them.
  {
    name: 'told-once-for-ever',
    why: 'a worker that was unresponsive once is never reported, or replaced, again',
    file: 'src/groups/watch/heartbeats.ts',
    find: '      pulse.isReported = false\n',
    replace: '',
    tests: HEARTBEATS,
  },
  {
    name: 'no-heartbeat',
    why: 'workers that turn all the time are unresponsive to the Watcher',
    file: 'src/groups/thread/vitals.ts',
    find: '    shared.beat(record)\n',
    replace: '',
    tests: STUCK,
  },
  {
    name: 'unresponsive-is-replaced-unasked',
    why: 'a worker that computes for more than unresponsiveAfter is killed, with its jobs, though nobody wanted that',
    file: 'src/groups/watch/examination.ts',
    find: 'if (this.#plan.spec.replaceUnresponsive) thread.fail',
    replace: 'thread.fail',
    tests: STUCK,
  },
]
