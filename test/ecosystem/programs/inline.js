/** What the docs advise for modules within an inline function, as a tool has translated it. */
import { Pool } from 'threadcrew'

async function main() {
  const pool = new Pool({ total: 1 })
  const found = {
    named: await pool.execute(async path => (await import('node:path')).basename(path), ['/a/b']),
    byDefault: await pool.execute(async () => typeof (await import('node:fs')).default.readFileSync, []),
    destructured: await pool.execute(async () => {
      const { EOL } = await import('node:os')
      return EOL.length
    }, []),
  }
  await pool.stop()
  const text = JSON.stringify(found)
  if (text !== '{"named":"b","byDefault":"function","destructured":1}') throw new Error(`got ${text}`)
  console.log('ok')
}

await0(main())

/** Top-level await is not to be had in CommonJS. */
function await0(promise) {
  promise.catch(error => {
    console.error(error)
    process.exitCode = 1
  })
}
