// @ts-check
/** Formats tables and numbers as text. */

/**
 * Aligns the first column to the left and all others to the right.
 *
 * @param {readonly string[][]} rows  the first row holds the headings
 */
export function table(rows) {
  /** @type {number[]} */
  const widths = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  const lines = rows.map(row => row.map((cell, i) => align(cell, i, widths[i] ?? 0)).join('  '))
  return lines.map(line => line.trimEnd()).join('\n')
}

/**
 * @param {string} cell
 * @param {number} column
 * @param {number} width
 */
function align(cell, column, width) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

/** @param {number} n */
export function count(n) {
  return n.toLocaleString('en-US')
}

/**
 * @param {number} n
 * @param {string} noun  in the singular
 */
export function several(n, noun) {
  return n === 1 ? `1 ${noun}` : `${count(n)} ${noun}s`
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return fixed(bytes / 1e6, 1)
}

/** @param {number} ms */
export function seconds(ms) {
  return `${fixed(ms / 1000, 2)} s`
}

/**
 * @param {number} part
 * @param {number} whole
 */
export function percent(part, whole) {
  return whole === 0 ? '–' : `${fixed((part / whole) * 100, 1)} %`
}

/**
 * @param {number} n
 * @param {number} digits
 */
export function fixed(n, digits) {
  return n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/**
 * Makes a file name safe to print: control characters could move the cursor.
 *
 * @param {string} name
 */
export function printable(name) {
  return name.replace(/\p{Cc}/gu, '?')
}
