export function logged(number: number, ...values: unknown[]): void
export function shown<T>(number: number, value: T): T
