/** What entry points may be and do, however odd; those that are wrong are in supervision.test.ts. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Stage } from '../support/groups/stage.js'

const FORMS = new URL('../support/groups/forms.js', import.meta.url).href
const BROKEN = new URL('../support/groups/broken.js', import.meta.url).href

describe('an entry point', () => {
  test('is the default export of a module that was compiled to CommonJS', async () => {
    const entryPoint = new URL('../support/groups/compiled.cjs', import.meta.url)
    await using stage = await new Stage([{ name: 'a', entryPoint }]).start()
    expect(await stage.pool.jobs.send('a', 21)).toBe(42)
  })

  test('may be the promise of one', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: `${FORMS}#promised` }]).start()
    expect(await stage.pool.jobs.send('a', 21)).toBe(42)
  })

  test('that has neither initialize() nor run() is wrong, and the error says so', async () => {
    await using stage = new Stage([{ name: 'a', entryPoint: `${BROKEN}#empty`, maxStartFailures: 1 }])
    stage.run()
    await expect(stage.pool.started).rejects.toThrow(/export "empty" of .* has neither initialize\(\) nor run\(\)/)
    await stage.ended
  })

  test('in TypeScript that Node cannot load is wrong, and the error says what to do in a group', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'threadcrew-entry-'))
    const file = join(folder, 'worker.tsx')
    writeFileSync(file, 'export default () => {}')
    const entryPoint = pathToFileURL(file)
    await using stage = new Stage([{ name: 'a', entryPoint, maxStartFailures: 1 }])
    stage.run()
    await expect(stage.pool.started).rejects.toThrow(
      /compiled \.js file, or make the entry point a \.js file that calls/,
    )
    await stage.ended
    rmSync(folder, { recursive: true })
  })

  test('whose answer throws when it is looked at has ended its job', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: `${FORMS}#withOddAnswers` }]).start()
    await expect(stage.pool.jobs.send('a')).rejects.toThrow('no then')
    expect(stage.pool.stats().groups['a']?.jobs).toMatchObject({ running: 0, failed: 1 })
    expect(stage.worker('a-1').jobs).toBe(0)
  })
})

test('what a worker is to do every month it does not do every moment', async () => {
  await using stage = await new Stage([{ name: 'a' }]).start()
  // A timer of Node's takes so many ms for 1.
  stage.tell('a-1', { act: 'every', ms: 30 * 24 * 3600 * 1000, calls: Infinity })
  stage.tell('a-1', { act: 'every', ms: 5, calls: 3 })
  await stage.until({ at: 'tick', ms: 5, call: 3 })
  expect(stage.all({ at: 'tick' })).toHaveLength(3)
})
