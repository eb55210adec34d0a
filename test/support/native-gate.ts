/** A gate in native code, from which no terminate() can free a thread. Not on Windows. */

import { execFileSync } from 'node:child_process'
import { constants, existsSync, mkdtempSync, openSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './gate.js'

export const hasNativeGates = process.platform !== 'win32'

/** Make it after the pool, with `using`: then a failing test lets the threads go before the pool waits for them. */
export class NativeGate implements Disposable {
  /** Pass this to {@link standInNativeCode}. */
  readonly folder = mkdtempSync(join(tmpdir(), 'threadcrew-gate-'))

  constructor() {
    execFileSync('mkfifo', [join(this.folder, 'gate')])
  }

  /** Resolves when a thread stands at the gate: the mark is set by a process that it waits for. */
  async entered(): Promise<void> {
    await until(() => existsSync(join(this.folder, 'entered')))
  }

  /** Lets everybody pass, now and later. */
  open(): void {
    // Never closed: what is written stays there for those who come later.
    writeSync(openSync(join(this.folder, 'gate'), constants.O_RDWR | constants.O_NONBLOCK), '\n'.repeat(100))
  }

  [Symbol.dispose](): void {
    this.open()
  }
}
