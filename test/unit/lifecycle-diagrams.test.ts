import { expect, test } from 'vitest'
import type { Moves } from '../../src/base/moves.js'
import { POOL_MOVES } from '../../src/pool/state.js'
import { WORK_MOVES } from '../../src/work/status.js'
import { WORKER_MOVES } from '../../src/launch/phase.js'
import { SLOT_MOVES } from '../../src/groups/worker/slot-state.js'
import { codeBlocks, read } from '../docs/support/markdown.js'

const README = 'docs/reference/lifecycles.md'
const machines: [name: string, moves: Moves<string>][] = [
  ['work', WORK_MOVES],
  ['worker', WORKER_MOVES],
  ['pool', POOL_MOVES],
]

/** Where nothing leads to it begins, what leads nowhere is the end. */
function diagramOf(moves: Moves<string>): string {
  const states = Object.entries(moves)
  const reached = new Set(states.flatMap(([, next]) => next))
  const lines = ['stateDiagram-v2']
  for (const [state] of states) if (!reached.has(state)) lines.push(`  [*] --> ${state}`)
  for (const [state, next] of states) for (const to of next) lines.push(`  ${state} --> ${to}`)
  for (const [state, next] of states) if (next.length === 0) lines.push(`  ${state} --> [*]`)
  return lines.join('\n')
}

test('the README has the three diagrams of the tables, and no other', () => {
  const diagrams = codeBlocks(README).filter(({ language }) => language === 'mermaid')
  expect(diagrams.map(({ code }) => code)).toEqual(machines.map(([, moves]) => diagramOf(moves)))
})

test.each(machines)('the README gives a cause for each move of a %s, and for no other', (name, moves) => {
  const [, section = ''] = read(README).split(new RegExp(`^## A ${name}$`, 'm'))
  const [own = ''] = section.split(/^## /m)
  const causes = Array.from(own.matchAll(/^\| `(\w+)` → `(\w+)` +\| [^|]+ \|$/gm), ([, from, to]) => `${from} → ${to}`)
  expect(causes).toEqual(Object.entries(moves).flatMap(([from, next]) => next.map(to => `${from} → ${to}`)))
})

test('the README of groups has the diagram of a slot, and a cause for each of its moves', () => {
  const groups = 'src/groups/README.md'
  const diagrams = codeBlocks(groups).filter(({ code }) => code.startsWith('stateDiagram'))
  expect(diagrams.map(({ code }) => code)).toEqual([diagramOf(SLOT_MOVES)])
  const causes = Array.from(read(groups).matchAll(/^\| `(\w+)` → `(\w+)` +\| [^|]+ \|$/gm), ([, from, to]) => [
    from,
    to,
  ])
  expect(causes).toEqual(Object.entries(SLOT_MOVES).flatMap(([from, next]) => next.map(to => [from, to])))
})
