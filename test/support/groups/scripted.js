/** A puppet whose starts go as a Script says: see script.ts. */

import { getEnvironmentData } from 'node:worker_threads'
import { FatalWorkerError, TerminateWorkerError } from 'threadcrew/groups'
import { standInNativeCode } from '../tasks/native.js'
import Puppet, { raised } from './puppet.js'

export default class Scripted extends Puppet {
  async initialize(worker) {
    const { starts, count, flag, folder } = getEnvironmentData(`script of ${worker.group}`)
    const start = Atomics.add(new Int32Array(count), 0, 1)
    worker.send({ at: 'starts', id: worker.id })
    switch (starts[start]) {
      case 'wait':
        await raised(flag)
        break
      case 'stand':
        standInNativeCode(folder)
        break
      case 'fail':
        throw new RangeError('scripted to fail')
      case 'fatal':
        throw new FatalWorkerError('scripted to be fatal')
      case 'terminate':
        throw new TerminateWorkerError('scripted to terminate')
    }
    super.initialize(worker)
  }
}
