/** Cancels by a signal, for all pools that take one. */

export function bySignal(run) {
  return (task, argument) => {
    const controller = new AbortController()
    return { promise: run(task, argument, controller.signal), cancel: () => controller.abort() }
  }
}
