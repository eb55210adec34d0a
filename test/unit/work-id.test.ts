import { urlAlphabet } from 'nanoid'
import { describe, expect, onTestFailed, test } from 'vitest'
import { ID_PREFIX_LENGTH, serialOf, workId } from '../../src/lane/work-id.js'
import { random } from '../support/random.js'

const PREFIX = 'abcdefghij-_XYZ'
const serials = [0, 1, 63, 64, 65, 4095, 4096, 2 ** 31, 2 ** 32 + 1, 64 ** 6 - 1]

describe('the id of a work', () => {
  test('has 21 characters of nanoid’s alphabet, the first of them its pool’s', () => {
    expect(PREFIX).toHaveLength(ID_PREFIX_LENGTH)
    for (const serial of serials) {
      const id = workId(PREFIX, serial)
      expect(id).toHaveLength(21)
      expect(id.startsWith(PREFIX)).toBe(true)
      for (const character of id) expect(urlAlphabet).toContain(character)
    }
  })

  test('gives its serial number back', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    const many = Array.from({ length: 2000 }, () => Math.floor(chance.next() ** 4 * 64 ** 6))
    for (const serial of [...serials, ...many]) expect(serialOf(PREFIX, workId(PREFIX, serial))).toBe(serial)
  })

  test('[6] is unique, for neighbours and for numbers that share their digits', () => {
    const ids = new Set<string>()
    for (let serial = 0; serial < 100_000; serial++) ids.add(workId(PREFIX, serial))
    expect(ids.size).toBe(100_000)
    expect(new Set(serials.map(serial => workId(PREFIX, serial))).size).toBe(serials.length)
    expect(workId(PREFIX, 1)).not.toBe(workId(PREFIX, 64))
  })

  test('grows by a character where the numbers do not fit, and stays right', () => {
    for (const serial of [64 ** 6, 64 ** 6 + 5, 2 ** 45]) {
      const id = workId(PREFIX, serial)
      expect(id.length).toBeGreaterThan(21)
      expect(serialOf(PREFIX, id)).toBe(serial)
    }
  })

  test('of another pool, or of no pool, has no serial number', () => {
    const id = workId(PREFIX, 77)
    const strangers = [
      workId('ABCDEFGHIJ-_xyz', 77),
      '',
      PREFIX,
      id.slice(0, -1),
      id.slice(1),
      `${PREFIX}00000!`,
      `${PREFIX}0000 1`,
      `${PREFIX}00000é`,
      ` ${id}`,
      `${id} `,
      'unknown',
      '__proto__',
    ]
    for (const stranger of strangers) expect(serialOf(PREFIX, stranger)).toBeUndefined()
  })

  test('is spelled one way only: more zeros in front name no work', () => {
    const id = workId(PREFIX, 77)
    const padded = `${PREFIX}0${id.slice(PREFIX.length)}`
    expect(serialOf(PREFIX, id)).toBe(77)
    expect(serialOf(PREFIX, padded)).toBeUndefined()
    expect(serialOf(PREFIX, `${id}0`)).toBeUndefined()
  })
})
