/** How many works per second if each call makes its function anew, as code in a loop or a handler does? */

import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'
import { against } from '../report/targets.js'
import { closedLoop } from './closed-loop.js'

export const question = 'works per second with a new function for each, 1000 outstanding'
export const figures = { 'works/s': { unit: '', better: 'higher' } }

export function entrants() {
  return all
    .filter(({ takesInline }) => takesInline)
    .map(({ name, open }) => ({
      name,
      open: () => open(THREADS),
      round: pool => closedLoop(() => pool.runInline(() => {}, [])),
      close: pool => pool.close(),
    }))
}

export const targets = [against('workerpool', 'works/s', 'at least', 5)]
