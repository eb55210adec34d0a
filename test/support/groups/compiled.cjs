'use strict'
Object.defineProperty(exports, '__esModule', { value: true })
exports.default = class {
  initialize(worker) {
    worker.handleJobs(data => data * 2)
  }
}
