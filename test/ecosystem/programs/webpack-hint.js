/** What webpack makes of an import() without its comment cannot run in a thread; the error has to say what to write. */
import { Pool } from 'threadcrew'

const pool = new Pool({ total: 1 })
pool
  .execute(async path => (await import('node:path')).basename(path), ['/a/b'])
  .then(
    () => Promise.reject(new Error('it ran')),
    error => {
      if (!/webpackIgnore: true/.test(error.message)) throw error
      console.log('ok')
    },
  )
  .catch(error => {
    console.error(error)
    process.exitCode = 1
  })
  .finally(() => pool.stop())
