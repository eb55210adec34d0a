/** How long does one work take, from execute to result, when each is awaited before the next? */

export const unit = 'µs'
export const total = 5000

/** Returns µs per work. */
export async function run(pool, works = total) {
  const start = performance.now()
  for (let i = 0; i < works; i++) {
    const result = await pool.execute(x => x, [i])
    if (result !== i) throw new Error(`sent ${i}, got ${result}`)
  }
  return ((performance.now() - start) / works) * 1000
}
