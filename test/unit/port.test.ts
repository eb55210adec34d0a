/** A port as the pool uses one. */

import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { nodePort } from '../../src/lane/port.js'

// Found by the storm of groups: the lane of a thread that had died was drained when its port had closed, and on Node 20 the
// process died of it (SIGSEGV in MessagePort::ReceiveMessage).
test('a port that is polled by those who hear that it has closed has nothing', async () => {
  const { port1, port2 } = new MessageChannel()
  const port = nodePort<unknown, unknown>(port1, true)
  const polled = new Promise(resolve =>
    port.listen(
      () => {},
      () => {},
      () => resolve(port.poll()),
    ),
  )
  port2.close()
  expect(await polled).toBeUndefined()
})
