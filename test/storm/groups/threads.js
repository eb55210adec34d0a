/** Which threads of this process have ended, and how: as Node tells it, whatever the pool says. */

export class Threads {
  /** `threadId` of those that run. */
  running = new Set()
  /** `threadId` of those that have exited -> exit code. */
  exited = new Map()
  #listener = worker => {
    const { threadId } = worker
    this.running.add(threadId)
    worker.once('exit', code => {
      this.running.delete(threadId)
      this.exited.set(threadId, code)
    })
  }

  /** Looks from here on, until {@link close}. */
  open() {
    process.on('worker', this.#listener)
  }

  close() {
    process.off('worker', this.#listener)
  }
}
