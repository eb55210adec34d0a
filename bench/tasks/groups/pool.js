/** A WorkerPool of reactors that send and job workers that answer, behind the same calls as bare threads. */

import { WorkerPool } from 'threadcrew/groups'

/** The most there can be: what waits for a place is another question. */
const MAX_JOBS = 256

export async function openGroups(senders, echoes) {
  const pool = new WorkerPool()
    .describeGroup({
      name: 'sender',
      type: 'reactor',
      entryPoint: new URL('./sender.js', import.meta.url),
      minWorkers: senders,
      jobGroups: ['echo'],
    })
    .describeGroup({
      name: 'echo',
      type: 'job',
      entryPoint: new URL('./echo.js', import.meta.url),
      minWorkers: echoes,
      maxJobs: MAX_JOBS,
    })
  const ended = pool.run()
  await pool.started
  const sending = pool.workers.filter(({ group }) => group === 'sender')
  return {
    run: order => Promise.all(sending.map(worker => done(pool, worker, order))),
    close: async () => {
      await pool.stop()
      await ended
    },
  }
}

function done(pool, sender, order) {
  return new Promise(resolve => {
    const read = (message, { id }) => {
      if (id !== sender.id) return
      pool.off('message', read)
      resolve(message)
    }
    pool.on('message', read)
    sender.send(order)
  })
}
