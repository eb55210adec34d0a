/** Random values, to a thread and back, against what `structuredClone` makes of them. */

import { inspect, isDeepStrictEqual } from 'node:util'
import { Pool } from 'threadcrew'
import { expect, test } from 'vitest'
import { type Random, random } from '../support/random.js'

const VALUES = 100_000
const BATCH = 500

/**
 * Any value that can be cloned. Left out is what the pool treats in ways of its own, on purpose:
 *
 * - errors that are thrown: they come with their own properties, which a clone drops (errors.test.ts);
 * - a URL, Headers, an EventTarget and the like: refused with their path where a clone would be `{}` (values.test.ts);
 * - a Buffer: it arrives as the Uint8Array that a clone makes of it, but without the memory pool below (transfer.test.ts);
 * - what is marked by `transfer`: moved, where a clone needs a list (transfer.test.ts);
 * - objects of classes, which lose their class in a clone as well (values.test.ts).
 *
 * The tests below hold the pool to these, and to no more.
 */
function value(chance: Random, depth: number): unknown {
  const kind = chance.below(depth > 0 ? 22 : 12)
  const some = (): unknown => value(chance, depth - 1)
  const many = (most: number): unknown[] => Array.from({ length: chance.below(most) }, some)
  switch (kind) {
    case 0:
      return undefined
    case 1:
      return null
    case 2:
      return chance.below(2) === 0
    case 3:
      return chance.below(1000) - 500
    case 4:
      return [NaN, -0, Infinity, -Infinity, 2 ** 53, Number.MIN_VALUE, 0.1 + 0.2][chance.below(7)]
    case 5:
      return (BigInt(chance.below(2 ** 30)) << BigInt(chance.below(80))) * (chance.below(2) === 0 ? 1n : -1n)
    case 6:
      return 'x'.repeat(chance.below(40))
    case 7:
      return String.fromCharCode(...Array.from({ length: chance.below(35) }, () => chance.below(2 ** 16)))
    case 8:
      return new Date(chance.below(2 ** 31))
    case 9:
      return new RegExp('a'.repeat(chance.below(5)) + 'b?', ['', 'g', 'iu'][chance.below(3)])
    case 10:
      return new Uint8Array(chance.below(100)).fill(chance.below(256))
    case 11:
      return Object([1, 'boxed', true, 3n][chance.below(4)])
    case 12:
    case 13:
    case 14:
      return many(6)
    case 15:
      return Object.assign([1, , 3], { extra: some() }) // eslint-disable-line no-sparse-arrays
    case 16:
    case 17:
    case 18:
      return Object.fromEntries(many(6).map((each, i) => [['a', 'b', '__proto__x', '0', 'länger', ''][i] ?? 'k', each]))
    case 19:
      return new Map(many(4).map(each => [some(), each]))
    case 20:
      return new Set(many(5))
    default: {
      // The same thing twice, and itself.
      const shared = some()
      const knot: unknown[] = [shared, { shared }]
      knot.push(knot)
      return knot
    }
  }
}

test('[43] 100,000 random values arrive as structuredClone makes them, there and back, alone and among others', async () => {
  await using pool = new Pool({ total: 2, workBuffer: 2 * BATCH })
  const chance = random()
  for (let from = 0; from < VALUES; from += BATCH) {
    const values = Array.from({ length: BATCH }, () => value(chance, 1 + chance.below(3)))
    const arrived = await Promise.all(values.map(each => pool.execute((same: unknown) => same, [each])))
    for (const [i, each] of values.entries()) {
      // Twice, as it crossed twice.
      const expected = structuredClone(structuredClone(each))
      if (!isDeepStrictEqual(arrived[i], expected))
        expect.fail(`seed ${chance.seed}: ${inspect(arrived[i])} instead of ${inspect(expected)}`)
    }
  }
}, 120_000)

/** Made anew each time, since a refusal is part of the comparison: what arrives, and what a clone would be. */
const differences: [string, () => unknown, (arrived: unknown, cloned: unknown) => void][] = [
  [
    'an error inside a value: as a clone makes it, without its own properties',
    () => Object.assign(new RangeError('r', { cause: 1 }), { code: 'E' }),
    (arrived, cloned) => {
      expect(arrived).toBeInstanceOf(RangeError)
      expect(arrived).toMatchObject({ message: 'r', cause: 1 })
      expect(Object.keys(arrived as object)).toEqual(Object.keys(cloned as object))
    },
  ],
  [
    'a Buffer: the same bytes and class, not the same memory',
    () => Buffer.from('few'),
    (arrived, cloned) => {
      expect(arrived).toEqual(cloned)
      expect(Object.getPrototypeOf(arrived)).toBe(Uint8Array.prototype)
      expect((arrived as Uint8Array).buffer.byteLength).toBe(3)
      expect((cloned as Uint8Array).buffer.byteLength).toBeGreaterThan(3)
    },
  ],
  [
    'a URL: refused',
    () => new URL('https://example.org/'),
    arrived => expect(arrived).toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args[0]' }),
  ],
  [
    'an EventTarget: refused, where a clone is {}',
    () => new EventTarget(),
    (arrived, cloned) => {
      expect(arrived).toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args[0]' })
      expect(cloned).toEqual({})
    },
  ],
]

test.each(differences)(
  '[43] what differs from structuredClone is this, and documented: %s',
  async (_, make, compare) => {
    await using pool = new Pool({ total: 1 })
    const arrived: unknown = await pool.execute((same: unknown) => same, [make()]).catch((error: unknown) => error)
    let cloned: unknown
    try {
      cloned = structuredClone(make())
    } catch (error) {
      cloned = error // a URL, from Node 22 on
    }
    compare(arrived, cloned)
  },
)

test('[43] and a thrown error, which a clone would rob of its properties', async () => {
  await using pool = new Pool({ total: 1 })
  const thrown = pool.execute(() => {
    throw Object.assign(new RangeError('r'), { code: 'E' })
  })
  await expect(thrown).rejects.toMatchObject({ message: 'r', code: 'E' })
  expect(structuredClone(Object.assign(new RangeError('r'), { code: 'E' }))).not.toHaveProperty('code')
})
