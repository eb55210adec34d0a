/**
 * Last step of `npm run build`: beside each entry point's `index.d.ts` an `index.d.cts`, the types that CommonJS code gets
 * from `require('threadcrew')`. TypeScript takes a `.d.ts` of this package for the types of an ES module, and refuses to
 * `require` it.
 *
 * Each `index.d.cts` names the declarations of its `index.d.ts`, and repeats none: so a Pool that was required and one that
 * was imported have the same type, as they have the same class.
 */

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ENTRIES = ['index', 'thread/index', 'groups/index'].map(entry =>
  fileURLToPath(new URL(`../dist/${entry}.d.ts`, import.meta.url)),
)

// Only names and kinds are asked for, which needs none of the types of others.
const program = ts.createProgram(ENTRIES, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noLib: true,
  types: [],
})
const checker = program.getTypeChecker()

for (const entry of ENTRIES) writeFileSync(entry.replace(/\.d\.ts$/, '.d.cts'), declarationsFor(entry))

function declarationsFor(entry) {
  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${entry} is no module: has tsc written it?`)
  const types = []
  const values = []
  for (const exported of checker.getExportsOfModule(module)) {
    const found = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    if (found.flags & ts.SymbolFlags.Value && !isTypeOnly(exported)) values.push(valueOf(exported.name, found))
    else types.push(exported.name)
  }
  // What CommonJS code imports from an ES module has to say so. TypeScript understands it from 5.3 on.
  const from = "from './index.js' with { 'resolution-mode': 'import' }"
  return [
    `import type * as entry ${from}`,
    ...(types.length === 0 ? [] : [`export type { ${types.sort().join(', ')} } ${from}`]),
    ...values,
    '',
  ].join('\n')
}

/** `export { type X }` and `export type { X }` hide the value. */
function isTypeOnly(exported) {
  const [specifier] = exported.declarations ?? []
  return (
    specifier !== undefined &&
    ts.isExportSpecifier(specifier) &&
    (specifier.isTypeOnly || specifier.parent.parent.isTypeOnly)
  )
}

/** A class is a value and a type. */
function valueOf(name, symbol) {
  const [declaration] = symbol.declarations ?? []
  if (declaration === undefined) throw new Error(`${name} is declared nowhere`)
  if (ts.isClassDeclaration(declaration) && declaration.typeParameters !== undefined)
    throw new Error(`class ${name} has type parameters: repeat them here in its type`)
  const owner = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  const comment = ts
    .getJSDocCommentsAndTags(owner)
    .filter(ts.isJSDoc)
    .map(doc => `${doc.getText()}\n`)
  const value = `${comment.join('')}export declare const ${name}: typeof entry.${name}`
  return symbol.flags & ts.SymbolFlags.Type ? `${value}\nexport type ${name} = entry.${name}` : value
}
