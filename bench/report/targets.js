/** How a scenario says what is to be reached, in the words of its table. */

import { ours, peers } from '../contestants/all.js'

const valuesOf = (medians, figure) =>
  peers.map(({ name }) => medians[name]?.[figure]).filter(value => value !== undefined)

/** Ours against the best peer, where more is better. */
export function timesTheBestPeer(figure, wanted) {
  return {
    what: `${figure}: ours / best peer`,
    bound: 'at least',
    wanted,
    value: medians => medians[ours.name][figure] / Math.max(...valuesOf(medians, figure)),
  }
}

/** Ours against the best peer, where less is better. */
export function ofTheBestPeer(figure, wanted) {
  return {
    what: `${figure}: ours / best peer`,
    bound: 'at most',
    wanted,
    value: medians => medians[ours.name][figure] / Math.min(...valuesOf(medians, figure)),
  }
}

/** Ours against one other line of the table. */
export function against(other, figure, bound, wanted, line = ours.name) {
  return {
    what: `${figure}: ${line} / ${other}`,
    bound,
    wanted,
    value: medians => medians[line][figure] / medians[other][figure],
  }
}

/** Our own figure, as it is. */
export function itself(figure, bound, wanted) {
  return { what: figure, bound, wanted, value: medians => medians[ours.name][figure] }
}
