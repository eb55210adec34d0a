/**
 * Every piece of code in the documentation: compiled, run, and what it is said to show compared with what it shows. What
 * cannot be run says why, in a comment above it (see `support/markdown.ts` for all of them).
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CodeBlock, codeBlocks, filesEndingWith, read } from './support/markdown.js'
import { type Program, Workshop } from './support/programs.js'
import { comparison, type Outcome, run } from './support/running.js'

const documents = filesEndingWith('.md').filter(path => !path.startsWith('bench/'))
const blocks = documents.flatMap(document => codeBlocks(document))

const CODE = ['ts', 'js']
const SHELL = ['sh']
/** Shown, and nothing that could be run: diagrams are looked at elsewhere. */
const SHOWN = ['mermaid', 'text']

/** A page with one of each mistake, in programs of which the last never begins, so that we know that mistakes are found. */
const MADE_UP = 'made-up.md'
const mistakes = codeBlocks(
  MADE_UP,
  [
    '```ts',
    "import { Pool } from 'threadcrew'",
    'const sum = await new Pool({ total: 1 }).execute(() => 2 + 3) // → 6',
    "for (const n of [1, 2]) console.log('line', n)",
    '// → line …',
    'if (sum > 5) sum // → 5',
    'sum.length',
    '```',
    '',
    '<!-- continues -->',
    '```ts',
    "process.emitWarning('careful')",
    '```',
    '',
    '```ts',
    "void Promise.reject(new Error('loose'))",
    'await new Promise(() => {})',
    '```',
    '',
    '```ts',
    'console.log(1) // → 1',
    '```',
  ].join('\n'),
)

const workshop = new Workshop([...blocks, ...mistakes].filter(({ language }) => CODE.includes(language)))

let complaints: string[] = []
beforeAll(() => {
  complaints = workshop.compile()
}, 60_000)
afterAll(() => workshop.clear())

test('every block of code is of a kind that is looked at', () => {
  const others = blocks.filter(({ language }) => ![...CODE, ...SHELL, ...SHOWN].includes(language))
  expect(others.map(placeOf)).toEqual([])
  expect(blocks.length).toBeGreaterThan(50)
})

test('all code compiles in strict mode', () => {
  expect(complaints.filter(complaint => !complaint.startsWith(MADE_UP))).toEqual([])
})

describe('a program shows what its page says', () => {
  const shown = workshop.programs.filter(({ document, notRun }) => notRun === undefined && document !== MADE_UP)
  for (const page of pagesOf(shown)) {
    let outcomes: Promise<Outcome[]> | undefined
    for (const [index, program] of page.entries()) {
      test(placeOf(program), async () => {
        outcomes ??= run(page)
        const outcome = (await outcomes)[index] as Outcome
        const { said, seen } = comparison(program, outcome)
        expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' })
        expect(seen).toEqual(said)
      })
    }
  }
})

describe('a script that is named in a command exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const block of blocks) {
    if (!SHELL.includes(block.language)) continue
    test(placeOf(block), () => {
      for (const command of commandsIn(block.code)) {
        const [program, verb, script = ''] = command.split(/\s+/)
        if (program !== 'npm' && program !== 'npx') continue // the reader's shell, nothing of ours
        if (program === 'npm' && verb === 'ci') continue
        if (program === 'npm' && verb === 'test') expect(scripts).toHaveProperty('test')
        else if (program === 'npm' && verb === 'run') expect(scripts).toHaveProperty(script)
        else expect(block.markers.notRun, `"${command}" is no script: say above it why it is not run`).toBeDefined()
      }
    })
  }
})

test('what is not run says why', () => {
  const reasons = blocks.flatMap(({ markers }) => markers.notRun ?? [])
  for (const reason of reasons) expect(reason.split(/\s+/).length).toBeGreaterThan(2)
})

describe('a mistake in a page is found', () => {
  const [page] = pagesOf(workshop.programs.filter(({ document }) => document === MADE_UP))

  test('what does not compile, prints a warning, shows something else or nothing, or ends the process', async () => {
    if (page?.[2] === undefined) throw new Error('the page with the mistakes is missing')
    const [program, , after] = page
    const [outcome, ended, never] = (await run(page)) as [Outcome, Outcome, Outcome]
    const { seen } = comparison(program, outcome)
    expect(complaints.filter(complaint => complaint.startsWith(MADE_UP))).toEqual([
      "made-up.md:7: Property 'length' does not exist on type 'number'.",
    ])
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining('careful') })
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/line-16\.js[^]*loose/) })
    expect(never).toMatchObject({ code: null, stderr: expect.stringContaining('never begun') })
    expect(seen).toEqual({
      'made-up.md:3': ['5'],
      'made-up.md:5': ['line …', 'line 2'],
      'made-up.md:6': ['(nothing: this line was never reached)'],
    })
    expect(comparison(after, never).seen).toEqual({ 'made-up.md:21': ['(nothing: this line was never reached)'] })
  })

  test.each([
    ['```ts\n1', 'never closed'],
    ['<!-- continue -->\n```ts\n1\n```', 'nobody knows the marker'],
    ['<!-- not run -->\n```ts\n1\n```', 'nobody knows the marker'],
    ['<!-- continues -->\n```ts\n1\n```', 'continues nothing'],
    ['```ts\n// → 1\n```', 'nothing before it that shows anything'],
  ])('%j is refused: %s', (text, complaint) => {
    expect(() => new Workshop(codeBlocks(MADE_UP, text))).toThrow(complaint)
  })
})

/** The programs that share a process: those of one page. */
function pagesOf(programs: readonly Program[]): [Program, ...Program[]][] {
  const pages = new Map<string, [Program, ...Program[]]>()
  for (const program of programs) {
    const page = pages.get(program.document)
    if (page === undefined) pages.set(program.document, [program])
    else page.push(program)
  }
  return [...pages.values()]
}

function placeOf({ document, line }: CodeBlock | Program): string {
  return `${document}:${line}`
}

function commandsIn(code: string): string[] {
  return code
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, ''))
    .flatMap(line => line.split('&&'))
    .map(command => command.trim())
    .filter(command => command !== '')
}
