/** A polluted Object.prototype, for as long as no other code gets a turn. */

/** Runs with these properties on it, and takes them off again. */
export function polluted<T>(properties: Readonly<Record<string, unknown>>, run: () => T): T {
  for (const [name, value] of Object.entries(properties)) {
    // Without a prototype, as one of the names may be `get`.
    const descriptor: PropertyDescriptor = Object.create(null)
    Object.assign(descriptor, { value, configurable: true, enumerable: true, writable: true })
    Object.defineProperty(Object.prototype, name, descriptor)
  }
  try {
    return run()
  } finally {
    for (const name of Object.keys(properties)) Reflect.deleteProperty(Object.prototype, name)
  }
}
