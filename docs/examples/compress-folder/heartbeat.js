// @ts-check
/** Measures for how long this thread could do nothing else, such as answer a request. */

const BEAT_MS = 5

/** @returns {() => number}  ends the measurement and returns the longest time without a beat, in ms */
export function startHeartbeat() {
  let longest = 0
  let last = performance.now()

  function beat() {
    const now = performance.now()
    longest = Math.max(longest, now - last - BEAT_MS)
    last = now
  }

  const timer = setInterval(beat, BEAT_MS)
  return () => {
    clearInterval(timer)
    beat()
    return longest
  }
}
