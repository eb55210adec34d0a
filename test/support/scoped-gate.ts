/** A gate that opens at the end of its block: a test that fails leaves nobody standing, and its pool can stop. */

import { Gate } from './gate.js'

/** Make it after the pool, with `using`. */
export class ScopedGate extends Gate implements Disposable {
  [Symbol.dispose](): void {
    this.open()
  }
}
