import { Pool, task } from 'threadcrew'
import { expect, test } from 'vitest'
import { Gate } from '../support/gate.js'
import { stand } from '../support/tasks/gates.js'

test('an inline function runs on a thread and its result comes back', async () => {
  await using pool = new Pool({ total: 1 })
  expect(await pool.execute((a, b) => a + b, [2, 3])).toBe(5)
})

test('a work is queued until a thread takes it, then running, then done', async () => {
  await using pool = new Pool({ total: 1 })
  const gate = new Gate()
  const work = pool.execute(
    task<typeof stand<string>>(new URL('../support/tasks/gates.js', import.meta.url), 'stand'),
    [gate.buffer, 'passed'],
  )
  expect(work.status).toBe('queued')
  await gate.entered()
  expect(work.status).toBe('running')
  gate.open()
  expect(await work).toBe('passed')
  expect(work.status).toBe('done')
})
