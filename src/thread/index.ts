/**
 * What a task can use inside its thread. Import it in modules that threads run.
 *
 * @module threadcrew/thread
 */

export { context } from './context.js'
export { type Transferable, transfer } from '../values/transfer.js'
export type { WorkContext } from '../task/context.js'
