/** The tasks as piscina takes them. */

import { move } from 'piscina'
import * as tasks from './one-argument.js'

export * from './one-argument.js'

export const echoMoved = args => move(tasks.echoMoved(args))
export const blurMoved = args => move(tasks.blurMoved(args))
