/** Turns what the Watcher reports into events and log lines. */

import type { Emitter } from '../../base/emitter.js'
import type { WatcherHost } from '../watch/watcher-host.js'
import type { Slot } from '../worker/slot.js'
import type { WorkerPoolEvents } from './events.js'
import type { Log } from './log.js'
import type { WorkerView } from './view.js'

/** @param viewOf  returns the public view of the worker with this id */
export function reportsTo(
  events: Emitter<WorkerPoolEvents>,
  log: Log,
  viewOf: (id: string) => WorkerView,
): Omit<WatcherHost, 'stopping'> {
  const view = (slot: Slot): WorkerView => viewOf(slot.id)
  const fields = (slot: Slot): { worker: string; group: string } => ({ worker: slot.id, group: slot.group.name })
  return {
    online: slot => {
      log('info', 'worker is available', fields(slot))
      events.emit('workerOnline', view(slot))
    },
    exited: (slot, _thread, { code, said, failure }, kind) => {
      const err = said?.error ?? failure?.error
      const isBad = kind !== undefined && kind !== 'returned'
      log(isBad ? 'error' : 'info', `worker ended${kind === undefined ? '' : `: ${kind}`}`, {
        ...fields(slot),
        code,
        err,
      })
      events.emit('workerExit', view(slot), code, err)
    },
    restarting: (slot, after) => {
      log('info', `worker restarts in ${after} ms`, fields(slot))
      events.emit('workerRestart', view(slot), after)
    },
    down: (slot, { reason, error, byFailure }) => {
      log(byFailure ? 'error' : 'info', `worker stays down: ${reason}`, fields(slot))
      if (byFailure) events.report(new Error(`worker ${slot.id} stays down: ${reason}`, { cause: error }))
    },
    groupDown: (group, error) => {
      log('error', 'group is down', { group: group.spec.name, err: error })
      events.emit('groupDown', group.spec.name, error)
    },
    scaled: (group, from, to) => {
      log('info', `group goes from ${from} to ${to} workers`, { group: group.spec.name })
      events.emit('scaled', { group: group.spec.name, from, to })
    },
    unresponsive: (slot, ms) => {
      log('warn', `event loop has not responded for ${Math.round(ms)} ms`, fields(slot))
      events.emit('workerUnresponsive', view(slot), ms)
    },
    recycling: (slot, reason) => log('info', `worker is replaced: ${reason}`, fields(slot)),
    log: (slot, { level, text, fields: more }) => log(level, text, { ...more, ...fields(slot) }),
    message: (slot, message) => events.emit('message', message, view(slot)),
    error: error => events.report(error),
  }
}
