/** The tasks as poolifier takes them. */

import { ThreadWorker } from 'poolifier'
import * as tasks from './tasks.js'

export default new ThreadWorker({ ...tasks })
