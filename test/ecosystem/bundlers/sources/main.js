/** The program of the recipes, with what a CommonJS build allows. */
import { Pool, task } from 'threadcrew'
import { add } from './parts/add.js'

const heavy = new URL('./heavy.js', import.meta.url)

async function main() {
  const pool = new Pool({ total: 1 })
  const sum = await pool.execute(task(heavy, 'sum'), [[1, 2, 3]])
  console.log(sum, add(await pool.module(heavy).sum([1, 2]), 3))
  await pool.stop()
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
