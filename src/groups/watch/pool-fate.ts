/** How a pool of groups ends: the state that records it, and the table of events that change that state. */

/** How `run()` of the pool settles. An error is in an object, because any value can be thrown. */
export type Outcome = { readonly is: 'well' } | { readonly is: 'failed'; readonly error: unknown }

/**
 * - `running`: workers run or are due. `ifEmpty` is how the pool would end if none were left now
 * - `stopping`: the workers were told to end, for this outcome
 * - `ended`: no thread is left, except those that are stuck in native code
 */
export type PoolFate =
  | { readonly at: 'running'; readonly ifEmpty: Outcome }
  | { readonly at: 'stopping'; readonly outcome: Outcome }
  | { readonly at: 'ended'; readonly outcome: Outcome }

/**
 * - `stop-asked`: `stop()` was called; the event says whether any worker runs or is due at this moment
 * - `fatal`: an error ends the whole pool: a FatalWorkerError, or an uncaught error of the main thread
 * - `group-down`: the last worker of a group has ended and stays down; the event says how that worker ended
 * - `worker-stopped`: a worker that was told to end has ended
 * - `empty`: no worker of any group runs or is due, and no group starts one when a job comes
 * - `threads-gone`: the last thread has exited, or is given up as stuck
 */
export type FateEvent =
  | { readonly type: 'stop-asked'; readonly isEmpty: boolean }
  | { readonly type: 'fatal'; readonly error: unknown }
  | { readonly type: 'group-down'; readonly outcome: Outcome }
  | { readonly type: 'worker-stopped' | 'empty' | 'threads-gone' }

export const WELL: Outcome = { is: 'well' }

export const UNTROUBLED: PoolFate = { at: 'running', ifEmpty: WELL }

/**
 * The fate of the pool after an event. A dash: nothing changes.
 *
 * | event                        | running                           | stopping            | ended |
 * |------------------------------|-----------------------------------|---------------------|-------|
 * | `stop-asked`, some are left  | stopping, well                    | –                   | –     |
 * | `stop-asked`, none is left   | stopping, as it would have ended  | –                   | –     |
 * | `fatal`                      | stopping, failed                  | stopping, failed    | –     |
 * | `group-down`                 | would end as the group did        | –                   | –     |
 * | `worker-stopped`             | would end well                    | –                   | –     |
 * | `empty`                      | stopping, as it would have ended  | –                   | –     |
 * | `threads-gone`               | –                                 | ended, same outcome | –     |
 *
 * The group that went down last decides; earlier ones no longer matter. A fatal error takes precedence over everything
 * else, and the last one wins. `stop()` makes the pool end well, unless nothing was left to stop: a listener that stops
 * the pool when it is notified of the last failure must not hide that failure.
 */
export function fateAfter(fate: PoolFate, event: FateEvent): PoolFate {
  if (event.type === 'fatal') return fate.at === 'ended' ? fate : { at: 'stopping', outcome: failed(event.error) }
  switch (fate.at) {
    case 'running':
      return afterRunning(fate, event)
    case 'stopping':
      return event.type === 'threads-gone' ? { at: 'ended', outcome: fate.outcome } : fate
    case 'ended':
      return fate
  }
}

type Running = Extract<PoolFate, { at: 'running' }>

function afterRunning(fate: Running, event: Exclude<FateEvent, { type: 'fatal' }>): PoolFate {
  switch (event.type) {
    case 'stop-asked':
      return { at: 'stopping', outcome: event.isEmpty ? fate.ifEmpty : WELL }
    case 'group-down':
      return { ...fate, ifEmpty: event.outcome }
    case 'worker-stopped':
      return { ...fate, ifEmpty: WELL }
    case 'empty':
      return { at: 'stopping', outcome: fate.ifEmpty }
    case 'threads-gone':
      return fate
  }
}

export function failed(error: unknown): Outcome {
  return { is: 'failed', error }
}
