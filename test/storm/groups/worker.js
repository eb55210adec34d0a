/** The entry point of every group of the storm: it does jobs, sends those that it is ordered to, and dies when told. */

import { handlerOf } from './do.js'
import { Marks } from './marks.js'
import { send } from './send.js'
import { ofService, specOf } from './spec.js'

export default class {
  #worker
  #open = new Set()

  initialize(worker) {
    this.#worker = worker
    if (worker.type !== 'reactor') worker.handleJobs(handlerOf(worker))
    worker.on('message', message => this.#obey(message))
  }

  async run(worker) {
    await worker.awaitTermination()
    // A sender that is told to end hears of its jobs first.
    while (this.#open.size > 0) await Promise.race(this.#open)
  }

  #obey({ act, ...rest }) {
    switch (act) {
      case 'send':
        return this.#send(rest)
      case 'exit':
        return process.exit(rest.code)
      case 'throw':
        return void setTimeout(() => {
          throw new Error('crash by order')
        })
      case 'reject':
        return void Promise.reject(new Error('loose by order'))
      case 'stop':
        return this.#worker.stop()
    }
  }

  #send({ marks: buffer, seed, total, from, to }) {
    const marks = new Marks(buffer)
    const tell = text => this.#worker.send({ at: 'complaint', text })
    for (let i = from; i < to; i++) {
      const spec = specOf(seed, i, total)
      const sent = send(
        this.#worker.type === 'service' ? ofService(spec) : spec,
        seed,
        total,
        this.#worker.jobs,
        marks,
        tell,
      )
      this.#open.add(sent)
      void sent.finally(() => this.#open.delete(sent))
    }
  }
}
