/**
 * Runs one scenario: everybody who takes part, in interleaved rounds, so that what disturbs the machine disturbs all alike.
 * Knows nothing of what is measured.
 *
 * @typedef {object} Entrant one line of the table
 * @property {string} name
 * @property {() => Promise<unknown>} [open] what {@link round} gets; made once, before the first round
 * @property {(opened: any) => Promise<Record<string, number>>} round one measurement: figure -> value. Checks its results
 * @property {(opened: any) => Promise<unknown>} [close]
 * @property {number} [rounds] where one measurement takes long
 *
 * @typedef {object} Figure
 * @property {string} unit
 * @property {'higher' | 'lower'} better
 *
 * @typedef {object} Target
 * @property {string} what
 * @property {number} wanted
 * @property {'at least' | 'at most'} bound
 * @property {(medians: Record<string, Record<string, number>>) => number} value a ratio, or a figure that needs none
 *
 * @typedef {object} Scenario
 * @property {string} question
 * @property {Record<string, Figure>} figures
 * @property {() => Entrant[] | Promise<Entrant[]>} entrants
 * @property {readonly Target[]} targets
 * @property {number} [rounds]
 */

export const THREADS = 2
const ROUNDS = 5

/** @param {Scenario} scenario */
export async function measure(scenario, rounds = scenario.rounds ?? ROUNDS) {
  const entrants = await scenario.entrants()
  const runs = []
  for (const entrant of entrants) runs.push({ entrant, opened: await entrant.open?.(), samples: [] })
  try {
    // The first round warms up and does not count, unless it is the only one.
    for (let round = 0; round <= rounds; round++) {
      for (const { entrant, opened, samples } of runs) {
        if (entrant.rounds !== undefined && samples.length >= entrant.rounds) continue
        globalThis.gc?.()
        const sample = await entrant.round(opened)
        if (round > 0 || entrant.rounds === 1) samples.push(sample)
      }
    }
  } finally {
    for (const { entrant, opened } of runs) await entrant.close?.(opened)
  }
  const results = Object.fromEntries(runs.map(({ entrant, samples }) => [entrant.name, summary(samples)]))
  return { question: scenario.question, figures: scenario.figures, results, targets: judged(scenario, results) }
}

/** Figure -> median, least and greatest of all rounds. */
function summary(samples) {
  const names = new Set(samples.flatMap(sample => Object.keys(sample)))
  return Object.fromEntries(
    Array.from(names, name => {
      const values = samples.map(sample => sample[name]).filter(value => value !== undefined)
      return [name, { median: median(values), least: Math.min(...values), greatest: Math.max(...values) }]
    }),
  )
}

function judged({ targets }, results) {
  const medians = Object.fromEntries(
    Object.entries(results).map(([name, figures]) => [
      name,
      Object.fromEntries(Object.entries(figures).map(([figure, { median }]) => [figure, median])),
    ]),
  )
  return targets.map(({ what, bound, wanted, value }) => {
    const reached = value(medians)
    return { what, bound, wanted, reached, met: bound === 'at least' ? reached >= wanted : reached <= wanted }
  })
}

export function median(values) {
  return quantile(values, 0.5)
}

/** The value below which a share `q` of all lies: the nearest rank. */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]
}
