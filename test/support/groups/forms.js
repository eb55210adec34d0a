/** The forms that an entry point can have. */

export async function asFunction(worker) {
  worker.send('a function')
}

export const asObject = {
  run(worker) {
    worker.send('an object')
  },
}

export class AsClass {
  run(worker) {
    worker.send('a class')
  }
}

export class WithFields {
  run = worker => worker.send('a class with fields')
}

export const withoutRun = {
  initialize(worker) {
    worker.handleJobs(data => data * 2)
    worker.send('without run')
  },
}

export function Old() {}
Old.prototype.run = function (worker) {
  worker.send('an old class')
}

/** Its answers throw when they are looked at. Not async: what it returns is looked at by nobody before. */
export const withOddAnswers = {
  initialize(worker) {
    worker.handleJobs(() => ({
      get then() {
        throw new RangeError('no then')
      },
    }))
  },
}

export const exiting = {
  initialize(worker) {
    worker.handleJobs(data => data)
  },
  run() {
    process.exit(0)
  },
}

/** An entry point that is there only later. */
export const promised = new Promise(resolve =>
  setImmediate(resolve, { initialize: worker => worker.handleJobs(n => 2 * n) }),
)
