export function step(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer): number
export function stepObject(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer): { index: number }
export function spinStep(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer): number
export function busyStep(log: SharedArrayBuffer, index: number, ms?: number): number
export function timedStep(log: SharedArrayBuffer, index: number, moment: SharedArrayBuffer, gate: SharedArrayBuffer): number
export function asyncStep(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer): Promise<number>
export function exitStep(log: SharedArrayBuffer, index: number, code?: number): { index: number }
