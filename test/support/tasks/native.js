/** Stands at a NativeGate (see ../native-gate.ts): the thread waits for a process, and nothing interrupts that. */

import { spawnSync } from 'node:child_process'

export function standInNativeCode(folder, value) {
  const { status } = spawnSync('sh', ['-c', ': > entered; read line < gate'], { cwd: folder, stdio: 'ignore' })
  if (status !== 0) throw new Error(`the gate ended with ${status}`)
  return value
}
