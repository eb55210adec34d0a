/** Nothing is left to do, the pool is closed: the process ends by itself. */

export const title = 'end of the process after close'

export async function run(start, at) {
  const pool = start({ threads: 2 })
  await Promise.all([pool.run('alive'), pool.run('alive')])
  at('the end of the pool')
  await (pool.close ?? pool.destroy)()
  return undefined // see whether it does
}
