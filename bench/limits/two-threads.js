/** What bare threads do that talk to each other: over a port of their own, or through the main thread, a message a hop. */

import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'

const PROGRAM = new URL('../tasks/groups/bare.js', import.meta.url)

const start = (role, port) =>
  new Worker(PROGRAM, { workerData: { role, port }, transferList: port === undefined ? [] : [port] })

/** Two threads with a port between them. */
export async function openPair() {
  const { port1, port2 } = new MessageChannel()
  const workers = [start('sender', port1), start('echo', port2)]
  await Promise.all(workers.map(worker => once(worker, 'online')))
  const [sender] = workers
  return { workers, run: async order => [await done(sender, order)], close: () => end(workers) }
}

/** Senders and echoes that know only the main thread, which gives the jobs to the echoes in turns: the least a relay does. */
export async function openRelay(senders, echoes) {
  const sending = Array.from({ length: senders }, () => start('sender'))
  const echoing = Array.from({ length: echoes }, () => start('echo'))
  await Promise.all([...sending, ...echoing].map(worker => once(worker, 'online')))
  let turn = 0
  sending.forEach((worker, from) =>
    worker.on('message', message => {
      if (message.done !== undefined) return
      message.from = from
      echoing[turn++ % echoes].postMessage(message)
    }),
  )
  for (const worker of echoing) worker.on('message', message => sending[message.from].postMessage(message))
  return {
    run: order => Promise.all(sending.map(worker => done(worker, order))),
    close: () => end([...sending, ...echoing]),
  }
}

/** Gives the order, and resolves with what was done. */
function done(sender, order) {
  return new Promise(resolve => {
    const read = message => {
      if (message.done === undefined) return
      sender.off('message', read)
      resolve(message.done)
    }
    sender.on('message', read)
    sender.postMessage({ order })
  })
}

const end = workers => Promise.all(workers.map(worker => worker.terminate()))
