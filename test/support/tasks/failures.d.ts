import type { Pool, Work } from 'threadcrew'

export function submitInline(pool: Pool): Work<never>
export function submitAsync(pool: Pool): Work<never>
export function failDeep(message: string): never
export function missing(): never
