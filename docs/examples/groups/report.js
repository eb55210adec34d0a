// @ts-check
/** Prints the results of the load, and decides whether they are right. */

/** @typedef {import('./load.js').Counts} Counts */

/**
 * @param {Counts} counts
 * @returns {boolean}  whether the results are right
 */
export function report({ sent, answered, failed, wrong, broken, killed, missing, died }) {
  const lost = sent - answered - failed - wrong.length
  const ran = sumOf(died, id => id.startsWith('resize'))
  const open = sumOf(died, id => id.startsWith('web'))
  const breaks = sumOf(broken, () => true)
  const strangers = [...broken.keys()].filter(id => !killed.includes(id))

  console.log(`
killed               ${killed.join(', ')}
requests             ${sent}
answered             ${answered}
answered by an error ${failed} (${ran} ran on the killed thread)
connections broken   ${breaks} (${open} requests were with the killed reactor), sent again to the other one
lost                 ${lost}`)

  const complaints = [
    lost > 0 && `${lost} requests got no answer`,
    failed !== ran && `${failed} requests failed, but ${ran} ran on the killed thread`,
    breaks < open && `${open} requests were with the killed reactor, but only ${breaks} connections broke`,
    strangers.length > 0 && `connections to ${strangers.join(', ')} broke`,
    killed.length < 3 && `only ${killed.length} workers were killed`,
    died.size < killed.length && `only ${[...died.keys()].join(', ')} died`,
    missing.length > 0 && `${missing.join(', ')} did not come back`,
    ...wrong,
  ].filter(complaint => complaint !== false)
  for (const complaint of complaints) console.log(`not as it should be: ${complaint}`)
  return complaints.length === 0
}

/**
 * @param {Map<string, number>} counts
 * @param {(id: string) => boolean} matches
 */
function sumOf(counts, matches) {
  return [...counts].reduce((sum, [id, count]) => sum + (matches(id) ? count : 0), 0)
}
