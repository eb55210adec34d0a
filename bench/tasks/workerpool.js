/** The tasks as workerpool takes them: methods that its worker script registers. */

import workerpool from 'workerpool'
import * as tasks from './tasks.js'

const { blur, ...plain } = tasks

workerpool.worker({
  ...plain,
  echoMoved: buffer => new workerpool.Transfer(buffer, [buffer]),
  blurMoved(pixels, side) {
    const result = blur(pixels, side)
    return new workerpool.Transfer(result, [result.buffer])
  },
})
