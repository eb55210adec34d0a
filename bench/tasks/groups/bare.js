/** A bare thread: `echo` answers each message on the port that it came by, `sender` sends as many as it is told. */

import { parentPort, workerData } from 'node:worker_threads'
import { closedLoop } from './closed-loop.js'

// Jobs go by the port of this one order, where there is one; else over the main thread, like the order itself.
const { role, port = parentPort } = workerData

if (role === 'echo') {
  port.on('message', message => port.postMessage(message))
} else {
  const open = new Map()
  let next = 0
  const answered = ({ id, data }) => {
    open.get(id)(data)
    open.delete(id)
  }
  const send = data =>
    new Promise(resolve => {
      const id = next++
      open.set(id, resolve)
      port.postMessage({ id, data })
    })
  if (port !== parentPort) port.on('message', answered)
  parentPort.on('message', async message => {
    if (message.order === undefined) return answered(message)
    parentPort.postMessage({ done: await closedLoop(send, message.order) })
  })
}
