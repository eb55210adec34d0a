/** The same texts as in elsewhere/submit.js, in another folder. */

export function submitImport(pool) {
  return pool.execute(async () => {
    const { place } = await import('./place.js')
    return place
  })
}

export function submitRequire(pool) {
  return pool.execute(() => require('./place.cjs').place)
}
