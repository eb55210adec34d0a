import type { GroupWorker } from 'threadcrew/groups'
import { resize } from './resize.js'

export default class Resizer {
  initialize(worker: GroupWorker): void {
    worker.handleJobs((width: number) => resize(width))
  }
}
