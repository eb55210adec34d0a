/** An entry point whose start takes a third of a second. */

export default {
  initialize: () => new Promise(resolve => setTimeout(resolve, 300)),
}
