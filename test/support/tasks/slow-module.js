/** A module that takes its time to load, and may fail to. */

await new Promise(resolve => setTimeout(resolve, 20))

const order = []

export function mark(n) {
  order.push(n)
  return order.length
}

export function marks() {
  return order
}
