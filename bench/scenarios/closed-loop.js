/** How many works that do nothing go through the pool while 1000 are always outstanding? */

export const unit = 'works/s'
export const total = 200_000

const noop = () => {}

/** Returns works per second. */
export async function run(pool, works = total, outstanding = 1000) {
  let left = works
  let done = 0
  const submit = async () => {
    while (left-- > 0) {
      if ((await pool.execute(noop)) !== undefined) throw new Error('a work that does nothing had a result')
      done++
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: outstanding }, submit))
  if (done !== works) throw new Error(`${works} works were submitted, ${done} were done`)
  return (works / (performance.now() - start)) * 1000
}
