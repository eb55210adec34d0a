/**
 * Starts a thread of the pool and connects it: its program, its two channels, its figures. It knows nothing about
 * works.
 */

import { MessageChannel } from 'node:worker_threads'
import { Claims } from '../lane/claims.js'
import type { Boot, ControlDown, ControlUp } from '../lane/control.js'
import type { LaneDown, LaneUp } from '../lane/messages.js'
import { nodePort, type Port } from '../lane/port.js'
import { newPrintedBuffer } from '../lane/printed.js'
import { newUsageBuffer, type Usage, UsageReader } from '../lane/usage.js'
import type { ResolvedThreadOptions } from '../launch/options.js'
import { launch, type ThreadObserver } from '../launch/start.js'
import type { TaskRecord } from '../task/record.js'
import { PrintedReader } from './printed.js'

/** What to start. */
export interface ThreadPlan {
  readonly idPrefix: string
  /** Works that the thread runs at the same time. */
  readonly concurrency: number
  readonly options: ResolvedThreadOptions
  readonly setup: TaskRecord | undefined
  readonly teardown: TaskRecord | undefined
}

/** A started thread, as its worker holds it. */
export interface Thread {
  /** The `threadId` of `node:worker_threads`; -1 when it has exited. */
  readonly id: number
  readonly claims: Claims
  /** Where its `setup` and `teardown` were given to the pool, which their errors show and the thread cannot know. */
  readonly hookSites: { readonly setup: string | undefined; readonly teardown: string | undefined }
  readonly lane: Port<LaneUp, LaneDown>
  readonly control: Port<ControlUp, ControlDown>
  readonly printed: PrintedReader
  usage(now: number): Usage
  /** Ends the thread as soon as it executes JavaScript; the observer's `exited` reports when that has happened. */
  terminate(): void
}

export type StartThread = (workerId: string, observer: ThreadObserver) => Thread

/**
 * CommonJS, and nothing that it requires is an ES module. So a thread is ready 10 ms sooner than with Node's loader of
 * ES modules. Also, on Node 20 the process aborts if a thread is ended while it requires an ES module.
 */
const PROGRAM = new URL('./thread/main.cjs', import.meta.url)

/** Throws what Node throws for options it refuses. */
export function startNodeThread(plan: ThreadPlan, workerId: string, observer: ThreadObserver): Thread {
  const worker = launch(
    PROGRAM,
    plan.options,
    observer,
    'a task sends values with progress(), and the option onProgress of its work receives them',
  )
  const claims = new Claims()
  const usage = newUsageBuffer()
  const printed = newPrintedBuffer()
  const lane = new MessageChannel()
  const control = new MessageChannel()
  const boot: Boot = {
    type: 'boot',
    workerId,
    control: control.port2,
    lane: { port: lane.port2, claims: claims.buffer, idPrefix: plan.idPrefix },
    concurrency: plan.concurrency,
    setup: plan.setup?.definition,
    teardown: plan.teardown?.definition,
    usage,
    printed,
  }
  worker.postMessage(boot, [control.port2, lane.port2])
  const reader = new UsageReader(usage, worker)
  return {
    get id() {
      return worker.threadId
    },
    claims,
    hookSites: { setup: plan.setup?.site, teardown: plan.teardown?.site },
    lane: nodePort(lane.port1, false),
    control: nodePort(control.port1, false),
    printed: new PrintedReader(printed),
    usage: now => reader.read(now),
    terminate: () => void worker.terminate(),
  }
}
