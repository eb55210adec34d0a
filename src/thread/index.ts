/** The entry point `threadcrew/thread`: what a task may use inside its thread. */

export { context } from './context.js'
export { type Transferable, transfer } from '../lane/transfer.js'
export type { WorkContext } from '../work-context.js'
