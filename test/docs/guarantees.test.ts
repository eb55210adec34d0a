/**
 * docs/reference/guarantees.md: the promises, each with the tests that check it, by the numbers in their titles. The page is
 * generated here; `UPDATE=1 npx vitest run test/docs/guarantees.test.ts` writes it anew.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { filesEndingWith, read, ROOT } from './support/markdown.js'

const PAGE = 'docs/reference/guarantees.md'

/** In the order of importance; the numbers are those of behaviours.md. */
const PROMISES: [promise: string, numbers: number[]][] = [
  ['Every submitted work reaches exactly one final status, and its promise settles once.', [6, 25, 33, 48]],
  [
    'A function begins at most once for each work, unless `retries` asks for more after its thread has died.',
    [19, 21, 22, 39],
  ],
  ['No worker idles for longer than a message round trip while an accepted work has not begun.', [10, 31, 36]],
  [
    'With one worker, works begin in the order of priority and then of submission. With several, none begins before an accepted work of higher priority.',
    [10, 16],
  ],
  ['The pool never accepts more than `workBuffer` works beyond the places of its available workers.', [11, 12, 13, 14]],
  ['A graceful stop loses nothing. A hot stop ends busy loops and reports each work.', [49, 50]],
  [
    'A thread that dies costs only what ran on it. It is replaced, at a limited rate if threads keep dying.',
    [36, 37, 38, 40],
  ],
  ['Unfinished works, starting workers and pending calls keep the process alive. An idle pool does not.', [1, 2, 51]],
  [
    'Memory is bounded: finished works can be collected, and the pool remembers a limited number of functions.',
    [24, 52, 53],
  ],
  ['Options and arguments that come from a polluted prototype are ignored.', [5]],
  [
    'A stream goes only as far ahead of its reader as allowed, and ends on both sides. A broadcast runs once on each worker.',
    [55, 56, 57],
  ],
  ['Works that share a thread do not interfere. If one of them has to end, the others may finish first.', [58, 59]],
]

interface Title {
  readonly file: string
  readonly title: string
}

/** Number -> the titles that carry it. A title is read behind those of the blocks around it, as the runner prints it. */
const titles = new Map<number, Title[]>()
for (const file of filesEndingWith('.test.ts', 'test')) {
  for (const path of titlesIn(file)) {
    const title = path.join(' › ')
    for (const [, number] of title.matchAll(/\[(\d+)\]/g)) {
      const plain = title.replaceAll(/\[\d+\] /g, '')
      titles.set(Number(number), [...(titles.get(Number(number)) ?? []), { file, title: `[${number}] ${plain}` }])
    }
  }
}

/** The titles of the tests in a file, each as the path of blocks that leads to it. */
function titlesIn(file: string): string[][] {
  const found: string[][] = []
  const visit = (node: ts.Node, path: readonly string[]): void => {
    if (!ts.isCallExpression(node)) return void ts.forEachChild(node, child => visit(child, path))
    const called = /^(describe|test|it)\b/.exec(node.expression.getText())?.[1]
    const [title] = node.arguments
    if (called === undefined || title === undefined || !ts.isStringLiteralLike(title)) {
      return void ts.forEachChild(node, child => visit(child, path))
    }
    const here = [...path, title.text]
    if (called !== 'describe') found.push(here)
    else for (const argument of node.arguments.slice(1)) visit(argument, here)
  }
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true), [])
  return found
}

function section([promise, numbers]: [string, number[]], index: number): string[] {
  const found = numbers.flatMap(number => titles.get(number) ?? [])
  const files = [...new Set(found.map(({ file }) => file))]
  return [
    `## ${index + 1}. ${promise}`,
    '',
    ...files.flatMap(file => [
      `- \`${file}\``,
      ...found.filter(each => each.file === file).map(({ title }) => `  - ${title.replaceAll(/[<>*_|]/g, '\\$&')}`),
    ]),
    '',
  ]
}

const page = [
  '# Guarantees',
  '',
  'This page lists what you can rely on, and the tests that check it. The numbers are those of [behaviours](behaviours.md).',
  'Two more tests check all of these promises at once: the model test (`test/model`) runs random commands and checks every',
  'promise after each of them, and the storm (`test/storm`) runs works of every kind while threads die, hang and leak.',
  '',
  ...PROMISES.flatMap(section),
].join('\n')

test('the page of guarantees lists the tests there are', () => {
  if (process.env['UPDATE'] !== undefined) writeFileSync(join(ROOT, PAGE), page)
  expect(read(PAGE)).toBe(page)
})

test.each(PROMISES)('each number behind "%s" has tests', (_, numbers) => {
  expect(numbers.filter(number => (titles.get(number)?.length ?? 0) === 0)).toEqual([])
})
