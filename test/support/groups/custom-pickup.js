/** A pickup strategy of a user's own, made in each thread that sends. */

export default ({ index }) => ({
  pick: workers => (index < workers.length && workers.isReady(index) ? index : -1),
})

export const nothing = () => null
