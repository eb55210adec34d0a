/** Slips about groups as a whole: how many workers there are, what the owner hears of them, and the process. */

const FATE = ['test/unit/groups/pool-fate.test.ts']
const SWITCHBOARD = ['test/unit/groups/switchboard.test.ts']
const HANDLERS = ['test/unit/groups/process-handlers.test.ts']
const WAITING = ['test/groups/waiting.test.ts']
const SUPERVISION = ['test/groups/supervision.test.ts']
const STRATEGIES = ['test/groups/strategies.test.ts']
const SCALING = ['test/groups/scaling.test.ts']
const WORKLOADS = ['test/unit/groups/workloads.test.ts']
const PROCESS = ['test/groups/process.test.ts']

export const groups = [
  // How many there are.
  {
    name: 'one-down-is-all-down',
    why: 'as soon as one worker of a group is down, jobs that have to wait for the others are refused',
    file: 'src/groups/watch/group.ts',
    find: "return this.slots.every(slot => slot.status === 'down')",
    replace: "return this.slots.some(slot => slot.status === 'down')",
    tests: WAITING,
  },
  {
    name: 'down-with-its-first-worker',
    why: 'a group of which others run is reported as down, and its pool ends with that error',
    file: 'src/groups/watch/watcher.ts',
    find: 'const isLast = group?.isAlive === false && !this.isStopping',
    replace: 'const isLast = group !== undefined && !this.isStopping',
    tests: SUPERVISION,
  },
  {
    name: 'grows-while-it-grows',
    why: 'a burst of jobs from several threads has a worker started for each of them',
    file: 'src/groups/watch/group.ts',
    find: "    if (wanted.some(slot => slot.status === 'starting')) return\n",
    replace: '',
    tests: STRATEGIES,
  },
  {
    name: 'grows-at-the-next-look',
    why: 'jobs wait for up to a second before the group grows for them',
    file: 'src/groups/watch/switchboard.ts',
    find: '    this.#host.jobsWait(index)\n',
    replace: '    void this.#host\n',
    tests: SWITCHBOARD,
  },
  {
    name: 'busy-counts-as-idle',
    why: 'a group whose workers all have jobs shrinks',
    file: 'src/groups/watch/workloads.ts',
    find: 'load !== undefined && FIGURES.every(figure => load[figure] === 0)',
    replace: 'load !== undefined',
    tests: WORKLOADS,
  },
  {
    name: 'long-job-ends-with-its-worker',
    why: 'a worker that is one too many is terminated after stopTimeout, and its long job is lost',
    file: 'src/groups/watch/group.ts',
    find: 'void slot.stop(false, Infinity)',
    replace: 'void slot.stop(false)',
    tests: SCALING,
  },
  {
    name: 'ends-what-was-asked-for',
    why: 'workers that were added by scaleGroup() end again as soon as they have idled for a while',
    file: 'src/groups/watch/wanted-size.ts',
    find: 'return this.#within(this.#least, size, delta)',
    replace: 'return this.#within(this.#bounds.minWorkers, size, delta)',
    tests: ['test/unit/groups/wanted-size.test.ts'],
  },

  // What the pool ends by.
  {
    name: 'stop-hides-the-failure',
    why: 'a pool that is stopped by who hears of its last failure has ended well, as it seems',
    file: 'src/groups/watch/pool-fate.ts',
    find: 'outcome: event.isEmpty ? fate.ifEmpty : WELL }',
    replace: 'outcome: WELL }',
    tests: FATE,
  },
  {
    name: 'failure-of-long-ago',
    why: 'a pool whose last worker was stopped rejects with the failure of another group, long before',
    file: 'src/groups/watch/pool-fate.ts',
    find: 'return { ...fate, ifEmpty: WELL }',
    replace: 'return fate',
    tests: FATE,
  },
  {
    name: 'ended-by-a-hard-restart',
    why: 'a hard restart stops the pool at the moment at which no worker runs',
    file: 'src/groups/worker/slot.ts',
    find: "return state.at === 'ending' ? state.again : ",
    replace: "return state.at === 'ending' ? false : ",
    tests: ['test/unit/groups/slot.test.ts'],
  },
  {
    name: 'fatal-too-late',
    why: 'a pool that is being stopped ends well although a worker throws a FatalWorkerError on its way out',
    file: 'src/groups/watch/pool-fate.ts',
    find: "if (event.type === 'fatal') return fate.at === 'ended' ? fate",
    replace: "if (event.type === 'fatal') return fate.at !== 'running' ? fate",
    tests: FATE,
  },

  // What the owner hears, and the process.
  {
    name: 'class-told-by-its-prototype',
    why: 'a class whose run is a field is called as a function, and no worker of its group starts',
    file: 'src/groups/thread/entry-point.ts',
    find: '  if (/^class\\b/.test(Function.prototype.toString.call(exported))) return true\n',
    replace: '',
    tests: SUPERVISION,
  },
  {
    name: 'figures-of-the-last-thread',
    why: 'stats() forgets the jobs of a worker with each of its threads but the last two',
    file: 'src/groups/watch/thread-records.ts',
    find: 'this.#past.set(slot, added(this.#past.get(slot) ?? NO_JOBS, done))',
    replace: 'this.#past.set(slot, done)',
    tests: STRATEGIES,
  },
  {
    name: 'crash-logged-as-info',
    why: 'whoever reads the errors in the log sees no crash',
    file: 'src/groups/pool/reports.ts',
    find: "log(isBad ? 'error' : 'info', `worker ended",
    replace: "log(isBad ? 'info' : 'info', `worker ended",
    tests: SUPERVISION,
  },
  {
    name: 'debug-lines-as-info',
    why: 'what a worker logs for debugging fills the log of every day',
    file: 'src/groups/thread/worker.ts',
    find: "debug: line('debug')",
    replace: "debug: line('info')",
    tests: SUPERVISION,
  },
  {
    name: 'hard-and-soft-signal-swapped',
    why: 'USR2, which should replace workers one by one, ends all of them at once',
    file: 'src/groups/pool/process-handlers.ts',
    find: "['SIGHUP', restart(true)], ['SIGUSR2', restart(false)]",
    replace: "['SIGHUP', restart(false)], ['SIGUSR2', restart(true)]",
    tests: HANDLERS,
  },
  {
    name: 'signals-of-a-pool-that-has-ended',
    why: 'a process whose pool has ended cannot be ended by TERM or INT',
    file: 'src/groups/pool/worker-pool.ts',
    find: '      handlers.remove()\n',
    replace: '',
    tests: PROCESS,
  },
]
