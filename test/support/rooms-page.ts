/** The picture and the table of the rooms, as docs/architecture.md shows them: made from the imports and the rooms' own sentences. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOMS } from './rooms.js'
import { graphOf, roomOf, SOURCE } from './source-graph.js'

/** The first sentence of a room's home: of the text below the title of a README, or of the comment at the head of a file. */
export function sentenceOf(room: string): string {
  const { home } = ROOMS[room] ?? { home: '' }
  const text = readFileSync(join(SOURCE, home), 'utf8')
  const prose = home.endsWith('.md')
    ? text.replace(/^# .*\n+/, '').split('\n\n')[0]
    : /^\/\*\*([^]*?)\*\//.exec(text)?.[1]?.replace(/^ *\* ?/gm, '')
  const [sentence = ''] = /^.*?[.:](?= [A-Z]|$)/.exec((prose ?? '').replace(/\s+/g, ' ').trim()) ?? []
  return sentence
}

/** The arrows that follow from no others: a room that is reached through another one gets no arrow of its own. */
function shortestArrows(): Map<string, Set<string>> {
  const graph = graphOf(roomOf)
  const below = new Map<string, Set<string>>()
  const reach = (room: string): Set<string> => {
    const known = below.get(room)
    if (known !== undefined) return known
    const all = new Set<string>()
    below.set(room, all)
    for (const next of graph.get(room) ?? []) for (const each of [next, ...reach(next)]) all.add(each)
    return all
  }
  return new Map(
    Array.from(graph, ([room, next]) => [
      room,
      new Set([...next].filter(to => ![...next].some(other => other !== to && reach(other).has(to)))),
    ]),
  )
}

export function picture(): string {
  const id = (room: string): string => room.replace('groups/', 'g_')
  const names = Object.keys(ROOMS)
  const lines = ['flowchart TD']
  for (const room of names.filter(name => !name.startsWith('groups/'))) lines.push(`  ${id(room)}[${room}]`)
  lines.push('  subgraph groups')
  for (const room of names.filter(name => name.startsWith('groups/')))
    lines.push(`    ${id(room)}[${room.replace('groups/', '')}]`)
  lines.push('  end')
  const arrows = shortestArrows()
  for (const room of names) {
    for (const to of names.filter(name => arrows.get(room)?.has(name) === true))
      lines.push(`  ${id(room)} --> ${id(to)}`)
  }
  return lines.join('\n')
}

/** The rows of the table, without its head. */
export function tableRows(): string[][] {
  return Object.entries(ROOMS).map(([room, { home }]) => [`[\`${room}/\`](../src/${home})`, sentenceOf(room)])
}
