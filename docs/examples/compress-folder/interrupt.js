// @ts-check
/** Handles Ctrl-C: the first one asks for a graceful stop, a second one ends the process. */

/** The terminal sends SIGINT to npm's children, and npm passes it on as well, so one key press causes two signals. */
const SAME_KEY_PRESS_MS = 250

/** @returns {AbortSignal}  a signal that the first Ctrl-C aborts */
export function stopOnInterrupt() {
  const controller = new AbortController()
  function onInterrupt() {
    if (controller.signal.aborted) return
    controller.abort()
    tell('Stopping: no new files, those already begun are finished.')
    setTimeout(() => {
      process.off('SIGINT', onInterrupt) // restores the default action of SIGINT
      tell('Ctrl-C again ends at once.')
    }, SAME_KEY_PRESS_MS).unref()
  }
  process.on('SIGINT', onInterrupt)
  return controller.signal
}

/** @param {string} text */
function tell(text) {
  process.stderr.write(process.stderr.isTTY ? `\n${text}\n` : `${text}\n`)
}
