/** The threads of this process, whoever started them. */

import type { Worker } from 'node:worker_threads'

export const runningThreads = new Set<Worker>()

process.on('worker', worker => {
  runningThreads.add(worker)
  worker.once('exit', () => runningThreads.delete(worker))
})
