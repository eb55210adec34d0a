/**
 * The rooms of src/, each a folder, in the order in which they stand on each other, and for each the rooms that it may
 * import: `types` says from which of them types only. This table is the design; `test/architecture.test.ts` holds the
 * source against it.
 */

export interface Room {
  readonly may: readonly string[]
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[]
}

export const ROOMS: Readonly<Record<string, Room>> = {
  errors: { may: [] },
  base: { may: ['errors'] },
  values: { may: ['errors'] },
  lane: { may: ['errors', 'values'] },
  launch: { may: ['base', 'errors'] },
  task: { may: ['errors'], types: ['lane', 'values'] },
  work: { may: ['base', 'errors', 'lane', 'task', 'values'] },
  worker: { may: ['base', 'errors', 'lane', 'launch', 'task', 'values', 'work'] },
  dispatch: { may: ['base', 'errors', 'worker'], types: ['work'] },
  calls: { may: ['base', 'errors', 'lane', 'task', 'work'] },
  pool: { may: ['base', 'calls', 'dispatch', 'errors', 'lane', 'launch', 'task', 'values', 'work', 'worker'] },
  thread: { may: ['errors', 'lane', 'values'], types: ['task'] },
  'groups/shared': { may: ['errors', 'values'], types: ['lane'] },
  'groups/strategies': { may: ['base', 'errors'], types: ['groups/shared'] },
  'groups/scheme': { may: ['base', 'errors', 'lane', 'launch', 'task', 'groups/strategies'], types: ['groups/shared'] },
  'groups/jobs': { may: ['base', 'errors', 'lane', 'values', 'groups/shared'], types: ['groups/strategies'] },
  'groups/worker': {
    may: ['base', 'errors', 'lane', 'launch', 'values'],
    types: ['groups/scheme', 'groups/shared', 'groups/strategies'],
  },
  'groups/watch': {
    may: ['base', 'errors', 'values', 'groups/jobs', 'groups/shared', 'groups/strategies', 'groups/worker'],
    types: ['lane', 'groups/scheme'],
  },
  'groups/thread': {
    may: ['base', 'errors', 'thread', 'values', 'groups/jobs', 'groups/shared', 'groups/strategies'],
    types: ['lane', 'task'],
  },
  'groups/pool': {
    may: ['base', 'errors', 'groups/scheme', 'groups/watch'],
    types: ['groups/shared', 'groups/worker'],
  },
}
