/** Whether a job came to an end that its kind, and what was done to it, allow. */

import { FATES } from './send.js'

/** They end their thread, or never end. */
const WITHOUT_ANSWER = new Set(['exits', 'crashes', 'rejectsLoosely', 'fillsHeap'])
/** They end with an error. */
const FAILING = new Set(['throws', 'rejects', 'throwsStrangely'])

/**
 * Tells `complain` what is wrong with the fate of a job.
 * @param spec what it was
 * @param marks what was noted of it
 * @param threads which have ended, and how
 * @param phase when it was sent
 * @param cut is told of a job that was lost between being taken and being begun: there may be one for each thread that was ended
 * @param isHot whether the pool was stopped without waiting for jobs
 */
export function judge(spec, marks, { threads, phase, isHot, cut }, complain) {
  const { kind, options, isBad, moves } = spec
  const { begun, ended, ranOn, sender, settled, touched } = marks
  const fate = FATES[marks.fate]
  const wrong = what => complain(what, spec)
  const retries = options.retries ?? 0
  if (begun > 1 + retries) wrong(`begun ${begun} times`)
  if (ended > begun) wrong(`begun ${begun} times, ended ${ended} times`)
  // Its sender died with it, or before it could send it.
  if (sender === undefined || (settled === 0 && threads.exited.has(sender))) return
  if (settled !== 1) return wrong(`settled ${settled} times`)
  switch (fate) {
    case 'done':
      if (isBad && options.awaitResult !== false) return wrong('done, although it could not be sent')
      if (options.awaitResult === false) {
        // With its sender goes what has not begun.
        const mayVanish =
          isBad || moves || touched || options.timeout !== undefined || threads.exited.has(sender) || phase === 'last'
        if (begun === 0 && !mayVanish) wrong('it was given to a worker, and never begun')
        return
      }
      if (begun === 0) wrong('done without having begun')
      // A job that was retried may have ended where nobody heard of it.
      if (ended === 0) wrong('done without having ended')
      if (WITHOUT_ANSWER.has(kind) || FAILING.has(kind) || kind === 'uncloneable') wrong('it cannot have an answer')
      return
    case 'lost when it had begun':
    case 'answer lost':
      // It was taken, and its thread terminated before the first line of its function.
      if (begun === 0) return cut(spec)
      // Whoever ends in good order finishes its jobs.
      if (!threads.exited.has(ranOn)) wrong(`${fate}, but thread ${ranOn} lives`)
      else if (threads.exited.get(ranOn) === 0) wrong(`${fate}, but thread ${ranOn} has ended in good order`)
      if (begun < 1 + retries && fate !== 'answer lost' && !moves)
        wrong(`${fate}, with ${begun} of ${1 + retries} tries`)
      return
    case 'lost before it had begun':
      if (!moves) wrong(fate)
      return
    case 'timeout':
    case 'no workers':
      if (options.timeout === undefined) wrong(`${fate}, without a timeout`)
      return
    case 'discarded':
      if (!touched) wrong('discarded, and nobody asked for it')
      return
    case 'uncloneable data':
      if (!isBad) wrong(fate)
      if (begun > 0) wrong('begun, although it could not be sent')
      return
    case 'uncloneable answer':
      if (kind !== 'uncloneable' || begun === 0) wrong(fate)
      return
    case 'its own error':
      if (begun === 0 || ended === 0) wrong('failed without having begun and ended')
      return
    case 'stopped':
      if (phase !== 'last' || sender !== 0) wrong('stopped before its time')
      // Softly: what has been begun ends first.
      if (!isHot && begun > ended && threads.exited.get(ranOn) === 0) wrong('stopped, although it had begun')
      return
    default:
      wrong(fate)
  }
}
