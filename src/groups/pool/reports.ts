/** Makes events and lines for the log of what the Watcher tells. Decides nothing. */

import type { Emitter } from '../../base/emitter.js'
import type { WatcherHost } from '../watch/watcher-host.js'
import type { WorkerPoolEvents } from './events.js'
import type { Log } from './log.js'
import type { WorkerView } from './view.js'

/** @param viewOf  the worker with this id, as the pool's owner sees it */
export function reportsTo(
  events: Emitter<WorkerPoolEvents>,
  log: Log,
  viewOf: (id: string) => WorkerView,
): Omit<WatcherHost, 'stopping'> {
  const view = (slot: { readonly id: string }): WorkerView => viewOf(slot.id)
  const fields = (slot: { readonly id: string }): { worker: string; group: string } => {
    return { worker: slot.id, group: view(slot).group }
  }
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
      log('info', `worker is started again in ${after} ms`, fields(slot))
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
      log('warn', `worker has not answered for ${Math.round(ms)} ms`, fields(slot))
      events.emit('workerUnresponsive', view(slot), ms)
    },
    recycling: (slot, reason) => log('info', `worker is replaced: ${reason}`, fields(slot)),
    log: (slot, { level, text, fields: more }) => log(level, text, { ...more, ...fields(slot) }),
    message: (slot, message) => events.emit('message', message, view(slot)),
    error: error => events.report(error),
  }
}
