/** Whether a work came to an end that its kind, and what was done to it, allow. */

/** They end their thread, each by itself. */
const DEADLY = new Set(['exits', 'crashes', 'rejectsLoosely', 'fillsHeap'])
/** They never end by themselves. */
export const ENDLESS = new Set(['polite', 'endless'])

/**
 * Tells `complain` what is wrong with the fate of a work.
 * @param begun how often its function was begun
 * @param isShared whether other works ran on its thread at the same time, and could take it down with them
 */
export function judge(book, begun, isShared, complain) {
  const { i, kind, options, outcome, events, touched } = book
  if (outcome === undefined) return complain('never settled', book)
  if (events.length !== 1 || events[0] !== outcome.status) complain(`events ${events.join()}`, book)
  if (book.work.status !== outcome.status) complain('its status is another', book)
  if (begun > 1 + (options.retries ?? 0)) complain(`begun ${begun} times`, book)
  const { status, value } = outcome
  if (status === 'done') {
    if (begun === 0) complain('done without having begun', book)
    if (book.isBad || kind === 'endless') complain('it cannot have a result', book)
    if (!isResult(kind, i, value)) complain('the wrong result', book)
    if (kind === 'progress' && book.progress.join() !== '0,1,2,3,4' && begun === 1)
      complain(`progress ${book.progress.join()}`, book)
    return
  }
  const code = value?.code
  if (status === 'discarded') {
    if (code !== 'ERR_WORK_DISCARDED' || !touched) complain('discarded, and nobody asked for it', book)
    return
  }
  const allowed =
    (book.isBad && code === 'ERR_VALUE_NOT_CLONEABLE') ||
    (code === 'ERR_WORK_TIMEOUT' && (value.phase === 'run' || options.queueTimeout !== undefined)) ||
    (code === 'ERR_WORKER_LOST' &&
      (isShared || DEADLY.has(kind) || value.reason === 'answer-lost' || !value.started)) ||
    (kind === 'uncloneable' && code === 'ERR_VALUE_NOT_CLONEABLE' && value.path === 'result.f') ||
    (kind === 'throws' && value instanceof RangeError && value.message === `mine ${i}` && value.i === i) ||
    (kind === 'rejects' && value instanceof TypeError && value.message === `mine ${i}`) ||
    kind === 'throwsStrangely'
  if (!allowed) complain(`failed with ${String(value?.message ?? value)}`, book)
}

function isResult(kind, i, value) {
  switch (kind) {
    case 'object':
      return value.i === i && value.list[1].deep === String(i)
    case 'large':
      return value.length === 200 && value[199] === i
    case 'text':
      return value.endsWith(` ${i}`)
    case 'moved':
      return value.length === 2000 && value[1999] === (i & 255)
    default:
      return value === i
  }
}

/** What a complaint says of a work. */
export function shown({ i, kind, options, events, touched, isBad, outcome, id }) {
  const value = outcome?.value
  return {
    i,
    id,
    kind,
    options,
    events,
    touched,
    isBad,
    status: outcome?.status,
    error: value?.code ?? String(value?.message ?? value).slice(0, 80),
  }
}
