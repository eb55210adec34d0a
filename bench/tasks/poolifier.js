/** The tasks as poolifier takes them. Results are always copied. */

import { ThreadWorker } from 'poolifier'
import * as tasks from './one-argument.js'

export default new ThreadWorker({ ...tasks })
