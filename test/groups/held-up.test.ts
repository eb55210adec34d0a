/** The main thread is held up, or the whole process: no thread is blamed for time in which nobody could hear it. */

import { describe, expect, test } from 'vitest'
import { Pool } from 'threadcrew'
import { Script, SCRIPTED } from '../support/groups/script.js'
import { Stage } from '../support/groups/stage.js'
import { runInChild } from '../support/run-in-child.js'

/** Blocks this thread where the timers come next, and what was posted meanwhile has not been read. */
async function block(ms: number): Promise<void> {
  await new Promise(setImmediate)
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('while the main thread computes', () => {
  test('a worker that starts in time has done so, though its startTimeout passes before that is heard', async () => {
    await using stage = new Stage([{ name: 'a' }], { startTimeout: 400 })
    stage.run()
    await block(1000)
    await stage.pool.started
    expect(stage.worker('a-1')).toMatchObject({ starts: 1, crashes: 0 })
  })

  test('a worker that does not start in time is found out all the same', async () => {
    using script = new Script('a', ['wait'])
    await using stage = new Stage([{ name: 'a', entryPoint: SCRIPTED, maxStartFailures: 1 }], { startTimeout: 400 })
    stage.run()
    await block(1000)
    await expect(stage.pool.started).rejects.toThrow(/startTimeout of 400 ms/)
    script.goOn()
    await stage.ended
  })

  test('a thread that was ended and has exited is not taken for stuck: neither in a group nor in a Pool', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const stopped = stage.worker('a-1').stop(true)
    await block(1500)
    await stopped
    expect(stage.errors).toEqual([])

    await using pool = new Pool({ total: 1, killTimeout: 200 })
    await pool.execute(() => 1)
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const [worker] = pool.workers
    const gone = worker?.stop(true)
    await block(500)
    await gone
    expect(pool.stats().workers.stuck).toEqual([])
    expect(errors).toEqual([])
  })
})

const SUSPENDED = `
import { spawn } from 'node:child_process'
import { WorkerPool } from 'threadcrew/groups'
const entryPoint = 'file:///SLOW'
const suspended = async () => {
  spawn('sh', ['-c', 'sleep 1; kill -CONT ' + process.pid], { stdio: 'ignore' })
  process.kill(process.pid, 'SIGSTOP')
}
`

describe.runIf(process.platform !== 'win32')('while the process is suspended', () => {
  test('neither the start of a worker nor its silence is held against it', async () => {
    const slow = new URL('../support/groups/slow-start.js', import.meta.url)
    const { code, stdout, stderr } = await runInChild(`
      ${SUSPENDED.replace('file:///SLOW', slow.href)}
      const pool = new WorkerPool({ startTimeout: 800 })
      pool.describeGroup({ name: 'a', type: 'job', entryPoint, unresponsiveAfter: 600, replaceUnresponsive: true })
      pool.on('workerUnresponsive', () => console.log('unresponsive')).on('workerExit', () => console.log('exit'))
      const ended = pool.run()
      await suspended()
      await pool.started
      console.log('started')
      for (let i = 0; i < 2; i++) {
        await new Promise(resolve => setTimeout(resolve, 300))
        await suspended()
      }
      await new Promise(resolve => setTimeout(resolve, 300))
      await pool.stop()
      await ended
    `)
    expect({ code, stderr, said: stdout.split('\n') }).toEqual({ code: 0, stderr: '', said: ['started', 'exit', ''] })
  })
})
