/**
 * The asynchronous context of this module's first load. What lives as long as the pool is made in it: else it would keep
 * the AsyncLocalStorage store of whatever request happened to need it first, and run there.
 */

import { AsyncLocalStorage } from 'node:async_hooks'

export const inRootContext = AsyncLocalStorage.snapshot()
