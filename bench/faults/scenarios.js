/** All scenarios, in the order of the table: what ends threads, what crosses, what an error keeps, queues, signals, the end. */

const names = [
  'exit-in-task',
  'throw-in-timer',
  'loose-rejection',
  'heap-exhausted',
  'death-before-queued',
  'uncloneable-argument',
  'uncloneable-result',
  'null-argument',
  'returned-promise',
  'throw-undefined',
  'error-class',
  'error-properties',
  'error-causes',
  'error-stack',
  'full-queue-signals',
  'queue-of-none',
  'short-behind-long',
  'aborted-before',
  'abort-running',
  'signal-listeners',
  'close-two-busy',
  'hot-close',
  'run-after-close',
  'idle-exit',
]

/**
 * @typedef {object} Scenario
 * @property {string} name  its file
 * @property {string} title  its row
 * @property {string[]} [needs]  what a pool must offer to take part
 */

/** @type {Scenario[]} */
export const scenarios = await Promise.all(
  names.map(async name => {
    const { title, needs } = await import(`./scenarios/${name}.js`)
    return { name, title, needs }
  }),
)
