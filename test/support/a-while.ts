/** Time for what must not happen: of that nothing can tell, so that only a delay can give it a chance. */

import { setTimeout as delay } from 'node:timers/promises'

/** Never wait with it for what should happen. */
export function aWhile(ms = 50): Promise<void> {
  return delay(ms)
}
