// @ts-check
/** Ctrl-C: the first asks for a graceful stop, a second one ends the process. */

/** npm passes on the SIGINT that the terminal has already sent to its children: one key press, two signals. */
const SAME_KEY_PRESS_MS = 250

/** @returns {AbortSignal}  aborted by the first Ctrl-C */
export function stopOnInterrupt() {
  const controller = new AbortController()
  function onInterrupt() {
    if (controller.signal.aborted) return
    controller.abort()
    tell('Stopping: no new files, those already begun are finished.')
    setTimeout(() => {
      process.off('SIGINT', onInterrupt) // back to what SIGINT does by default
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
