/** Slips about jobs between groups: who may send to whom, what becomes of a job, and which one goes first on its worker. */

const SWITCHBOARD = ['test/unit/groups/switchboard.test.ts']
const SENDER = ['test/unit/groups/jobs.test.ts']
const SCHEDULER = ['test/unit/groups/scheduler.test.ts']
const SCHEME = ['test/unit/groups/scheme.test.ts']
const JOBS = ['test/groups/jobs.test.ts']
const STRATEGIES = ['test/groups/strategies.test.ts']

export const groupJobs = [
  // Who sends to whom.
  {
    name: 'two-groups-of-one-name',
    why: 'a group takes the place of another one that was given the same name by mistake',
    file: 'src/groups/scheme/scheme.ts',
    find: '  if (described.has(name)) {\n',
    replace: '  if (described.has(name) && group.minWorkers < 0) {\n',
    tests: SCHEME,
  },
  {
    name: 'services-among-themselves',
    why: 'services wait for jobs of each other in a circle',
    file: 'src/groups/scheme/scheme.ts',
    find: "service: ['job'],",
    replace: "service: ['job', 'service'],",
    tests: SCHEME,
  },
  {
    name: 'scheme-not-asked',
    why: 'a thread that posts what a sender would sends jobs to groups of which the scheme says nothing',
    file: 'src/groups/watch/switchboard.ts',
    find: ' && target !== undefined && sender.targets.includes(target.index)',
    replace: ' && target !== undefined',
    tests: SWITCHBOARD,
  },
  {
    name: 'lane-to-the-successor',
    why: 'jobs for a thread that has died reach its successor, where they have no place: it has more than its maxJobs',
    file: 'src/groups/watch/switchboard.ts',
    find: 'if (there?.generation === generation) there.post',
    replace: 'if (there !== undefined) there.post',
    tests: SWITCHBOARD,
  },

  // What becomes of a job.
  {
    name: 'job-settled-twice',
    why: 'a job that ran out of time is told as an error again when its worker answers at last',
    file: 'src/groups/jobs/job.ts',
    find: "    if (at === 'holding' || at === 'over') return 'before'\n",
    replace: '',
    tests: JOBS,
  },
  {
    name: 'placed-again-when-over',
    why: 'a job that was called off, and whose thread is gone before it began, is given to another worker',
    file: 'src/groups/jobs/job.ts',
    find: "this.#state = at === 'holding' ? OVER : PLACING",
    replace: 'this.#state = PLACING',
    tests: ['test/unit/groups/job-state.test.ts'],
  },
  {
    name: 'retried-for-ever',
    why: 'a job that kills each worker it comes to is given to one after the other, until none is left',
    file: 'src/groups/jobs/job-sender.ts',
    find: '      job.retries--\n',
    replace: '',
    tests: JOBS,
  },
  {
    name: 'retried-after-its-end',
    why: 'a job that has ended, and whose answer was lost with its thread, is done once more',
    file: 'src/groups/jobs/job-sender.ts',
    find: 'if (started && !ended && job.retries',
    replace: 'if (started && job.retries',
    tests: SENDER,
  },
  {
    name: 'place-of-a-revoked-job-kept',
    why: 'each job that is called off between send() and its beginning costs its worker a place for good',
    file: 'src/groups/jobs/job-sender.ts',
    find: 'else if (lane.revoke(job)) this.#placement.vacate(job)',
    replace: 'else if (lane.revoke(job)) return',
    tests: JOBS,
  },
  {
    name: 'signal-kept',
    why: 'a signal that many jobs share keeps each of them, with its data, for as long as it lives',
    file: 'src/groups/jobs/settlement.ts',
    find: '    if (signal !== undefined) this.#signals.unwatch(signal, job)\n',
    replace: '',
    tests: JOBS,
  },
  {
    name: 'progress-after-the-end',
    why: 'onProgress is called for a job whose promise has rejected long ago',
    file: 'src/groups/jobs/job-sender.ts',
    find: 'if (!job.isSettled) callGuarded(',
    replace: 'callGuarded(',
    tests: JOBS,
  },
  {
    name: 'answers-left-in-memory',
    why: 'jobs that were done before their thread was killed are reported as lost, though their answers are there',
    file: 'src/groups/jobs/job-lane.ts',
    find: "if (remains.left === 'answer') this.#host.answered(remains.work, false, remains.value)",
    replace: "if (remains.left === 'answer') continue",
    tests: SENDER,
  },
  {
    name: 'lost-answer-told-as-crash',
    why: 'whoever is told that a job was cut short does it again, though it has ended',
    file: 'src/lane/clear.ts',
    find: "return ended ? 'answer-lost' : threadEnd",
    replace: 'return threadEnd',
    tests: SENDER,
  },
  {
    name: 'failure-of-a-free-job-swallowed',
    why: 'a job that was sent with awaitResult: false fails in silence',
    file: 'src/groups/jobs/job.ts',
    find: "else if (this.#isFree) return 'unheard'",
    replace: "else if (this.#isFree) return 'now'",
    tests: JOBS,
  },
  {
    name: 'sent-though-called-off-by-its-strategy',
    why: 'a job that is called off while a worker is chosen for it runs all the same',
    file: 'src/groups/jobs/placement.ts',
    find: '    if (job.isSettled) {\n      if (chosen',
    replace: '    if (job.isSettled && chosen === undefined) {\n      if (chosen',
    tests: SENDER,
  },
  {
    name: 'place-of-one-called-off-by-its-strategy-kept',
    why: 'each job that is called off while a worker is chosen for it costs that worker a place for good',
    file: 'src/groups/jobs/placement.ts',
    find: '      if (chosen !== undefined) shared.reservations.release(self, chosen.record, chosen.generation, job.weight)\n',
    replace: '',
    tests: SENDER,
  },
  {
    name: 'sent-after-the-stop',
    why: 'a job whose strategy stops the pool is sent over a lane that nobody closes any more',
    file: 'src/groups/jobs/placement.ts',
    find: '    if (this.#stopped !== undefined) this.#settlement.settle(job, true, this.#stopped)\n',
    replace: '',
    tests: SENDER,
  },
  {
    name: 'placed-within-a-placing',
    why: 'a strategy that calls off another job has the job for which it chooses given to a worker twice',
    file: 'src/groups/jobs/placement.ts',
    find: '    if (books.isServed) return false\n',
    replace: '',
    tests: SENDER,
  },

  // On the worker.
  {
    name: 'backlog-without-priority',
    why: 'jobs that lie on one worker begin in the order of sending, whatever their priority',
    file: 'src/groups/thread/job-backlog.ts',
    find: 'const priority = args.length < 2 ? 0 : args[1]',
    replace: 'const priority = args.length <= 2 ? 0 : args[1]',
    tests: JOBS,
  },
  {
    name: 'no-seat-without-a-pause',
    why: 'jobs that pause go on before one of higher priority that is still at work and does not pause itself',
    file: 'src/groups/thread/job-handler.ts',
    find: '    job.sit()\n',
    replace: '',
    tests: STRATEGIES,
  },
  {
    name: 'chosen-at-once',
    why: 'a job goes on before one of higher priority that is begun in the same breath',
    file: 'src/groups/thread/scheduler.ts',
    find: 'microtask(this.#choose)',
    replace: 'this.#choose()',
    tests: SCHEDULER,
  },
]
