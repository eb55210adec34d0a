import sinon from 'sinon'
import { Pool } from 'threadcrew'

const before = new Pool({ total: 1 })
const clock = sinon.useFakeTimers()
const during = new Pool({ total: 1 })
const watchdog = new Promise(
  (_, reject) =>
    clock.countTimers &&
    AbortSignal.timeout(15_000).addEventListener('abort', () => reject(new Error('it never settled'))),
)
async function use(pool) {
  if ((await pool.execute(() => 1, [])) !== 1) throw new Error('not 1')
  const code = await pool
    .execute(
      () => {
        for (;;);
      },
      [],
      { timeout: 50 },
    )
    .then(
      () => 'none',
      error => error.code,
    )
  if (code !== 'ERR_WORK_TIMEOUT') throw new Error(code)
  await pool.stop()
}
await Promise.race([Promise.all([use(before), use(during)]), watchdog])
clock.restore()
console.log('ok')
process.exit(0)
