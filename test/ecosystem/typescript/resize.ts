import { factor } from './factor.js'

/** Not only types, so that Node alone cannot load it. */
enum Scale {
  double = 2,
}

export function resize(width: number): number {
  return (width * Scale.double * factor) as number
}
