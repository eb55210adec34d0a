/** Task modules in TypeScript, as the guide advises, under whatever runner imports this. Throws if one of them fails. */

import assert from 'node:assert/strict'
import { Pool, task, type PoolOptions } from 'threadcrew'
import { WorkerPool } from 'threadcrew/groups'
import type { resize } from './resize.js'

async function setup(): Promise<void> {
  const { register } = await import('tsx/esm/api')
  register()
}

/** What a thread makes of the module under this name. */
async function resized(name: string, options: PoolOptions): Promise<number> {
  const pool = new Pool({ total: 1, ...options })
  try {
    return await pool.execute(task<typeof resize>(new URL(name, import.meta.url), 'resize'), [3])
  } finally {
    await pool.stop()
  }
}

export async function setupLoadsTypeScript(): Promise<void> {
  for (const name of ['./resize.js', './resize.ts'])
    assert.equal(await resized(name, import.meta.url.endsWith('.ts') ? { setup } : {}), 6)
}

/** Where Node or the runner can load it, it is right; where not, the error says what to do. */
export async function withoutSetupErrorsHelp(): Promise<void> {
  for (const name of ['./resize.js', './resize.ts']) {
    const outcome = await resized(name, {}).catch((error: unknown) => String(error))
    if (outcome !== 6) assert.match(String(outcome), /the pool's option setup: async \(\) => .*register\(\)/)
    console.log(`${name} without setup: ${outcome}`)
  }
}

export async function groupsLoadTypeScript(): Promise<void> {
  const pool = new WorkerPool()
  pool.describeGroup({ type: 'job', name: 'resizers', entryPoint: new URL('./worker.js', import.meta.url) })
  const running = pool.run()
  await pool.started
  const answer = await pool.jobs.send<number>('resizers', 4)
  await pool.stop()
  await running
  assert.equal(answer, 8)
}
