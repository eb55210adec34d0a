/** The list of slips fits the source; `npm run mutants` makes each of them and looks whether a test notices. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { read, ROOT } from '../docs/support/markdown.js'
import { mutants } from './mutants.js'

describe('mutants', () => {
  test('have names of their own', () => {
    const names = mutants.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  test('are as many as the page on the architecture says', () => {
    const [, told] = /in (\d+) ways/.exec(read('docs/architecture.md')) ?? []
    expect(Number(told)).toBe(mutants.length)
  })

  test.each(mutants)('$name changes one place of the source, and names tests that are there', mutant => {
    expect(read(mutant.file).split(mutant.find)).toHaveLength(2)
    expect(mutant.replace).not.toBe(mutant.find)
    expect(mutant.why).not.toBe('')
    expect(mutant.tests.filter(path => !existsSync(join(ROOT, path)))).toEqual([])
    expect(mutant.tests).not.toEqual([])
  })
})
