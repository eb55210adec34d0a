/** Prints what a scenario found: a line for each who took part, a column for each figure, then the targets. */

export const number = value =>
  !Number.isFinite(value)
    ? '–'
    : Math.abs(value) >= 1000
      ? Math.round(value).toLocaleString('en')
      : String(Number(value.toPrecision(3)))

/** @returns {string} */
export function table(name, { question, figures, results, targets }) {
  const columns = Object.entries(figures)
  const head = ['', ...columns.map(([figure, { unit }]) => (unit === '' ? figure : `${figure}, ${unit}`))]
  const rows = Object.entries(results).map(([entrant, found]) => [
    entrant,
    ...columns.map(([figure]) => {
      const value = found[figure]
      return value === undefined ? '–' : `${number(value.median)} (${number(value.least)}–${number(value.greatest)})`
    }),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column].length)))
  const line = row => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  const judged = targets.map(
    ({ what, bound, wanted, reached, met }) =>
      `  ${met ? 'met    ' : 'not met'}  ${what} = ${number(reached)}, ${bound} ${number(wanted)}`,
  )
  return [`${name}: ${question}`, line(head), ...rows.map(line), ...judged, ''].join('\n')
}
