export function standInNativeCode<T>(folder: string, value?: T): T
