/** Tells the runner, a line of JSON each, what happens as it happens: a run that hangs would say nothing at its end. */

export default class {
  #failed = new Set()

  onTestCaseReady(test) {
    say({ begun: titleOf(test) })
  }

  onTestCaseResult(test) {
    say({ ended: titleOf(test) })
    if (test.result().state !== 'failed') return
    this.#failed.add(test.module)
    say({ failed: titleOf(test) })
  }

  /** What fails outside of all tests: an import, a hook of the file, an error that nobody caught. */
  onTestModuleEnd(module) {
    if (module.state() === 'failed' && !this.#failed.has(module))
      say({ failed: `${module.relativeModuleId}: as a whole, ${module.errors()[0]?.message}` })
  }

  onTestRunEnd(_modules, errors) {
    for (const { message } of errors) say({ failed: `an error outside of all tests: ${message}` })
  }
}

function titleOf(test) {
  return `${test.module.relativeModuleId}: ${test.fullName}`
}

function say(news) {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}
