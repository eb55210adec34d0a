/** Lines for loggers of any kind. */

import { expect, test } from 'vitest'
import { logTo } from '../../../src/groups/pool/log.js'
import type { Logger } from '../../../src/groups/shared/logger.js'

const TEXT = 'worker is available'
const FIELDS = { worker: 'a-1' }

test.each([
  ['console', ['log'], [TEXT, FIELDS]],
  ['winston, which has children and log()', ['log', 'child'], [TEXT, FIELDS]],
  ['pino and bunyan, which have children and no log()', ['child'], [FIELDS, TEXT]],
  ['a test, which has nothing else', [], [TEXT, FIELDS]],
])('a logger like that of %s is called as it wants to be', (_, others, expected) => {
  const lines: unknown[] = []
  const names = ['debug', 'info', 'warn', 'error', ...others]
  const logger = Object.fromEntries(names.map(name => [name, (...line: unknown[]) => lines.push([name, ...line])]))
  const log = logTo(logger as unknown as Logger)
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log(level, TEXT, FIELDS)
  expect(lines).toEqual(['debug', 'info', 'warn', 'error'].map(level => [level, ...expected]))
})

test('without a logger lines go nowhere', () => {
  expect(() => logTo(undefined)('info', TEXT, FIELDS)).not.toThrow()
})
