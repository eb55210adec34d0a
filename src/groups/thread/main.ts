/**
 * What runs inside the threads of a group. This file is their program: it creates the worker, loads the entry point and
 * follows it to its end. It does not decide about restarts.
 */

import { parentPort } from 'node:worker_threads'
import { realClock } from '../../base/clock.js'
import { Runner } from '../../thread/runner.js'
import { toErrorRecord } from '../../values/error-record.js'
import type { JobSender } from '../jobs/job-sender.js'
import { endKindOf } from '../shared/end-kinds.js'
import type { EndKind, GroupBoot, GroupDown, GroupUp } from '../shared/messages.js'
import { SharedRecords } from '../shared/records.js'
import { loadEntryPoint } from './entry-point.js'
import { JobBacklog } from './job-backlog.js'
import { handleJobs } from './job-handler.js'
import { JobScheduler } from './scheduler.js'
import { reportVitals } from './vitals.js'
import { type Sender, ThreadWorker } from './worker.js'

// Saved before any of the user's code runs, because that code may replace them.
const exit = process.exit.bind(process)
const later = setTimeout

/** Ms for which a worker that ends waits for jobs that are on their way to it. */
const ARRIVAL_MS = 20

// Only this one message comes over the worker's own channel, which then belongs to the user.
parentPort?.once('message', (boot: GroupBoot) => void start(boot))

async function start(boot: GroupBoot): Promise<void> {
  const { control, record, workerId } = boot
  const tell = (message: GroupUp): void => control.postMessage(message, 'end' in message ? [message.end.port] : [])
  const shared = new SharedRecords(boot.groups.length, boot.records, boot.shared)
  const group = boot.groups.find(({ name }) => name === boot.group)
  if (group === undefined)
    throw new TypeError(`worker ${workerId} was started for group ${boot.group}, which does not exist`)

  const scheduler = new JobScheduler(realClock)
  let failed = false
  let rested = (): void => {}
  const runner = new Runner(
    workerId,
    group.maxJobs,
    { afterSlice: () => rested(), calling: since => shared.setBusy(record, since > 0) },
    new JobBacklog(),
  )
  const loadSender = async (): Promise<JobSender> => (await import('./sender.js')).senderOf(boot, group, shared, tell)
  // The sender's modules are a third of the program and take 2 ms to load. A group that may not send jobs needs them
  // only for the error when it tries. A user's own strategy is created in any case, so that the start fails if that
  // fails.
  const sends = group.targets.length > 0 || boot.pickup.type === 'module'
  const jobSender = sends ? await loadSender() : undefined
  const sender: Sender = jobSender ?? { send: async (...job) => (await loadSender()).send(...job) }
  const worker = new ThreadWorker(boot, group, sender, tell, handler => handleJobs(handler, scheduler, shared, record))

  /** Waits until the jobs of this worker have ended. */
  const finishJobs = async (): Promise<void> => {
    for (let ms = 0; ms < ARRIVAL_MS || !runner.isIdle; ms++) {
      if (runner.isIdle && shared.reservations.taken(record) === 0) return
      await new Promise<void>(resolve => {
        rested = resolve
        later(resolve, 1)
      })
    }
  }

  const end = async (kind: EndKind, error?: unknown): Promise<void> => {
    tell({ type: 'ending', kind, error: error === undefined ? undefined : toErrorRecord(error) })
    worker.terminate()
    failed = kind !== 'returned'
    if (!failed) await finishJobs()
    // Timers and sockets that the user's code left open must not keep the thread alive.
    exit(failed ? 1 : 0)
  }

  // Sends the answers of finished jobs, and lets senders know how the thread ended.
  process.on('exit', exitCode => {
    runner.flush()
    shared.setEnding(record, { exitCode, crashed: failed })
  })
  process.on('uncaughtException', error => {
    void end(endKindOf(error) ?? 'failed', error)
  })

  control.on('message', (message: GroupDown) => {
    switch (message.type) {
      case 'lane':
        return runner.serve(message.end)
      case 'placeFree':
        return jobSender?.placeFree(message.group)
      case 'threadStuck':
        return jobSender?.threadStuck(message.record, message.generation)
      case 'groupDead':
        return jobSender?.groupDead(message.group)
      case 'message':
        return worker.receive(message.message)
      case 'stop':
        if (message.hot) scheduler.stopAll(worker.stopReason)
        return worker.terminate()
    }
  })

  try {
    const entry = await loadEntryPoint(boot.entryPoint.url, boot.entryPoint.exportName)
    await entry.initialize(worker)
    reportVitals(shared, record)
    tell({ type: 'ready' })
    try {
      await entry.run(worker)
    } catch (error) {
      return await end(endKindOf(error) ?? 'failed', error)
    }
    await end('returned')
  } catch (error) {
    await end(endKindOf(error) ?? 'not-started', error)
  }
}
