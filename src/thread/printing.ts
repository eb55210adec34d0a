/**
 * Follows what tasks print until it has reached the main thread. Node sends the output of a thread piece by piece, each
 * when the main thread has asked for more; a process that ends in between loses the rest. This knows nothing about
 * works.
 */

import { OUTPUT_NAMES, type OutputName } from '../lane/messages.js'
import { Printed } from '../lane/printed.js'

/**
 * A stream is followed from its first use on: making the streams takes a thread a millisecond.
 *
 * @param arrived called when output up to this number has reached the main thread
 */
export function followPrinting(buffer: SharedArrayBuffer, arrived: (stream: number, number: number) => void): void {
  const printed = new Printed(buffer)
  OUTPUT_NAMES.forEach((name, index) =>
    onFirstUse(name, stream => follow(stream, index, printed, number => arrived(index, number))),
  )
}

function onFirstUse(name: OutputName, used: (stream: NodeJS.WriteStream) => void): void {
  const original = Object.getOwnPropertyDescriptor(process, name)
  if (original?.get === undefined || original.configurable !== true) return
  Object.defineProperty(process, name, {
    ...original,
    get() {
      Object.defineProperty(process, name, original)
      const stream = process[name]
      used(stream)
      return stream
    },
  })
}

function follow(stream: NodeJS.WriteStream, index: number, printed: Printed, arrived: (number: number) => void): void {
  const { write } = stream
  let last = 0
  let isFollowed = false

  /** Node calls back when the main thread has taken this, and so everything that was written before. */
  const mark = (): void => {
    isFollowed = true
    const number = ++last
    printed.onItsWay(index, number)
    Reflect.apply(write, stream, [
      '',
      () => {
        arrived(number)
        if (stream.writableLength > 0) return mark()
        isFollowed = false
        printed.onItsWay(index, 0)
      },
    ])
  }

  stream.write = function (this: NodeJS.WriteStream, ...args: unknown[]): boolean {
    const hasRoom: boolean = Reflect.apply(write, this, args)
    if (!isFollowed) mark()
    return hasRoom
  }
}
