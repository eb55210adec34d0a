/** Tasks that write. */

export function say(text) {
  console.log(text)
}

export function* sayEach(count) {
  for (let n = 0; n < count; n++) {
    console.log('said', n)
    yield n
  }
}
