/** Entry points that are none, or that cannot be started. */

export const nothing = null
export const text = 'text'
export const empty = {}
export const wrong = { run: 'not a method' }

export class Unmakeable {
  constructor() {
    throw new RangeError('made no worker')
  }
}

export const initializing = {
  initialize() {
    throw Object.assign(new RangeError('did not initialize'), { code: 'INIT' })
  },
}

export const endless = {
  initialize() {
    return new Promise(() => {})
  },
}
