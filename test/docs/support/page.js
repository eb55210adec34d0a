/** Runs the programs of one page, one after the other. Tells on stderr where each begins, for the test to divide what was written. */

import { setImmediate as turn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

for (const path of process.argv.slice(2)) {
  process.stderr.write(`${process.env.BEGINNING}\n`)
  await import(pathToFileURL(path).href)
  // Warnings are written in a later turn.
  await turn()
}
