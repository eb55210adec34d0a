export function step(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer | undefined): number
export function stepObject(
  log: SharedArrayBuffer,
  index: number,
  gate?: SharedArrayBuffer | undefined,
): { index: number }
export function spinStep(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer | undefined): number
export function busyStep(log: SharedArrayBuffer, index: number, ms?: number | undefined): number
export function timedStep(
  log: SharedArrayBuffer,
  index: number,
  moment: SharedArrayBuffer,
  gate: SharedArrayBuffer,
): number
export function asyncStep(log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer | undefined): Promise<number>
export function exitStep(log: SharedArrayBuffer, index: number, code?: number | undefined): { index: number }
