/** The tasks as tinypool takes them. */

import { Tinypool } from 'tinypool'
import * as tasks from './one-argument.js'

export * from './one-argument.js'

export const echoMoved = args => Tinypool.move(tasks.echoMoved(args))
export const blurMoved = args => Tinypool.move(tasks.blurMoved(args))
