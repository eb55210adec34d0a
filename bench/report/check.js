/** Compares the ratios of two runs: they hold across machines and days, which absolute figures do not. */

/** A ratio may be worse by so much before it counts: two runs of the same code differ by as much on a busy machine. */
const TOLERANCE = 0.25

/** @returns {string[]} what got slower, one line each */
export function slower(before, now) {
  const complaints = []
  for (const [name, { targets }] of Object.entries(now.outcome)) {
    for (const { what, bound, reached } of targets) {
      const earlier = before.outcome[name]?.targets.find(target => target.what === what)?.reached
      if (earlier === undefined) continue
      const change = bound === 'at least' ? earlier / reached : reached / earlier
      if (change > 1 + TOLERANCE)
        complaints.push(`${name}, ${what}: ${earlier.toPrecision(3)} before, ${reached.toPrecision(3)} now`)
    }
  }
  return complaints
}
