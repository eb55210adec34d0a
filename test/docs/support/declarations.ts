/** Reads declarations and their docstrings in src/, without their types: what an interface or a method says about itself. */

import { dirname, join } from 'node:path/posix'
import ts from 'typescript'
import { read } from './markdown.js'

/** The entry points, by the name under which users import them. */
export const ENTRY_POINTS: Readonly<Record<string, string>> = {
  threadcrew: 'src/index.ts',
  'threadcrew/thread': 'src/thread/index.ts',
  'threadcrew/groups': 'src/groups/index.ts',
}

/** A name that an entry point exports, and the file that declares it. */
export interface PublicName {
  readonly name: string
  readonly file: string
}

const sources = new Map<string, ts.SourceFile>()

function sourceOf(file: string): ts.SourceFile {
  let source = sources.get(file)
  if (source === undefined) {
    source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)
    sources.set(file, source)
  }
  return source
}

/** What the file of an entry point exports. */
export function publicNames(entryPoint: string): PublicName[] {
  return sourceOf(entryPoint).statements.flatMap(statement => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) return []
    if (statement.moduleSpecifier === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) return []
    if (!ts.isNamedExports(statement.exportClause)) return []
    const file = join(dirname(entryPoint), statement.moduleSpecifier.text.replace(/\.js$/, '.ts'))
    return statement.exportClause.elements.map(({ name }) => ({ name: name.text, file }))
  })
}

/** The declaration of this name at the top of the file. */
export function declarationIn(file: string, name: string): ts.Node {
  for (const statement of sourceOf(file).statements) {
    if (ts.isVariableStatement(statement)) {
      if (statement.declarationList.declarations.some(each => each.name.getText() === name)) return statement
    } else if (ts.canHaveModifiers(statement) && 'name' in statement) {
      const found = statement.name as ts.Identifier | undefined
      if (found?.text === name) return statement
    }
  }
  throw new Error(`${file} declares no ${name}`)
}

/** The text of a docstring before its tags, in one line. `{@link X}` is `X` as code. */
export function proseOf(node: ts.Node): string {
  const [docstring] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return inOneLine(docstring?.comment)
}

/** The text of this tag of a docstring, in one line; undefined if there is none. */
export function tagOf(node: ts.Node, tag: string): string | undefined {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === tag)
  return found === undefined ? undefined : inOneLine(found.comment)
}

/** What the docstring of a method says about a parameter, in one line. */
export function parameterText(parameter: ts.ParameterDeclaration): string {
  return inOneLine(ts.getJSDocParameterTags(parameter)[0]?.comment)
}

function inOneLine(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  return (ts.getTextOfJSDocComment(comment) ?? '')
    .replace(/\{@link (\S+?)\s*\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
}
