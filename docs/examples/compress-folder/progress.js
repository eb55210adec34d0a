// @ts-check
/**
 * Shows the progress of a run: as a bar on a terminal, otherwise as a line now and then. It has no timers and draws only
 * when it is notified of progress.
 */

import { megabytes, seconds, several } from './table.js'

const BAR_EVERY_MS = 80
const LINE_EVERY_MS = 5_000

/** @typedef {{ share: number, text: string }} State  `share` from 0 to 1 */
/** @typedef {{ show(state: State): void, end(state: State): void }} Display */

/**
 * @param {string} label
 * @param {number} bytes  total number of bytes expected
 * @param {NodeJS.WriteStream} stream
 */
export function startProgress(label, bytes, stream) {
  const begin = performance.now()
  const display = stream.isTTY ? bar(label, stream) : lines(label, stream)
  let done = 0
  let files = 0

  function state() {
    const share = bytes === 0 ? 1 : Math.min(done / bytes, 1) // a file may have grown after it was listed
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    const amount = `${megabytes(done)} of ${megabytes(bytes)} MB`.padStart(megabytes(bytes).length * 2 + 7)
    return { share, text: `${percent}  ${amount}  ${seconds(performance.now() - begin)}  ${several(files, 'file')}` }
  }

  return {
    /** @param {number} more  size in bytes of one more file */
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
 * One line that is redrawn in place.
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
 * Writes a line at every tenth of the way, and whenever a few seconds have passed without one.
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
