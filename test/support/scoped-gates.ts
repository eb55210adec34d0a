/** Several gates at once, which open at the end of their block: see {@link ScopedGate}. */

import { Gate } from './gate.js'

/** Make them after the pool, with `using`; at least two. */
export function scopedGates(count: number): [Gate, Gate, ...Gate[]] & Disposable {
  const gates = Array.from({ length: count }, () => new Gate()) as [Gate, Gate, ...Gate[]]
  const open = (): void => {
    for (const gate of gates) gate.open()
  }
  // Not enumerable: tests compare and spread arrays of gates.
  return Object.defineProperty(gates, Symbol.dispose, { value: open }) as [Gate, Gate, ...Gate[]] & Disposable
}
