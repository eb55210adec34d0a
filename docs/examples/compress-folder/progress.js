// @ts-check
/** How far a run is: a bar on a terminal, now and then a line elsewhere. Draws only when told of progress: no timers. */

import { megabytes, seconds, several } from './table.js'

const BAR_EVERY_MS = 80
const LINE_EVERY_MS = 5_000

/** @typedef {{ share: number, text: string }} State  `share` from 0 to 1 */
/** @typedef {{ show(state: State): void, end(state: State): void }} Display */

/**
 * @param {string} label
 * @param {number} bytes  expected in all
 * @param {NodeJS.WriteStream} stream
 */
export function startProgress(label, bytes, stream) {
  const begin = performance.now()
  const display = stream.isTTY ? bar(label, stream) : lines(label, stream)
  let done = 0
  let files = 0

  function state() {
    const share = bytes === 0 ? 1 : Math.min(done / bytes, 1) // a file may have grown since it was listed
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    const amount = `${megabytes(done)} of ${megabytes(bytes)} MB`.padStart(megabytes(bytes).length * 2 + 7)
    return { share, text: `${percent}  ${amount}  ${seconds(performance.now() - begin)}  ${several(files, 'file')}` }
  }

  return {
    /** @param {number} more  bytes of one further file */
    advance(more) {
      done += more
      files++
      display.show(state())
    },
    end() {
      display.end(state())
    },
  }
}

/**
 * One line, drawn over itself.
 *
 * @param {string} label
 * @param {NodeJS.WriteStream} stream
 * @returns {Display}
 */
function bar(label, stream) {
  let drawn = -Infinity

  /** @param {State} state */
  function draw({ share, text }) {
    const columns = stream.columns || 80
    const width = Math.max(0, Math.min(40, columns - label.length - text.length - 5))
    const full = Math.round(share * width)
    const line = `${label}  ${'█'.repeat(full)}${'░'.repeat(width - full)}  ${text}`
    stream.write(`\r${line.slice(0, columns - 1)}\x1b[K`)
  }

  return {
    show(state) {
      if (performance.now() - drawn < BAR_EVERY_MS) return
      draw(state)
      drawn = performance.now()
    },
    end(state) {
      draw(state)
      stream.write('\n')
    },
  }
}

/**
 * A line at every tenth of the way, and after some seconds without one.
 *
 * @param {string} label
 * @param {NodeJS.WriteStream} stream
 * @returns {Display}
 */
function lines(label, stream) {
  let tenths = 0
  let written = performance.now()
  return {
    show({ share, text }) {
      const reached = Math.floor(share * 10)
      if (reached === tenths && performance.now() - written < LINE_EVERY_MS) return
      stream.write(`${label}  ${text}\n`)
      tenths = reached
      written = performance.now()
    },
    end() {},
  }
}
