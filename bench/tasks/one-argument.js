/** The tasks for pools whose functions take one argument, here the list of all. */

import * as tasks from './tasks.js'

export const noop = () => tasks.noop()
export const echo = ([value]) => tasks.echo(value)
export const spin = ([ms]) => tasks.spin(ms)
export const timed = ([ms]) => tasks.timed(ms)
export const sha256AndGzip = ([bytes]) => tasks.sha256AndGzip(bytes)
export const parseOrders = ([text]) => tasks.parseOrders(text)
export const echoMoved = ([buffer]) => buffer
export const blurMoved = ([pixels, side]) => tasks.blur(pixels, side)
