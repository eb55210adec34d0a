/** What tracing tools hear on node:diagnostics_channel. */

import { channel, type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel'
import { Pool, task, type WorkerNews, type WorkTrace } from 'threadcrew'
import { afterEach, describe, expect, test } from 'vitest'
import { errorOf } from '../support/rejection.js'
import type { note } from '../support/tasks/log.js'

const works = tracingChannel<WorkTrace, WorkTrace>('threadcrew:work')
const undo: (() => void)[] = []
afterEach(() => {
  for (const each of undo.splice(0)) each()
})

/** All events from here on, in order. */
function listen(): { event: string; trace: WorkTrace }[] {
  const heard: { event: string; trace: WorkTrace }[] = []
  const hear = (event: string) => (trace: WorkTrace) => void heard.push({ event, trace })
  const subscribers = {
    start: hear('start'),
    end: hear('end'),
    asyncStart: hear('asyncStart'),
    asyncEnd: hear('asyncEnd'),
    error: hear('error'),
  } as TracingChannelSubscribers<WorkTrace>
  works.subscribe(subscribers)
  undo.push(() => works.unsubscribe(subscribers))
  return heard
}

describe('threadcrew:work', () => {
  test('tells of submission, end and result, always with the same object', async () => {
    await using pool = new Pool({ total: 1 })
    const heard = listen()
    const work = pool.execute(
      function add(a: number, b: number) {
        return a + b
      },
      [2, 3],
      { label: 'sum' },
    )
    expect(heard.map(({ event }) => event)).toEqual(['start', 'end'])
    await work
    expect(heard.map(({ event }) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    const traces = new Set(heard.map(({ trace }) => trace))
    expect([...traces]).toEqual([{ work, task: 'add', status: 'done', result: 5 }])
  })

  test('tells of errors, and of what ends before it begins', async () => {
    await using pool = new Pool({ total: 1 })
    const heard = listen()
    const failing = pool.execute(() => {
      throw new Error('mine')
    })
    const error = await errorOf(failing)
    pool.total = 0
    const discarded = pool.execute(() => {})
    void discarded.catch(() => {})
    await pool.discard(discarded)
    const ends = heard.filter(({ event }) => event === 'error' || event === 'asyncEnd')
    expect(ends.map(({ event, trace }) => [event, trace.work, trace.status])).toEqual([
      ['error', failing, 'failed'],
      ['asyncEnd', failing, 'failed'],
      ['error', discarded, 'discarded'],
      ['asyncEnd', discarded, 'discarded'],
    ])
    expect(ends[0]?.trace.error).toBe(error)
  })

  test('names the export of a module task', async () => {
    await using pool = new Pool({ total: 1 })
    const heard = listen()
    const url = new URL('../support/tasks/log.js', import.meta.url)
    await pool.execute(task<typeof note>(url, 'note'), [new SharedArrayBuffer(16), 1])
    expect(heard[0]?.trace.task).toBe(`${url.href}#note`)
  })

  test('tells nothing of works that were submitted before somebody listened', async () => {
    await using pool = new Pool({ total: 1 })
    const early = pool.execute(() => 1)
    const heard = listen()
    await early
    expect(heard).toEqual([])
  })
})

test('threadcrew:worker tells of threads that come online and exit', async () => {
  const heard: unknown[] = []
  const hear = (news: unknown): void => {
    const { type, worker, exitCode, error } = news as WorkerNews
    heard.push([type, worker.id, exitCode, error])
  }
  channel('threadcrew:worker').subscribe(hear)
  undo.push(() => channel('threadcrew:worker').unsubscribe(hear))
  const pool = new Pool({ total: 1 })
  await pool.ready
  const id = pool.workers[0]?.id
  await pool.stop()
  expect(heard).toEqual([
    ['online', id, undefined, undefined],
    ['exit', id, 0, undefined],
  ])
})
