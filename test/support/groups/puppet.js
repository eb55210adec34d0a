/** An entry point that does what a test tells it: by messages as a worker, by its data in a job. It tells of each of its steps. */

import { resourceLimits } from 'node:worker_threads'
import { FatalWorkerError, TerminateWorkerError } from 'threadcrew/groups'
import { standInNativeCode } from '../tasks/native.js'

/** Jobs that are to wait until a message lets them go. */
const held = new Map()
/** Jobs that are to go on together wait for it. */
let go
/** Of a load that no job causes. */
let burning
/** Of jobs that are sent and may be called off. */
const controllers = new Map()
const barrier = new Promise(resolve => (go = resolve))

export default class Puppet {
  #return
  #isOver
  /** What it does when it is told to end. */
  #atLast
  /** Resolves when `run()` is about to return. */
  #over = new Promise(resolve => (this.#isOver = resolve))

  initialize(worker) {
    this.worker = worker
    this.told = new Promise(resolve => (this.#return = resolve))
    if (worker.type !== 'reactor') worker.handleJobs((data, job) => this.#do(data, job))
    worker.on('message', message => this.#obey(message))
    worker.send({ at: 'initialize', id: worker.id, threadId: worker.threadId, type: worker.type })
  }

  async run(worker) {
    worker.send({ at: 'run', id: worker.id })
    await Promise.race([worker.awaitTermination(), this.told])
    worker.send({ at: 'after', id: worker.id, aborted: worker.signal.aborted })
    if (this.#atLast === 'fatal') throw new FatalWorkerError('fatal at last')
    if (this.#atLast === 'stay') await new Promise(() => {})
    this.#isOver()
  }

  #obey({ act, ...rest }) {
    switch (act) {
      case 'return':
        return this.#return()
      case 'fail':
        return this.#return(Promise.reject(Object.assign(new RangeError('told to fail'), { code: 'TOLD' })))
      case 'fatal':
        return this.#return(Promise.reject(new FatalWorkerError('told to be fatal')))
      case 'terminate':
        return this.#return(Promise.reject(new TerminateWorkerError('told to terminate')))
      case 'at last':
        return void (this.#atLast = rest.what)
      case 'throw':
        throw Object.assign(new RangeError('thrown in a listener'), { code: 'TOLD' })
      case 'reject':
        return void Promise.reject(new TypeError('nobody handles it'))
      case 'exit':
        return process.exit(rest.code)
      case 'stop':
        return this.worker.stop()
      case 'block':
        return block(rest.ms)
      case 'burn':
        burning = setInterval(() => block(rest.ms), rest.every)
        return
      case 'stop burning':
        return clearInterval(burning)
      case 'go':
        return go()
      case 'every': {
        let calls = 0
        const cancel = this.worker.every(rest.ms, async () => {
          this.worker.send({ at: 'tick', ms: rest.ms, call: ++calls })
          if (calls === rest.calls) cancel()
          if (rest.fails) throw new RangeError('a tick that fails')
        })
        return
      }
      case 'forge': {
        // What a sender posts that has found a worker, without asking whether it may.
        const { port1, port2 } = new MessageChannel()
        port1.on('close', () => this.worker.send({ at: 'refused', record: rest.record }))
        const end = { port: port2, claims: new SharedArrayBuffer(65536), idPrefix: '' }
        const control = process._getActiveHandles().filter(handle => 'postMessage' in handle)
        for (const port of control.slice(0, 1)) {
          port.postMessage({ type: 'connect', record: rest.record, generation: 1, end }, [port2])
        }
        return
      }
      case 'log':
        return this.worker.logger[rest.level](rest.text, { ...rest.fields, err: new RangeError('in a field') })
      case 'release':
        return held.get(rest.name)?.()
      case 'stand':
        return standInNativeCode(rest.folder)
      case 'send':
        return this.#send(rest)
      case 'call off':
        // Meanwhile no message is read.
        this.worker.send({ at: 'stands', id: this.worker.id })
        Atomics.wait(new Int32Array(rest.flag), 0, 0)
        return controllers.get(rest.tag).abort()
    }
  }

  #send({ tag, group, data, options, mayBeCalledOff }) {
    const controller = new AbortController()
    if (mayBeCalledOff) controllers.set(tag, controller)
    const signal = mayBeCalledOff ? { signal: controller.signal } : {}
    this.worker.jobs.send(group, data, { ...options, ...signal }).then(
      value => this.worker.send({ at: 'answer', tag, value }),
      error => this.worker.send({ at: 'error', tag, code: error.code, text: error.message }),
    )
  }

  async #do(data, job) {
    switch (data?.act) {
      case undefined:
        return data
      case 'who':
        return { id: this.worker.id, threadId: this.worker.threadId, job: job.id, priority: job.priority }
      case 'hold':
        this.worker.send({ at: 'held', name: data.name, id: this.worker.id })
        job.signal.addEventListener('abort', () =>
          this.worker.send({ at: 'aborted', name: data.name, by: job.signal.reason?.code }),
        )
        await new Promise(resolve => held.set(data.name, resolve))
        if (data.progress !== undefined) job.progress(data.progress)
        if (data.fails) throw new RangeError('fails when it is let go')
        return data.name
      case 'wait':
        this.worker.send({ at: 'waits', id: this.worker.id })
        await raised(data.flag)
        return 'waited'
      case 'throw at last':
        this.worker.send({ at: 'waits', id: this.worker.id })
        await this.#over
        setTimeout(() => {
          throw new RangeError('thrown at last')
        })
        return new Promise(() => {})
      case 'stand':
        return standInNativeCode(data.folder, 'passed')
      case 'steps':
        this.worker.send({ at: 'ready', name: data.name })
        await barrier
        try {
          await job.pause()
        } catch (error) {
          this.worker.send({ at: 'pause failed', name: data.name, code: error.code, text: error.message })
          throw error
        }
        for (let step = 1; step <= data.steps; step++) {
          this.worker.send({ at: 'step', name: data.name, step })
          if (data.holds) {
            this.worker.send({ at: 'held', name: data.name, id: this.worker.id })
            await new Promise(() => {})
          }
          await job.pause()
        }
        return data.name
      case 'surroundings': {
        const { maxOldGenerationSizeMb: limit } = resourceLimits
        return { limit, env: { ...process.env }, execArgv: process.execArgv }
      }
      case 'data': {
        const { data: given } = this.worker
        const before = structuredClone(given)
        given.count++
        return before
      }
      case 'hoard':
        for (const hoard = []; ; ) hoard.push(new Array(100_000).fill(Math.random()))
      case 'fail':
        throw Object.assign(new RangeError('a job that fails'), { code: 'JOB' })
      case 'exit':
        return process.exit(data.code)
      case 'throw later':
        setTimeout(() => {
          throw new RangeError('thrown in a timer of a job')
        })
        return new Promise(() => {})
      case 'progress':
        for (let i = 1; i <= data.steps; i++) job.progress(i)
        return 'done'
      case 'block':
        block(data.ms)
        return data.name
      case 'send':
        return this.worker.jobs.send(data.group, data.data, data.options)
      case 'bytes':
        return data.bytes.byteLength
      case 'mark':
        Atomics.add(new Int32Array(data.marks), data.index, 1)
        return data.index
    }
  }
}

/** Resolves when the flag in shared memory is up; messages are read meanwhile. */
export async function raised(flag) {
  while (Atomics.load(new Int32Array(flag), 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
}

function block(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}
