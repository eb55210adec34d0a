/**
 * docs/reference/guarantees.md: the promises, each with the tests that watch over it, by the numbers in their titles. The
 * page is made here; `UPDATE=1 npx vitest run test/docs/guarantees.test.ts` writes it anew.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesEndingWith, read, ROOT } from './support/markdown.js'

const PAGE = 'docs/reference/guarantees.md'

/** In the order of importance; the numbers are those of behaviours.md. */
const PROMISES: [promise: string, numbers: number[]][] = [
  ['Every submitted work reaches exactly one final status, and its promise settles once.', [6, 25, 33, 48]],
  [
    'A function is begun at most once for each work, unless `retries` asks for more after its thread has died.',
    [19, 21, 22, 39],
  ],
  ['No worker rests for longer than a message there and back while an accepted work has not begun.', [10, 31, 36]],
  [
    'With one worker, works begin in the order of priority and then of submission; with several, never before an accepted work of higher priority.',
    [10, 16],
  ],
  ['Never more than `workBuffer` works are accepted beyond the places of the available workers.', [11, 12, 13, 14]],
  ['A graceful stop loses nothing. A hot stop ends busy loops, and reports each work.', [49, 50]],
  [
    'A thread that dies costs what ran on it, and is replaced; at a limited rate, if threads keep dying.',
    [36, 37, 38, 40],
  ],
  ['Unfinished works, starting workers and pending calls keep the process alive; an idle pool does not.', [1, 2, 51]],
  [
    'Memory is bounded: what is finished can be collected, compiled functions are remembered within a limit.',
    [24, 52, 53],
  ],
  ['Options and arguments from a polluted prototype count for nothing.', [5]],
  [
    'A stream goes no further ahead than it is read, and ends on both sides; a broadcast runs once on each worker.',
    [55, 56, 57],
  ],
  ['Works that share a thread do not mix up, and the end of one lets the others end first.', [58, 59]],
]

interface Title {
  readonly file: string
  readonly title: string
}

/** Number -> the titles that carry it. */
const titles = new Map<number, Title[]>()
for (const file of filesEndingWith('.test.ts', 'test')) {
  for (const [, , title = ''] of read(file).matchAll(/\b(?:test|it)(?:\.each.*?)?\(\s*(['"`])(\[\d+\].*?)\1/gs)) {
    const [, number = ''] = /^\[(\d+)\]/.exec(title) ?? []
    titles.set(Number(number), [...(titles.get(Number(number)) ?? []), { file, title }])
  }
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
  'What you can rely on, and the tests that watch over it. The numbers are those of [behaviours](behaviours.md). Beside them',
  'stand the model test (`test/model`: random commands, each promise checked after each) and the storm (`test/storm`: works of',
  'every kind while threads die, hang and leak), which watch over all of these at once.',
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
