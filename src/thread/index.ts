/** The entry point `threadcrew/thread`: what a task can use inside its thread. */

export { context } from './context.js'
export { type Transferable, transfer } from '../values/transfer.js'
export type { WorkContext } from '../task/context.js'
