/** Entry points for what was found: a puppet that can do more, and some that are odd. */

import { execFileSync } from 'node:child_process'
import { getEnvironmentData } from 'node:worker_threads'
import { FatalWorkerError, TerminateWorkerError } from 'threadcrew/groups'
import Puppet from './puppet.js'

/** Starts slowly. */
export class Slow extends Puppet {
  async initialize(worker) {
    await new Promise(resolve => setTimeout(resolve, 300))
    super.initialize(worker)
  }
}

/** Sends a job that it calls off when it has been busy for so long. */
export class ChangesItsMind extends Puppet {
  initialize(worker) {
    super.initialize(worker)
    worker.on('message', ({ act, ms }) => {
      if (act !== 'send and call off') return
      const controller = new AbortController()
      worker.jobs.send('a', 1, { signal: controller.signal }).catch(() => worker.send({ at: 'called off' }))
      setTimeout(() => {
        worker.send({ at: 'blocks' })
        const end = performance.now() + ms
        while (performance.now() < end);
        controller.abort()
      }, 200)
    })
  }
}

/** Its second start throws. */
export class Second extends Puppet {
  initialize(worker) {
    const what = getEnvironmentData(`found ${worker.group}`)
    if (what === 'fatal') throw new FatalWorkerError('fatal in initialize')
    if (what === 'fail') throw new RangeError('failed in initialize')
    if (what === 'terminate') throw new TerminateWorkerError('terminate in initialize')
    super.initialize(worker)
  }
}

/** Jobs in native code. */
export const native = {
  initialize(worker) {
    worker.handleJobs(async data => {
      worker.send({ at: 'begun', id: worker.id })
      if (data?.sleep) execFileSync('sleep', [String(data.sleep)])
      if (data?.wait) await new Promise(resolve => setTimeout(resolve, data.wait))
      if (data?.forever) await new Promise(() => {})
      if (data?.then)
        return {
          get then() {
            throw new RangeError('no then')
          },
        }
      if (data?.crash) {
        setTimeout(() => {
          throw new RangeError('crashed late')
        }, data.crash)
        await new Promise(() => {})
      }
      return worker.threadId
    })
  },
}

/** The same, without async. */
export const plain = {
  initialize(worker) {
    worker.handleJobs(data => {
      if (data?.then)
        return {
          get then() {
            throw new RangeError('no then')
          },
        }
      return 1
    })
  },
}

/** Starts in native code. */
export const stuckStart = {
  initialize() {
    execFileSync('sleep', ['4'])
  },
}

/** Its run() is over when it is told so; its jobs are not. */
export const returning = {
  initialize(worker) {
    native.initialize(worker)
    this.told = new Promise(resolve => worker.on('message', resolve))
  },
  async run(worker) {
    await Promise.race([this.told, worker.awaitTermination()])
  },
}

export const rare = {
  initialize(worker) {
    let calls = 0
    worker.every(30 * 24 * 3600 * 1000, () => worker.send({ at: 'tick', call: ++calls }))
  },
}

export const exits = {
  initialize(worker) {
    worker.handleJobs(() => 1)
  },
  run() {
    process.exit(0)
  },
}

/** When it is told to end, takes its time. */
export const lingering = {
  async run(worker) {
    await worker.awaitTermination()
    await new Promise(resolve => setTimeout(resolve, 600))
  },
}

export const sender = {
  initialize(worker) {
    worker.on('message', ({ count, sleep }) => {
      for (let i = 0; i < count; i++) worker.jobs.send('a', { wait: 100 }).catch(() => {})
      setTimeout(() => execFileSync('sleep', [String(sleep)]), 50)
    })
  },
}
