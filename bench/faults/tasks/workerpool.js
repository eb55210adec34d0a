/** The tasks as workerpool takes them: methods that its worker script registers. */

import workerpool from 'workerpool'
import * as tasks from './tasks.js'

workerpool.worker({ ...tasks })
