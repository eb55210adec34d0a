/** Submits inline functions from a folder of its own: what they import or require lies beside this file. */

export function submitImport(pool) {
  return pool.execute(async () => {
    const { place } = await import('./place.js')
    return place
  })
}

export function submitRequire(pool) {
  return pool.execute(() => require('./place.cjs').place)
}
