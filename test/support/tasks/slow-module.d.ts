export function mark(n: number): number
export function marks(): number[]
