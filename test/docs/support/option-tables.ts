/** Makes tables of options from the declarations in src/: name, type, default, and one line about each. */

import ts from 'typescript'
import { declarationIn, parameterText, proseOf, tagOf } from './declarations.js'

export interface Option {
  readonly name: string
  readonly type: string
  /** As the docstring says it; undefined for an option that has to be given. */
  readonly default: string | undefined
  readonly isOptional: boolean
  readonly text: string
}

/** How the sentence begins that says which values an option takes. It belongs to the line about the option. */
const RANGE = /^(Whole number|From|Above|At least|Any finite|Finite|Unique)\b/

/** The options of an interface, or of an object type within a method: `'WorkerPool.stop'`. */
export function optionsOf(file: string, name: string): Option[] {
  const [owner = '', method] = name.split('.')
  const declaration = declarationIn(file, owner)
  const members = method === undefined ? declaration : objectTypeOf(methodOf(declaration, method))
  if (!ts.isInterfaceDeclaration(members) && !ts.isTypeLiteralNode(members)) throw new Error(`${name} has no members`)
  return members.members.filter(ts.isPropertySignature).map(member => {
    const [first = '', ...others] = sentencesOf(proseOf(member))
    const range = others.find(sentence => RANGE.test(sentence))
    return {
      name: member.name.getText(),
      type: typeText(member.type),
      default: tagOf(member, 'defaultValue'),
      isOptional: member.questionToken !== undefined,
      text: range === undefined ? first : `${first} ${range}`,
    }
  })
}

/** The parameters of these methods of a class that have a default. */
export function flagsOf(file: string, name: string, methods: readonly string[]): Option[] {
  return methods.flatMap(called => {
    const method = methodOf(declarationIn(file, name), called)
    const list = method.parameters.map(each => each.name.getText()).join(', ')
    return method.parameters.flatMap(parameter => {
      if (parameter.initializer === undefined) return []
      const given = parameter.initializer.getText().replace('this.', 'pool.')
      const type = parameter.type?.getText() ?? (/^(true|false)$/.test(given) ? 'boolean' : '')
      return {
        name: `${called}(${list})`,
        type: `${parameter.name.getText()}: ${type}`,
        default: `\`${given}\``,
        isOptional: true,
        text: parameterText(parameter),
      }
    })
  })
}

/** The settings of a class: what can be assigned. */
export function settersOf(file: string, name: string): string[] {
  const declaration = declarationIn(file, name)
  if (!ts.isClassDeclaration(declaration)) throw new Error(`${name} is no class`)
  return declaration.members.filter(ts.isSetAccessor).map(setter => setter.name.getText())
}

/** As prettier aligns it. */
export function tableOf(options: readonly Option[]): string {
  const rows = options.map(option => [
    `\`${option.name}\``,
    `\`${option.type.replaceAll('|', '\\|')}\``,
    option.isOptional ? (option.default ?? '') : 'required',
    option.text.replaceAll('|', '\\|'),
  ])
  const table = [['Option', 'Type', 'Default', 'What it is'], ...rows]
  const widths = [0, 1, 2, 3].map(column => Math.max(...table.map(row => [...(row[column] ?? '')].length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length)).join(' | ')} |`
  const [head = [], ...body] = table
  return [line(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n')
}

function methodOf(declaration: ts.Node, name: string): ts.MethodDeclaration {
  if (!ts.isClassDeclaration(declaration)) throw new Error(`${name} is no method of a class`)
  const found = declaration.members.filter(ts.isMethodDeclaration).find(each => each.name.getText() === name)
  if (found === undefined) throw new Error(`there is no method ${name}`)
  return found
}

function objectTypeOf(method: ts.MethodDeclaration): ts.Node {
  const type = method.parameters[0]?.type
  if (type === undefined) throw new Error(`${method.name.getText()} has no parameter with a type`)
  return type
}

function typeText(type: ts.TypeNode | undefined): string {
  const text = (type?.getText() ?? '').replace(/ \| undefined$/, '').replace(/\s+/g, ' ')
  // The type of a function stands in brackets for the sake of `| undefined`.
  return text.replace(/^\(([^()]*\([^()]*\)[^()]*)\)$/, '$1')
}

function sentencesOf(prose: string): string[] {
  return prose.split(/(?<=\.) (?=[A-Z`'0-9])/)
}
