/** The imports of the source, read with the TypeScript compiler, and the rooms that the files stand in. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))

export interface Import {
  /** Relative to src, with slashes. */
  readonly file: string
  /** The same for a file of ours; otherwise the name of the package or of Node's module. */
  readonly target: string
  /** The import is gone once compiled. */
  readonly isType: boolean
}

export function filesIn(folder: string, skipped: ReadonlySet<string> = new Set()): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (skipped.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path, skipped) : entry.isFile() ? [path] : []
  })
}

export function slashed(path: string): string {
  return path.split(sep).join('/')
}

/** The files of src, relative to it. */
export const sourceFiles = filesIn(SOURCE)
  .filter(path => path.endsWith('.ts'))
  .map(path => slashed(relative(SOURCE, path)))
  .sort()

export const imports: readonly Import[] = sourceFiles.flatMap(importsOf)

/** The imports between files of ours. */
export const ownImports = imports.filter(({ target }) => target.endsWith('.ts'))

/** Files that are for users and stand in no room. */
export function isEntryPoint(file: string): boolean {
  return posix.basename(file) === 'index.ts'
}

/** The room of a file: its folder. Entry points have none. */
export function roomOf(file: string): string {
  return isEntryPoint(file) ? '' : posix.dirname(file)
}

/** All rooms. */
export const rooms: readonly string[] = [...new Set(sourceFiles.map(roomOf))].filter(room => room !== '').sort()

function importsOf(file: string): Import[] {
  const path = join(SOURCE, file)
  const parsed = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, isType: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return
    const { text } = specifier
    const target = text.startsWith('.')
      ? slashed(relative(SOURCE, join(dirname(path), text))).replace(/\.js$/, '.ts')
      : text
    found.push({ file, target, isType })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause))
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || isTypeList(node.exportClause))
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  return found
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  return clause.isTypeOnly || (clause.name === undefined && isTypeList(clause.namedBindings))
}

function isTypeList(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (bindings === undefined || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) return false
  return bindings.elements.length > 0 && bindings.elements.every(({ isTypeOnly }) => isTypeOnly)
}

/** The circles in a graph, each as a path that ends where it begins. */
export function circlesIn(next: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) circles.push([...path.slice(path.indexOf(node)), node].join(' -> '))
    if (done.has(node) || path.includes(node)) return
    for (const target of next.get(node) ?? []) visit(target, [...path, node])
    done.add(node)
  }
  for (const node of next.keys()) visit(node, [])
  return circles
}

/** Who imports whom, as a graph over the names that `nameOf` gives to files; a name is not its own neighbour. */
export function graphOf(nameOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>()
  for (const { file, target } of ownImports) {
    const from = nameOf(file)
    const to = nameOf(target)
    if (from === '' || to === '' || from === to) continue
    graph.set(from, (graph.get(from) ?? new Set()).add(to))
  }
  return graph
}
