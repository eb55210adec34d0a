/**
 * Makes programs of the code in the documentation: joins blocks, notes what each is said to show, type-checks and compiles
 * all of them at once. Must not know how they are run or judged.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { type CodeBlock, ROOT } from './markdown.js'

/** What a page says that one line of its code shows. */
export interface Expectation {
  /** Of its own in the whole workshop, so that programs may share a process. */
  readonly number: number
  readonly document: string
  readonly line: number
  /** One per line shown; `…` stands for anything. */
  readonly shows: readonly string[]
}

export interface Program {
  readonly document: string
  /** Of its first block. */
  readonly line: number
  /** As compiled, ready to be given to node. */
  readonly path: string
  /** Why it is only compiled; undefined if it is to be run. */
  readonly notRun: string | undefined
  readonly expectations: readonly Expectation[]
}

interface Draft {
  readonly document: string
  readonly line: number
  readonly name: string
  readonly isProgram: boolean
  readonly notRun: string | undefined
  readonly lines: string[]
  /** For each line of the draft, the line of the document. */
  readonly origins: number[]
}

export class Workshop {
  /** Of its own for each process, since several may test this checkout at a time. Inside the package, so that it finds itself. */
  readonly #folder = join(ROOT, 'test/docs/.generated', String(process.pid))
  readonly #drafts = new Map<string, Draft>()
  #expectations = 0
  readonly programs: readonly Program[]

  /** @param blocks of TypeScript or JavaScript, those of a document in their order */
  constructor(blocks: readonly CodeBlock[]) {
    const drafts = draftsOf(blocks)
    this.programs = drafts.flatMap(draft => {
      const path = join(folderOf(draft.document), draft.name)
      this.#drafts.set(join(this.#folder, 'src', path), draft)
      const expectations = draft.isProgram ? instrument(draft, this.#expectations) : []
      this.#expectations += expectations.length
      const { document, line, notRun } = draft
      return draft.isProgram
        ? [{ document, line, path: join(this.#folder, 'run', compiled(path)), notRun, expectations }]
        : []
    })
  }

  /** Type-checks and compiles everything. Returns what the compiler complains of, by document and line. */
  compile(): string[] {
    this.clear()
    for (const [path, draft] of this.#drafts) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, draft.lines.join('\n'))
    }
    const program = ts.createProgram([...this.#drafts.keys()], {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      allowJs: true,
      skipLibCheck: true,
      rootDir: join(this.#folder, 'src'),
      outDir: join(this.#folder, 'run'),
    })
    const { diagnostics } = program.emit()
    return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(diagnostic => this.#describe(diagnostic))
  }

  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #describe({ file, start, messageText }: ts.Diagnostic): string {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n')
    const draft = file && this.#drafts.get(file.fileName)
    if (file === undefined || start === undefined) return text
    if (draft === undefined) return `${file.fileName}: ${text}`
    return `${draft.document}:${draft.origins[file.getLineAndCharacterOfPosition(start).line]}: ${text}`
  }
}

function folderOf(document: string): string {
  return document.replace(/\.md$/, '').replaceAll('/', '--')
}

function compiled(path: string): string {
  return path.replace(/ts$/, 'js')
}

function draftsOf(blocks: readonly CodeBlock[]): Draft[] {
  const drafts: Draft[] = []
  let last: Draft | undefined
  for (const { document, line, language, code, markers } of blocks) {
    const lines = code.split('\n')
    const origins = lines.map((_, index) => line + index)
    if (markers.continues) {
      if (last?.document !== document) throw new Error(`${document}:${line} continues nothing`)
      last.lines.push(...lines)
      last.origins.push(...origins)
      continue
    }
    const isProgram = markers.file === undefined
    const name = markers.file ?? markers.program ?? `line-${line}.${language}`
    const draft = { document, line, name, isProgram, notRun: markers.notRun, lines, origins }
    drafts.push(draft)
    if (isProgram) last = draft
  }
  return drafts
}

const ARROW = /^\/\/ → ?(.*)$/

/**
 * Makes a program note what it shows where the page says what that is: behind `console.log(...)`, a value or a `const`,
 * as `// → ...` on the same line and on lines of their own that follow.
 */
function instrument(draft: Draft, firstNumber: number): Expectation[] {
  const text = draft.lines.join('\n')
  const isCommonJs = draft.name.endsWith('.cjs')
  const source = ts.createSourceFile(draft.name, text, ts.ScriptTarget.ESNext, true)
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line
  const groups: { end: number; line: number; shows: string[] }[] = []
  for (const comment of lineComments(text, source)) {
    const shows = ARROW.exec(text.slice(comment.pos, comment.end))?.[1]
    if (shows === undefined) continue
    const line = lineOf(comment.pos)
    const group = groups.at(-1)
    const standsAlone = text.slice(source.getPositionOfLineAndCharacter(line, 0), comment.pos).trim() === ''
    if (standsAlone && group?.line === line - 1) {
      group.shows.push(shows)
      group.line = line
    } else {
      groups.push({ end: comment.pos, line, shows: [shows] })
    }
  }
  if (groups.length === 0) return []

  const edits: Edit[] = []
  const expectations = groups.map(({ end, line, shows }, index) => {
    const number = firstNumber + index
    const place = `${draft.document}:${draft.origins[line]}`
    const shown = whatIsShown(source, end)
    if (shown === undefined)
      throw new Error(`${place} says what is shown, but there is nothing before it that shows anything`)
    edits.push(...shown(number))
    return { number, document: draft.document, line: draft.origins[line] ?? 0, shows }
  })
  const support = `'${relativeSupport()}'`
  const names = isCommonJs ? '{ logged: __logged, shown: __shown }' : '{ logged as __logged, shown as __shown }'
  const first = source.statements[0]?.getStart(source) ?? 0
  edits.push({
    from: first,
    to: first,
    text: isCommonJs ? `const ${names} = require(${support}); ` : `import ${names} from ${support}; `,
  })
  let instrumented = text
  // From the end, so that what is still to come keeps its place; of two at one place the import goes before.
  for (const { from, to, text: inserted } of edits.sort((a, b) => b.from - a.from)) {
    instrumented = instrumented.slice(0, from) + inserted + instrumented.slice(to)
  }
  draft.lines.splice(0, draft.lines.length, ...instrumented.split('\n'))
  return expectations
}

/** From a program, `test/docs/.generated/<process>/run/<document>/`, to `test/docs/support/`. */
function relativeSupport(): string {
  return '../../../../support/shown.js'
}

function lineComments(text: string, source: ts.SourceFile): ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>()
  const visit = (node: ts.Node): void => {
    for (const ranges of [ts.getLeadingCommentRanges(text, node.pos), ts.getTrailingCommentRanges(text, node.end)]) {
      for (const range of ranges ?? [])
        if (range.kind === ts.SyntaxKind.SingleLineCommentTrivia) found.set(range.pos, range)
    }
    node.getChildren(source).forEach(visit)
  }
  visit(source)
  return [...found.values()].sort((a, b) => a.pos - b.pos)
}

/** None adds a line: the lines of the draft stay those of the document. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

type Shown = (number: number) => Edit[]

/**
 * What ends right before this place, closing brackets apart: a call of `console.log`, however deep inside something else, or
 * the last statement.
 */
function whatIsShown(source: ts.SourceFile, before: number): Shown | undefined {
  let call: ts.CallExpression | undefined
  let statement: ts.ExpressionStatement | ts.VariableStatement | undefined
  const visit = (node: ts.Node): void => {
    if (node.getStart(source) >= before) return
    if (node.end <= before && /^[\s;)}\]]*$/.test(source.text.slice(node.end, before))) {
      if (ts.isCallExpression(node) && node.expression.getText(source) === 'console.log') call = node
      else if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) statement = node
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  if (call !== undefined) {
    const from = call.getStart(source)
    const to = call.arguments.pos
    return number => [{ from, to, text: `__logged(${number}, ` }]
  }
  if (statement === undefined) return undefined
  if (ts.isVariableStatement(statement)) {
    const name = statement.declarationList.declarations.at(-1)?.name
    if (name === undefined || !ts.isIdentifier(name)) return undefined
    const { end } = statement
    return number => [{ from: end, to: end, text: `; __shown(${number}, ${name.text});` }]
  }
  const { expression } = statement
  return number => [
    { from: expression.getStart(source), to: expression.getStart(source), text: `__shown(${number}, ` },
    { from: expression.end, to: expression.end, text: ')' },
  ]
}
