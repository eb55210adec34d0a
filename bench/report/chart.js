/** The picture of the figures: a panel for each of the headline scenarios, a bar for each contestant. */

export const PANELS = [
  { scenario: 'closed-loop', figure: 'works/s', title: 'Works per second, 1000 outstanding', note: 'more is better' },
  { scenario: 'main-thread', figure: 'µs', title: 'Main-thread CPU per work, µs', note: 'less is better' },
  { scenario: 'one-at-a-time', figure: 'µs', title: 'One awaited at a time, µs', note: 'less is better' },
  { scenario: 'long-first', figure: 'p99', title: 'Short works behind a long one, p99 in ms', note: 'less is better' },
]

export const THEMES = {
  light: { text: '#1f2328', faint: '#59636e', ours: '#0969da', others: '#b6bec8' },
  dark: { text: '#f0f6fc', faint: '#9198a1', ours: '#4493f8', others: '#525c68' },
}

const WIDTH = 880
const COLUMNS = 2
const BAR = { height: 16, gap: 8, left: 100, right: 84 }
const HEAD = 52

/** @returns {string} an SVG without a background, for pages of the theme's colour */
export function chart({ outcome, versions, machine }, theme) {
  const colours = THEMES[theme]
  const names = Object.keys(versions)
  const panels = PANELS.filter(({ scenario }) => outcome[scenario] !== undefined)
  const panelHeight = HEAD + names.length * (BAR.height + BAR.gap) + 16
  const height = Math.ceil(panels.length / COLUMNS) * panelHeight + 24
  const drawn = panels.map((panel, i) => {
    const x = (i % COLUMNS) * (WIDTH / COLUMNS)
    const y = Math.floor(i / COLUMNS) * panelHeight
    return `<g transform="translate(${x} ${y})">${bars(panel, outcome[panel.scenario], names, colours)}</g>`
  })
  const foot = `${names.map(name => `${name} ${versions[name]}`).join(', ')}; Node ${machine.node}, 2 threads, medians`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Benchmarks of thread pools">
${drawn.join('\n')}
<text x="8" y="${height - 8}" fill="${colours.faint}" font-size="11">${foot}</text>
</svg>
`
}

function bars({ figure, title, note }, { results }, names, colours) {
  const values = names.map(name => results[name]?.[figure]?.median ?? 0)
  const room = WIDTH / COLUMNS - BAR.left - BAR.right
  const most = Math.max(...values)
  const lines = names.map((name, i) => {
    const y = HEAD + i * (BAR.height + BAR.gap)
    const width = Math.max(1, (values[i] / most) * room).toFixed(1)
    const isOurs = i === 0
    const weight = isOurs ? ' font-weight="600"' : ''
    return (
      `<text x="${BAR.left - 8}" y="${y + 12}" text-anchor="end" fill="${colours.text}"${weight}>${name}</text>` +
      `<rect x="${BAR.left}" y="${y}" width="${width}" height="${BAR.height}" rx="2" fill="${isOurs ? colours.ours : colours.others}"/>` +
      `<text x="${BAR.left + Number(width) + 6}" y="${y + 12}" fill="${colours.text}"${weight}>${shown(values[i])}</text>`
    )
  })
  return (
    `<text x="8" y="22" fill="${colours.text}" font-size="14" font-weight="600">${title}</text>` +
    `<text x="8" y="38" fill="${colours.faint}" font-size="11">${note}</text>${lines.join('')}`
  )
}

function shown(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
