/** The figures as text, for pages that show no pictures: a block for each of three scenarios, a bar for each contestant. */

import { PANELS } from './chart.js'

/** One where threadcrew is ahead, one where it is not, and one about order. */
const SCENARIOS = ['closed-loop', 'one-at-a-time', 'long-first']
/** Characters of the longest bar. */
const LONGEST = 36
/** Eighths of a character, so that short bars differ. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** @returns {string} lines of text, without an end of line at the end */
export function bars({ outcome, versions }) {
  const names = Object.keys(versions)
  const width = Math.max(...names.map(name => name.length))
  const blocks = PANELS.filter(({ scenario }) => SCENARIOS.includes(scenario)).map(panel => {
    const values = names.map(name => outcome[panel.scenario].results[name]?.[panel.figure]?.median ?? 0)
    const most = Math.max(...values)
    const lines = names.map((name, i) => `  ${name.padEnd(width)} ${bar(values[i] / most)} ${shown(values[i])}`)
    return [`${panel.title} (${panel.note})`, ...lines].join('\n')
  })
  return blocks.join('\n\n')
}

function bar(share) {
  const eighths = Math.max(1, Math.round(share * LONGEST * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}

/** Two digits say enough, and a reader compares them faster. */
function shown(value) {
  return Number(value.toPrecision(2)).toLocaleString('en')
}
