/** The example of groups as its users run it: requests go on while a worker of each group is killed. */

import { expect, test } from 'vitest'
import { runInChild } from '../support/run-in-child.js'

const MAIN = JSON.stringify(new URL('../../docs/examples/groups/main.js', import.meta.url).href)

test('no request is lost but those that ran on the killed thread, and these get an error answer', async () => {
  const { code, signal, stdout, stderr } = await runInChild(`await import(${MAIN})`)

  expect({ code, signal, stderr }, stdout).toEqual({ code: 0, signal: null, stderr: '' })
  expect(stdout).toMatch(/^killed +resize-1, web-1, figures-1$/m)
  const { sent, answered, failed, ran, broken, open, lost } = countsIn(stdout)
  expect(lost).toBe(0)
  expect(sent).toBeGreaterThanOrEqual(400)
  expect(ran).toBeGreaterThan(0)
  expect(failed).toBe(ran)
  expect(answered).toBe(sent - ran)
  expect(open).toBeGreaterThan(0)
  expect(broken).toBeGreaterThanOrEqual(open)
})

interface Printed {
  readonly sent: number
  readonly answered: number
  readonly failed: number
  readonly ran: number
  readonly broken: number
  readonly open: number
  readonly lost: number
}

function countsIn(stdout: string): Printed {
  const numbers = (label: string): number[] => {
    const line = stdout.split('\n').find(each => each.startsWith(`${label} `)) ?? ''
    return [...line.matchAll(/\d+/g)].map(([digits]) => Number(digits))
  }
  const [sent = NaN] = numbers('requests')
  const [answered = NaN] = numbers('answered  ')
  const [failed = NaN, ran = NaN] = numbers('answered by an error')
  const [broken = NaN, open = NaN] = numbers('connections broken')
  const [lost = NaN] = numbers('lost')
  return { sent, answered, failed, ran, broken, open, lost }
}
