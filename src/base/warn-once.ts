/** Process warnings about a misuse that a program repeats: each kind is printed once per process. */

const given = new Set<string>()

/** Prints the warning, unless this process has had one of its kind. */
export function warnOnce(kind: string, message: string): void {
  if (given.has(kind)) return
  given.add(kind)
  process.emitWarning(message, 'ThreadcrewWarning')
}
