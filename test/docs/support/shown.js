/** Inside a program made of the documentation: notes what it shows, for the test to compare with what the page says. */

import { writeFileSync } from 'node:fs'
import { format, inspect } from 'node:util'

/** By the number of the expectation, the lines that were shown there. */
const notes = {}

/** Stands for `console.log(...values)`. */
export function logged(number, ...values) {
  note(number, format(...values))
}

/** Stands for an expression whose value the page tells. */
export function shown(number, value) {
  note(number, inspect(value, { breakLength: Infinity }))
  return value
}

function note(number, text) {
  ;(notes[number] ??= []).push(...text.split('\n'))
}

process.on('exit', () => writeFileSync(process.env.SHOWN_FILE, JSON.stringify(notes)))
