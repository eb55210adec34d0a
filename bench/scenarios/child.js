/** Runs one measurement in a process of its own, with `gc()` at hand, and returns the JSON that it prints. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function inChild(script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(script), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', text => (printed += text))
    child.on('error', reject)
    child.on('close', () => {
      try {
        resolve(JSON.parse(printed))
      } catch (cause) {
        reject(new Error(`${args.join(' ')} printed ${JSON.stringify(printed)}`, { cause }))
      }
    })
  })
}
