/**
 * The id of a work: 21 characters of nanoid's alphabet, made of a random part drawn once per pool and the work's serial
 * number. Both sides of a lane can compute it, so it is never sent, and an id that is not asked for costs nothing.
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-'
/** Length of the part that the sender draws with nanoid: 90 random bits, so two pools never share it in practice. */
export const ID_PREFIX_LENGTH = 15
/** Enough for 64^6 = 7 * 10^10 works: a million a second for nineteen hours, or a thousand a second for two years. */
const SERIAL_LENGTH = 6

const DIGITS = new Map([...ALPHABET].map((character, digit) => [character, digit]))

/** The id of the work with this serial number. */
export function workId(prefix: string, serial: number): string {
  let digits = ''
  for (let rest = serial, i = 0; i < SERIAL_LENGTH || rest > 0; i++) {
    digits = ALPHABET.charAt(rest % 64) + digits
    rest = Math.floor(rest / 64)
  }
  return prefix + digits
}

/** The serial number in an id, or undefined if the id was not made with this prefix. */
export function serialOf(prefix: string, id: unknown): number | undefined {
  if (typeof id !== 'string' || !id.startsWith(prefix) || id.length < ID_PREFIX_LENGTH + SERIAL_LENGTH) return undefined
  let serial = 0
  for (const character of id.slice(ID_PREFIX_LENGTH)) {
    const digit = DIGITS.get(character)
    if (digit === undefined) return undefined
    serial = serial * 64 + digit
  }
  // Only the canonical spelling is a valid id: no leading zeros beyond the fixed length.
  return workId(prefix, serial) === id ? serial : undefined
}
