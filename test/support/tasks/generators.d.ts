export function counted(trace: SharedArrayBuffer, count: number): Generator<number, void, undefined>
export function countedAsync(trace: SharedArrayBuffer, count: number): AsyncGenerator<number, void, undefined>
