export function note(log: SharedArrayBuffer, value: number): number
export function noteAndStand(log: SharedArrayBuffer, value: number, gate: SharedArrayBuffer): number
export function failingSetup(data: SharedArrayBuffer): void
