/** Chance that repeats: Marsaglia's xorshift. @returns {() => number} from 0 to below 1 */
export function random(seed) {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
