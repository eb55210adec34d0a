/** Which functions can travel as source text, and why the others cannot. */

import { types } from 'node:util'

/** Matches the hidden source of built-in and bound functions. */
const HIDDEN = /\{\s*\[native code\]\s*\}\s*$/

/** What may follow `class`, `get` or `set` if the word is the keyword and not a method or parameter of that name. */
const AFTER_WORD = String.raw`(?![\p{ID_Continue}$\u200c\u200d\\])`
const CLASS = new RegExp(String.raw`^class${AFTER_WORD}(?!\s*\()`, 'u')
const ACCESSOR = new RegExp(String.raw`^[gs]et${AFTER_WORD}(?!\s*(?:\(|=>))`, 'u')

/** Why the function cannot be sent, in the words of the error; undefined if it can. `name` is its {@link nameOf}. */
export function whyUnshippable(fn: object, name: string, text: string): string | undefined {
  const named = name === '' ? 'a function' : `the function ${JSON.stringify(name)}`
  if (types.isProxy(fn)) return 'a Proxy around a function hides its source: pass the function itself'
  if (HIDDEN.test(text)) {
    return name.startsWith('bound ')
      ? `${named} was made by bind(), which hides its source: pass an inline function, and the bound values in args`
      : `${named} is built in and has no source to send: wrap it in an inline function, such as (...values) => Math.max(...values)`
  }
  if (CLASS.test(text)) {
    return `${named} is a class, which cannot be called: pass a function that makes its instance inside the thread`
  }
  if (ACCESSOR.test(text)) return `${named} is a getter or setter: pass an ordinary function or method with its body`
  return undefined
}

/**
 * The name of a function, without running foreign code: a proxy has traps, and `name` may be a method or a getter of a
 * class.
 */
export function nameOf(fn: object): string {
  if (types.isProxy(fn)) return ''
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value
  return typeof name === 'string' ? name : ''
}
