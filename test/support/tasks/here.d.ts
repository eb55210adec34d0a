import type { Pool, Work } from 'threadcrew'

export function submitImport(pool: Pool): Work<string>
export function submitRequire(pool: Pool): Work<string>
