import { Pool } from 'threadcrew'

async function main(): Promise<void> {
  const pool = new Pool({ total: 1 })
  const name: string = await pool.execute(async (path: string) => (await import('node:path')).basename(path), ['/a/b'])
  const kind: string = await pool.execute(async () => typeof (await import('node:fs')).default.readFileSync, [])
  await pool.stop()
  if (name !== 'b' || kind !== 'function') throw new Error(`got ${name} and ${kind}`)
  console.log('ok')
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
