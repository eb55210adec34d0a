/** The package within the bundle: its threads cannot find their program. */
import { Pool } from 'threadcrew'

const pool = new Pool({ total: 1 })
pool
  .execute(() => 1, [])
  .then(console.log, error => console.log(error.message))
  .finally(() => pool.stop())
