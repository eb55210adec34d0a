/** A module that does not parse, for tests: no tool that reads all files of the project could have it among them. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export class Unparsable implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'threadcrew-'))
  readonly url: URL

  constructor() {
    const file = join(this.#folder, 'unparsable.mjs')
    writeFileSync(file, 'export default { a: = 1 }')
    this.url = pathToFileURL(file)
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }
}
