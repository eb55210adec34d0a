/**
 * `node child.js SCENARIO POOL`: one scenario with one pool in a process of its own, so that what takes the process along, or
 * keeps it for ever, is seen from outside. Says by IPC where it is and what it found.
 */

import { setTimeout } from 'node:timers/promises'
import { all } from './pools/all.js'

const [scenarioName, poolName] = process.argv.slice(2)
const scenario = await import(`./scenarios/${scenarioName}.js`)
const { start } = all.find(({ name }) => name === poolName)

/** The others would end early where a pool keeps nothing alive; a program that does more than wait for its pool would not. */
const busy = setInterval(() => {}, 1000)

const say = message => new Promise(resolve => process.send(message, resolve))
const at = step => void say({ step })

const result = await scenario.run(start, at)
if (result === undefined) {
  // The end of the process is what was asked for.
  await say({ step: 'the end of the process', endsByItself: true })
  clearInterval(busy)
  process.disconnect()
} else {
  await say({ result })
  await setTimeout(100) // what throws late ends the process after all
  await say({ done: true })
  process.exit()
}
