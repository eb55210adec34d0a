/**
 * State changes by a table of allowed moves. The diagrams in docs/reference/lifecycles.md are made from these tables.
 */

import { InvariantError } from '../errors/base.js'

/** For each state, the states that may follow it. */
export type Moves<S extends string> = { readonly [From in S]: readonly S[] }

/** Returns `to`, if the table allows the move; throws {@link InvariantError} otherwise. */
export function advance<S extends string>(moves: Moves<S>, what: string, from: S, to: S): S {
  if (!moves[from].includes(to)) throw new InvariantError(`${what} cannot go from ${from} to ${to}`)
  return to
}
