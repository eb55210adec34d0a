/** The figures of a run as a page to read: who took part, a table for each scenario, and what was to be reached. */

import { number } from './table.js'

/** @returns {string} */
export function markdown({ date, commit, machine, versions, settings, outcome }) {
  const lines = [
    `# Benchmarks on Node ${machine.node.replace('v', '')}`,
    '',
    `${date}, commit ${commit ?? 'unknown'}, ${machine.cpu}, ${machine.platform}, two threads. Medians of interleaved rounds.`,
    'Made by `npm run bench -- --save`.',
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name} ${version}: ${settings[name]}`),
    '',
  ]
  for (const [name, scenario] of Object.entries(outcome)) lines.push(...section(name, scenario))
  return lines.join('\n')
}

function section(name, { question, figures, results, targets }) {
  const columns = Object.entries(figures).map(([figure, { unit }]) => ({ figure, unit }))
  const row = cells => `| ${cells.join(' | ')} |`
  return [
    `## ${name}`,
    '',
    `${question[0].toUpperCase()}${question.slice(1)}.`,
    '',
    row(['', ...columns.map(({ figure, unit }) => (unit === '' ? figure : `${figure}, ${unit}`))]),
    row(['---', ...columns.map(() => '---:')]),
    ...Object.entries(results).map(([entrant, found]) =>
      row([
        entrant,
        ...columns.map(({ figure }) => (found[figure] === undefined ? '–' : number(found[figure].median))),
      ]),
    ),
    '',
    ...targets.map(
      ({ what, bound, wanted, reached, met }) =>
        `- ${met ? 'met' : '**not met**'}: ${what} = ${number(reached)}, ${bound} ${number(wanted)}`,
    ),
    '',
  ]
}
