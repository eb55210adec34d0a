/** The tasks as poolifier takes them: functions of one argument, here the list of all. Results are always copied. */

import { ThreadWorker } from 'poolifier'
import * as tasks from './tasks.js'

export default new ThreadWorker({
  noop: () => tasks.noop(),
  echo: ([value]) => tasks.echo(value),
  spin: ([ms]) => tasks.spin(ms),
  timed: ([ms]) => tasks.timed(ms),
  sha256AndGzip: ([bytes]) => tasks.sha256AndGzip(bytes),
  parseOrders: ([text]) => tasks.parseOrders(text),
  echoMoved: ([buffer]) => buffer,
  blurMoved: ([pixels, side]) => tasks.blur(pixels, side),
})
