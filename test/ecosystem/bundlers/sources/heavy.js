import { add } from './parts/add.js'

export const sum = values => values.reduce(add, 0)
