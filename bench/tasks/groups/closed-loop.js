/** Sends the next job when one has been answered: the same loop for whoever sends, and by whatever way. */

/**
 * @param {(data: number) => Promise<unknown>} send  resolves with what it was given
 * @param {{ outstanding: number, durationMs: number }} order
 */
export async function closedLoop(send, { outstanding, durationMs }) {
  let jobs = 0
  const start = performance.now()
  const end = start + durationMs
  const chain = async first => {
    for (let data = first; performance.now() < end; data += outstanding) {
      if ((await send(data)) !== data) throw new Error('the wrong answer')
      jobs++
    }
  }
  await Promise.all(Array.from({ length: outstanding }, (_, first) => chain(first)))
  return { jobs, ms: performance.now() - start }
}
