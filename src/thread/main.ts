/**
 * What runs inside the threads of a pool. The room does not know the main side: everything arrives by a lane or in the
 * boot message. This file is the program of such a thread: it runs `setup`, lets the runner serve works, and runs
 * `teardown` at the end.
 */

import { parentPort, workerData } from 'node:worker_threads'
import type { Boot, ControlDown, ControlUp } from '../lane/control.js'
import type { TaskDefinition } from '../lane/messages.js'
import { osThread, threadCpuClock, UsageWriter } from '../lane/usage.js'
import { toErrorRecord } from '../values/error-record.js'
import { shareThread } from './context.js'
import { followPrinting } from './printing.js'
import { Runner } from './runner.js'
import { ThreadTask } from './tasks.js'

// Taken before any task runs: a task that replaces them, by fake timers or by globals of a browser, must not stop its
// thread.
const exit = process.exit.bind(process)
const clock = performance.now.bind(performance)
const memoryUsage = process.memoryUsage.bind(process)

// Only this message comes over the worker's own channel. From then on the channel belongs to the user.
parentPort?.once('message', (boot: Boot) => start(boot))

function start({ workerId, control, lane, concurrency, setup, teardown, usage, printed }: Boot): void {
  const tell = (message: ControlUp): void => control.postMessage(message)
  const report = usageReport(usage)
  followPrinting(printed, (stream, number) => tell({ type: 'printed', stream, number }))
  if (concurrency > 1) shareThread()
  const runner = new Runner(workerId, concurrency, { afterSlice: report, calling: () => {} })
  // Also runs at process.exit, at an error in a timer, and at an unhandled rejection, so that works that have ended
  // still get their answers sent.
  process.on('exit', () => runner.flush())

  const stop = async (): Promise<void> => {
    await started
    try {
      if (teardown !== undefined) await run(teardown)
    } catch (error) {
      tell({ type: 'teardownFailed', error: toErrorRecord(error) })
    }
    // A timer or a socket that a task left open must not keep the thread alive.
    exit(0)
  }

  const begin = async (): Promise<void> => {
    try {
      if (setup !== undefined) await run(setup)
    } catch (error) {
      tell({ type: 'startFailed', error: toErrorRecord(error) })
      exit(1)
    }
    report()
    tell({ type: 'ready' })
    // Works may lie on the lane by now. None of them begins before `setup` has ended.
    runner.serve(lane)
  }

  control.on('message', (_: ControlDown) => void stop())
  const started = begin()
}

/** Runs `setup` or `teardown`, which are tasks without a work. */
async function run(definition: TaskDefinition): Promise<void> {
  const task = new ThreadTask(definition)
  try {
    const callable = await task.callable()
    await Reflect.apply(callable, undefined, [workerData])
  } catch (error) {
    throw task.explain(error)
  }
}

/** Returns a function that writes heap and CPU time where the pool reads them, at most every tenth of a second. */
function usageReport(buffer: SharedArrayBuffer): () => void {
  const writer = new UsageWriter(buffer, osThread())
  const cpu = threadCpuClock()
  return () => {
    const now = clock()
    if (!writer.isDue(now)) return
    try {
      writer.write(memoryUsage().heapUsed, cpu?.() ?? 0, now)
    } catch {
      // A task has replaced the functions that measure. A missing figure must not end the thread.
    }
  }
}
