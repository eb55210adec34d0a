/** Who takes part. */

import * as piscina from './piscina.js'
import * as poolifier from './poolifier.js'
import * as threadcrew from './threadcrew.js'
import * as tinypool from './tinypool.js'
import * as workerpool from './workerpool.js'

export const ours = threadcrew
export const peers = [piscina, tinypool, workerpool, poolifier]
export const all = [ours, ...peers]
