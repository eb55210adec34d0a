/**
 * What tasks write to standard output and error, handed to the callers that have asked for it. Everything else is
 * printed as ever. It does not know how the text travels.
 */

import type { OutputName } from '../lane/messages.js'
import { currentWork, type RunningWork } from './context.js'

// Taken before any task runs: a task that installs fake timers may replace it.
const { nextTick } = process

let isCapturing = false

/**
 * Call this before a work begins whose caller has asked for its output. From then on, writes of this thread are looked
 * at: a thread without such a work never touches its streams, which take a millisecond to make.
 */
export function captureOutput(): void {
  if (isCapturing) return
  isCapturing = true
  capture(process.stdout, 'stdout')
  capture(process.stderr, 'stderr')
}

function capture(stream: NodeJS.WriteStream, name: OutputName): void {
  const { write } = stream
  const { TextDecoder } = process.getBuiltinModule('node:util')
  const decoders = new WeakMap<RunningWork, InstanceType<typeof TextDecoder>>()

  /** The text of a chunk; undefined if the stream has to judge it. Bytes may end within a character. */
  function textOf(chunk: unknown, encoding: unknown, work: RunningWork): string | undefined {
    if (typeof chunk === 'string' && (typeof encoding !== 'string' || /^utf-?8$/i.test(encoding))) return chunk
    if (typeof chunk === 'string' && !Buffer.isEncoding(String(encoding))) return undefined
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk
    if (!(bytes instanceof Uint8Array)) return undefined
    let decoder = decoders.get(work)
    if (decoder === undefined) decoders.set(work, (decoder = new TextDecoder('utf-8', { ignoreBOM: true })))
    return decoder.decode(bytes, { stream: true })
  }

  stream.write = function (this: NodeJS.WriteStream, ...args: unknown[]): boolean {
    const work = currentWork()
    const text = work?.isCaptured === true ? textOf(args[0], args[1], work) : undefined
    if (work === undefined || text === undefined) return Reflect.apply(write, this, args)
    if (text !== '') work.wrote(text, name)
    const written = args.find(arg => typeof arg === 'function')
    if (written !== undefined) nextTick(written as () => void)
    return true
  }
}
