/** The outcome as Markdown, laid out as the formatter would, and its place in docs/comparison.md. */

import { readFileSync, writeFileSync } from 'node:fs'

const PAGE = new URL('../../docs/comparison.md', import.meta.url)

/**
 * @param {{ title: string, cells: { verdict: string, note?: string }[] }[]} rows
 * @param {{ name: string, version: string }[]} pools
 * @returns {string}
 */
export function report(rows, pools, rounds) {
  const date = new Date().toISOString().slice(0, 10)
  const where = `Node ${process.version.slice(1)}, ${process.platform} ${process.arch}, ${date}`
  const head = ['', ...pools.map(({ name, version }) => `${name} ${version}`)]
  const passed = pools.map((_, column) => {
    const offered = rows.filter(({ cells }) => cells[column].verdict !== 'n/a')
    return `${offered.filter(({ cells }) => cells[column].verdict === 'pass').length} of ${offered.length}`
  })
  const body = rows.map(({ title, cells }) => [title, ...cells.map(({ verdict }) => verdict)])
  const parts = [
    `${where}. Each cell is the worst of ${rounds === 1 ? 'one round' : `${rounds} rounds`}.`,
    table([head, ...body, ['passed', ...passed]]),
  ]
  const seen = rows.flatMap(row => notes(row, pools))
  const lacking = notOffered(rows, pools)
  if (seen.length > 0) parts.push('What was seen where a cell is not a pass:', seen.join('\n'))
  if (lacking.length > 0) parts.push('Where a cell is n/a:', lacking.join('\n'))
  return parts.join('\n\n')
}

/** Puts it between the markers for this version of Node. */
export function save(text) {
  const major = process.versions.node.split('.')[0]
  const [begin, end] = [`<!-- faults on Node ${major} -->`, `<!-- end of faults on Node ${major} -->`]
  const page = readFileSync(PAGE, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/comparison.md has no place for this: ${begin}, ${end}`)
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`)
}

function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(3, ...lines.map(line => line[column].length)))
  const row = line => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [head, ...body] = lines
  return [row(head), row(widths.map(width => '-'.repeat(width))), ...body.map(row)].join('\n')
}

/** Pools of which the same was seen share a line. */
function notes({ title, cells }, pools) {
  const byNote = new Map()
  for (const [column, { verdict, note = verdict }] of cells.entries()) {
    if (['pass', 'n/a'].includes(verdict)) continue
    byNote.set(note, [...(byNote.get(note) ?? []), pools[column].name])
  }
  return Array.from(byNote, ([note, names]) => `- ${title} (${names.join(', ')}): ${plain(note)}`)
}

function notOffered(rows, pools) {
  const reasons = rows.flatMap(({ cells }) =>
    cells.flatMap(({ verdict, note }, column) => (verdict === 'n/a' ? [`- ${pools[column].name}: ${note}`] : [])),
  )
  return [...new Set(reasons)]
}

/** What errors say is no Markdown, and goes through as it is. */
function plain(note) {
  return note.replaceAll(/[<>*_|[\]]/g, '\\$&')
}
