export function stand<T>(buffer: SharedArrayBuffer, value?: T): T
export function standAsync<T>(buffer: SharedArrayBuffer, value?: T): Promise<T>
export function loop(buffer: SharedArrayBuffer): never
