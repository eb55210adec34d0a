export function give(length: number): { deep: [{ bytes: Uint8Array }] }
export function giveByContext(length: number): Uint8Array
export function remains(): number
