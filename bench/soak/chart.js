/** The picture of a soak: latency, heap, handles and threads over time, a panel for each. */

import { THEMES } from '../report/chart.js'

const WIDTH = 880
const PANEL = { height: 110, left: 56, right: 104, head: 30 }
const PANELS = [
  // By powers of ten: a second of other load on the machine would flatten all that is of interest.
  { title: 'Latency, ms (logarithmic)', lines: ['p50', 'p99'], least: 1 },
  { title: 'Heap in use, MB (least of each window)', lines: ['heap'], least: 0 },
  { title: 'Handles, threads', lines: ['handles', 'threads'], least: 0 },
]

/** @returns {string} an SVG without a background */
export function soakChart(windows, theme) {
  const colours = THEMES[theme]
  const height = PANELS.length * PANEL.height + 24
  const drawn = PANELS.map(
    (panel, i) => `<g transform="translate(0 ${i * PANEL.height})">${draw(panel, windows, colours)}</g>`,
  )
  const last = windows.at(-1)?.at ?? 0
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Latency, heap and handles of a pool under steady load">
${drawn.join('\n')}
<text x="${PANEL.left}" y="${height - 8}" fill="${colours.faint}" font-size="11">0</text>
<text x="${WIDTH - PANEL.right}" y="${height - 8}" text-anchor="end" fill="${colours.faint}" font-size="11">${(last / 60).toFixed(0)} min</text>
</svg>
`
}

function draw({ title, lines, least }, windows, colours) {
  const most = Math.max(...windows.flatMap(window => lines.map(name => window[name])))
  const last = windows.at(-1)?.at ?? 1
  const bottom = PANEL.height - 12
  const x = at => PANEL.left + (at / last) * (WIDTH - PANEL.left - PANEL.right)
  const share = least === 0 ? value => value / most : value => Math.log(value / least) / Math.log(most / least)
  const y = value => bottom - Math.max(0, share(value)) * (bottom - PANEL.head)
  const drawn = lines.map((name, i) => {
    const points = windows.map(window => `${x(window.at).toFixed(1)},${y(window[name]).toFixed(1)}`).join(' ')
    const end = windows.at(-1)?.[name] ?? 0
    const colour = i === lines.length - 1 ? colours.ours : colours.others
    return (
      `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>` +
      `<text x="${WIDTH - PANEL.right + 6}" y="${(y(end) + 4).toFixed(1)}" fill="${colours.text}">${name} ${figure(end)}</text>`
    )
  })
  return (
    `<text x="8" y="16" fill="${colours.text}" font-weight="600">${title}</text>` +
    `<line x1="${PANEL.left}" x2="${WIDTH - PANEL.right}" y1="${bottom}" y2="${bottom}" stroke="${colours.others}"/>` +
    `<text x="${PANEL.left - 6}" y="${PANEL.head + 4}" text-anchor="end" fill="${colours.faint}" font-size="11">${figure(most)}</text>` +
    `<text x="${PANEL.left - 6}" y="${bottom}" text-anchor="end" fill="${colours.faint}" font-size="11">${least}</text>${drawn.join('')}`
  )
}

/** Three digits, and no more than are there. */
function figure(value) {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
