/** Owns chance that can be repeated; must not know what it decides. Print the seed when a test fails. */

export interface Random {
  /** Give it to {@link random} to get the same numbers again, or as SEED in the environment. */
  readonly seed: number
  /** From 0 to below 1. */
  next(): number
  /** Whole, from 0 to below `n`. */
  below(n: number): number
}

/** Marsaglia's xorshift with 32 bits of state (Journal of Statistical Software 8:14, 2003): good enough to mix commands. */
export function random(seed: number = Number(process.env['SEED']) || usualSeed()): Random {
  let state = seed | 0 || 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return { seed, next, below: n => Math.floor(next() * n) }
}

/** The suite runs the same cases every time, so that it judges the change. With RUNS in the environment it looks for new ones. */
function usualSeed(): number {
  return process.env['RUNS'] === undefined ? 1 : 1 + Math.floor(Math.random() * 0x7fff_ffff)
}
