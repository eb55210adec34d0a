/** Posts to the port that belongs to nobody. */

import { parentPort } from 'node:worker_threads'

export default class Posts {
  run(worker) {
    parentPort.postMessage(1)
    parentPort.postMessage(2)
    return worker.awaitTermination()
  }
}
