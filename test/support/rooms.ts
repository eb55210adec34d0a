/**
 * The rooms of src/, each a folder, in the order in which they stand on each other, and for each the rooms that it may
 * import: `types` says from which of them types only. This table is the design; `test/architecture.test.ts` holds the
 * source against it.
 */

export interface Room {
  /** The file in src/ whose first sentence says what the room is: a README where there is a protocol to tell. */
  readonly home: string
  readonly may: readonly string[]
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[]
}

export const ROOMS: Readonly<Record<string, Room>> = {
  errors: { home: 'errors/base.ts', may: [] },
  base: { home: 'base/clock.ts', may: ['errors'] },
  values: { home: 'values/cloning.ts', may: ['errors'] },
  lane: { home: 'lane/README.md', may: ['errors', 'values'] },
  launch: { home: 'launch/life.ts', may: ['base', 'errors', 'values'] },
  task: { home: 'task/task.ts', may: ['errors'], types: ['lane', 'values'] },
  work: { home: 'work/record.ts', may: ['base', 'errors', 'lane', 'task', 'values'] },
  worker: { home: 'worker/worker.ts', may: ['base', 'errors', 'lane', 'launch', 'task', 'values', 'work'] },
  dispatch: { home: 'dispatch/README.md', may: ['base', 'errors', 'worker'], types: ['work'] },
  calls: { home: 'calls/map.ts', may: ['base', 'errors', 'lane', 'task', 'work'] },
  pool: {
    home: 'pool/pool.ts',
    may: ['base', 'calls', 'dispatch', 'errors', 'lane', 'launch', 'task', 'values', 'work', 'worker'],
  },
  thread: { home: 'thread/main.ts', may: ['errors', 'lane', 'values'], types: ['task'] },
  'groups/shared': { home: 'groups/shared/records.ts', may: ['errors', 'values'], types: ['lane'] },
  'groups/strategies': { home: 'groups/strategies/pickup-view.ts', may: ['base', 'errors'], types: ['groups/shared'] },
  'groups/scheme': {
    home: 'groups/scheme/scheme.ts',
    may: ['base', 'errors', 'lane', 'launch', 'task', 'values', 'groups/strategies'],
    types: ['groups/shared'],
  },
  'groups/jobs': {
    home: 'groups/jobs/README.md',
    may: ['base', 'errors', 'lane', 'values', 'groups/shared'],
    types: ['groups/strategies'],
  },
  'groups/worker': {
    home: 'groups/worker/slot.ts',
    may: ['base', 'errors', 'lane', 'launch', 'values'],
    types: ['groups/scheme', 'groups/shared', 'groups/strategies'],
  },
  'groups/watch': {
    home: 'groups/watch/README.md',
    may: ['base', 'errors', 'values', 'groups/jobs', 'groups/shared', 'groups/strategies', 'groups/worker'],
    types: ['lane', 'groups/scheme'],
  },
  'groups/thread': {
    home: 'groups/thread/main.ts',
    may: ['base', 'errors', 'thread', 'values', 'groups/jobs', 'groups/shared', 'groups/strategies'],
    types: ['lane', 'task'],
  },
  'groups/pool': {
    home: 'groups/pool/worker-pool.ts',
    may: ['base', 'errors', 'groups/scheme', 'groups/watch'],
    types: ['groups/shared', 'groups/worker'],
  },
}
