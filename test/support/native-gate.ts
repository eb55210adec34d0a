/** A gate in native code, from which no terminate() can free a thread. Not on Windows. */

import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './gate.js'

export const hasNativeGates = process.platform !== 'win32'

/** Make it after the pool, with `using`: then a failing test lets the threads go before the pool waits for them. */
export class NativeGate implements Disposable {
  static readonly #all: NativeGate[] = []
  #opened: number | undefined
  /** Pass this to {@link standInNativeCode}. */
  readonly folder = mkdtempSync(join(tmpdir(), 'threadcrew-gate-'))

  constructor() {
    execFileSync('mkfifo', [join(this.folder, 'gate')])
    NativeGate.#all.push(this)
  }

  /** Resolves when a thread stands at the gate: the mark is set by a process that it waits for. */
  async entered(): Promise<void> {
    await until(() => existsSync(join(this.folder, 'entered')))
  }

  /** Lets everybody pass, now and later. */
  open(): void {
    // Kept open: what is written stays there for those who come later.
    this.#opened ??= openSync(join(this.folder, 'gate'), constants.O_RDWR | constants.O_NONBLOCK)
    writeSync(this.#opened, '\n'.repeat(100))
  }

  /** For the end of a file, when nobody comes any more. */
  static removeAll(): void {
    for (const gate of this.#all.splice(0)) {
      if (gate.#opened !== undefined) closeSync(gate.#opened)
      rmSync(gate.folder, { recursive: true })
    }
  }

  [Symbol.dispose](): void {
    this.open()
  }
}
