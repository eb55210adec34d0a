/** Sends a job, from whatever thread, and notes in shared memory what becomes of it. */

import { setTimeout as delay } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'

/** What may become of a job. Their positions are what the marks hold. */
export const FATES = [
  'open',
  'done',
  'wrong answer',
  'lost when it had begun',
  'lost before it had begun',
  'answer lost',
  'timeout',
  'no workers',
  'discarded',
  'uncloneable data',
  'uncloneable answer',
  'its own error',
  'stopped',
  'something else',
]

/**
 * Resolves when the job is settled.
 *
 * @param tell what to do with a fate that has to be put into words
 */
export async function send(spec, seed, total, jobs, marks, tell) {
  const { i, kind, group, ms, abortAfter, isBad, moves } = spec
  const options = { ...spec.options }
  const told = []
  if (kind === 'progress') options.onProgress = value => told.push(value)
  const controller = new AbortController()
  if (abortAfter !== undefined) {
    options.signal = controller.signal
    const abort = () => {
      marks.touched(i)
      controller.abort(`abort of ${i}`)
    }
    // Not held by a timer: whoever aborts is gone with its thread.
    if (abortAfter < 0) abort()
    else void delay(abortAfter, undefined, { ref: false }).then(abort)
  }
  const data = { marks: marks.buffer, seed, total, i, kind, ms }
  if (isBad) data.bad = () => {}
  if (moves) {
    data.bytes = new Uint8Array(100).fill(i & 255)
    options.transfer = [data.bytes.buffer]
  }
  marks.sent(i, threadId)
  let fate
  try {
    const value = await jobs.send(group, data, options)
    fate = isRight(spec, value, told) ? 'done' : 'wrong answer'
    if (fate !== 'done') tell(`job ${i} (${kind}) was answered with ${inWords(value)}, progress ${told.join()}`)
  } catch (error) {
    fate = fateOf(spec, error)
    if (fate === 'something else' || (fate === 'uncloneable data' && !isBad))
      tell(`job ${i} (${kind}) failed with ${inWords(error)}`)
  }
  marks.settled(i, FATES.indexOf(fate))
}

function isRight({ i, kind, options }, value, told) {
  if (options.awaitResult === false) return value === undefined
  switch (kind) {
    case 'object':
      return value.i === i && value.list[1].deep === String(i)
    case 'text':
      return value.endsWith(` ${i}`)
    case 'moved':
      return value.length === 2000 && value[1999] === (i & 255)
    case 'progress':
      return value === i && (told.join() === '0,1,2,3,4' || options.retries > 0)
    default:
      return value === i
  }
}

function fateOf({ i, kind }, error) {
  switch (error?.code) {
    case 'ERR_WORKER_LOST':
      if (error.reason === 'answer-lost') return 'answer lost'
      return error.started ? 'lost when it had begun' : 'lost before it had begun'
    case 'ERR_WORK_TIMEOUT':
      return 'timeout'
    case 'ERR_NO_WORKERS_AVAILABLE':
      return 'no workers'
    case 'ERR_WORK_DISCARDED':
      return 'discarded'
    case 'ERR_VALUE_NOT_CLONEABLE':
      if (error.path === 'thrown' && kind === 'throwsStrangely') return 'its own error'
      return error.path.startsWith('result') ? 'uncloneable answer' : 'uncloneable data'
  }
  if (error?.code === 'ERR_POOL_STOPPED') return 'stopped'
  if (kind === 'throws') return error instanceof RangeError && error.i === i ? 'its own error' : 'something else'
  if (kind === 'rejects')
    return error instanceof TypeError && error.message === `mine ${i}` ? 'its own error' : 'something else'
  if (kind === 'throwsStrangely') return 'its own error'
  return 'something else'
}

/** Also of what cannot be made a text. */
export function inWords(value) {
  try {
    return `${value?.code ?? ''} ${String(value?.stack ?? value)}`.slice(0, 400)
  } catch {
    return typeof value
  }
}
