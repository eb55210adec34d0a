/**
 * `npm run storm [-- seed [works]]`: works of every kind on four threads, while an adversary ends threads, discards, scales,
 * aborts and blocks; streams and broadcasts go on beside them, and every third seed lets works share their threads. At the
 * end everything is accounted for: each work settled once, begun no more often than it may be, with a fate that its kind and
 * what was done to it allow; no thread, handle or listener is left. A seed repeats its decisions, though not what the threads
 * make of them.
 *
 * `--full` runs 20 seeds of 100,000 works, `--minutes 60` one seed after the other for so long.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool, transfer } from 'threadcrew'
import { Company } from './company.js'
import { ENDLESS, judge, shown } from './judge.js'
import { random } from './random.js'
import { tasks } from './tasks.js'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean' }, minutes: { type: 'string' } },
})
const isLong = flags.full === true || flags.minutes !== undefined
const count = isLong ? 100_000 : Number(positionals[1] ?? 20_000)
const end = performance.now() + 60_000 * Number(flags.minutes ?? 0)

function* seeds() {
  if (flags.full === true) for (let seed = 1; seed <= 20; seed++) yield seed
  else if (flags.minutes !== undefined) for (let seed = 1000; performance.now() < end; seed++) yield seed
  else yield Number(positionals[0] ?? Math.floor(Math.random() * 2 ** 31))
}

/** How often a kind comes, in 10,000. Each death costs a thread's start. */
const KINDS = {
  nothing: 5000,
  object: 800,
  large: 300,
  text: 400,
  moved: 200,
  spin: 1000,
  wait: 200,
  later: 500,
  progress: 300,
  polite: 60,
  endless: 30,
  throws: 400,
  rejects: 300,
  throwsStrangely: 200,
  uncloneable: 150,
  exits: 60,
  crashes: 40,
  rejectsLoosely: 20,
  fillsHeap: 1,
}
let failures = 0
for (const seed of seeds()) await storm(seed)
if (failures > 0) process.exitCode = 1

async function storm(seed) {
  const started = performance.now()
  const chances = random(seed)
  const { below, chance, pick } = chances
  // Every third seed lets works share their threads.
  const concurrency = seed % 3 === 0 ? 3 : 1
  const marks = new Int32Array(new SharedArrayBuffer(4 * count))
  const books = []
  const complaints = []
  const complain = (what, book) =>
    complaints.push(book === undefined ? what : `${what}: ${JSON.stringify(shown(book))}`)
  const errors = []
  const byWork = new Map()
  const pool = new Pool({
    total: 4,
    workBuffer: 300,
    concurrency,
    grace: 5,
    timeout: 5000,
    retain: 100,
    recycle: { works: 4000 },
    thread: { resourceLimits: { maxOldGenerationSizeMb: 64 } },
  })
  const company = new Company(pool, chances, complain)
  const others = { submitted: 0, done: 0, failed: 0, discarded: 0 }
  let submitting
  const ended = status => work => {
    // A work that is refused within execute() ends before its book can be entered.
    const book = byWork.get(work) ?? submitting
    if (book !== undefined) return void book.events.push(status)
    others.submitted++
    others[status]++
  }
  for (const status of ['done', 'failed', 'discarded']) pool.on(status, ended(status))
  pool.on('error', error => errors.push(String(error)))

  const submit = i => {
    const kind = pickKind(below)
    const options = { priority: below(5) - 2 }
    if (chance(0.1)) options.timeout = 20 + below(200)
    if (ENDLESS.has(kind)) options.timeout = 5 + below(30)
    if (chance(0.05)) options.queueTimeout = 1 + below(200)
    if (chance(0.1)) options.retries = below(3)
    if (chance(0.05)) options.label = `work ${i}`
    const book = { i, kind, options: { ...options }, events: [], progress: [], touched: false, outcome: undefined }
    if (kind === 'progress' || chance(0.02)) options.onProgress = value => book.progress.push(value)
    if (chance(0.05)) {
      const controller = new AbortController()
      options.signal = controller.signal
      book.abort = () => controller.abort()
    }
    const args = [marks, i]
    if (kind === 'spin') args.push(below(20) / 20)
    if (kind === 'wait' || kind === 'later') args.push(1 + below(5))
    if (chance(0.01)) {
      args.push(() => {})
      book.isBad = true
    } else if (chance(0.02) && options.retries === undefined) {
      const bytes = new ArrayBuffer(100)
      args.push(transfer({ bytes }, [bytes]))
    }
    submitting = book
    const work = pool.execute(tasks[kind], args, options)
    submitting = undefined
    book.work = work
    book.id = work.id
    byWork.set(work, book)
    books.push(book)
    const settle = (status, value) => {
      if (book.outcome !== undefined) complain('settled twice', book)
      book.outcome = { status, value }
      outstanding.delete(book)
    }
    outstanding.add(book)
    work.then(
      value => settle('done', value),
      error => settle(work.status, error),
    )
  }

  const outstanding = new Set()
  const any = () => pick([...outstanding].slice(0, 200))
  /** What the adversary may do between two batches. */
  const deeds = [
    [10, () => touch(any(), book => void pool.discard(book.work))],
    [10, () => touch(any(), book => void pool.discard(book.id, true))],
    [5, () => touch(any(), book => void book.work.stop())],
    [
      10,
      () =>
        touch(
          books.findLast(book => book.abort !== undefined),
          book => book.abort(),
        ),
    ],
    [3, () => void pool.scale(chance(0.5) ? 1 : -1, false).catch(() => {})],
    [2, () => hot(() => void pool.scale(-1, true).catch(() => {}))],
    [2, () => (pool.total = 2 + below(4))],
    [2, () => (pool.workBuffer = pick([0, 10, 300, 1000]))],
    [
      2,
      () =>
        hot(
          () =>
            void pick([...pool.workers])
              ?.stop(true)
              .catch(() => {}),
        ),
    ],
    [1, () => block(below(10))],
    [1, () => otherPool(chance(0.5))],
    [20, () => company.stream()],
    [6, () => company.broadcast()],
  ]
  const otherPools = []
  function touch(book, deed) {
    if (book === undefined) return
    book.touched = true
    deed(book)
  }
  /** It ends whatever happens to run. */
  function hot(deed) {
    for (const book of outstanding) book.touched = true
    deed()
  }
  async function otherPool(isHot) {
    const other = new Pool({ total: 1 })
    const works = [1, 2, 3].map(n => other.execute(n => n, [n]).catch(() => {}))
    otherPools.push(other.stop(isHot).then(() => Promise.all(works)))
  }

  const total = deeds.reduce((sum, [weight]) => sum + weight, 0)
  for (let next = 0; next < count; ) {
    for (let batch = 1 + below(60); batch > 0 && next < count; batch--) submit(next++)
    if (chance(0.3)) {
      let at = below(total)
      const [, deed] = deeds.find(([weight]) => (at -= weight) < 0)
      deed()
    }
    while (outstanding.size > 1500) await delay(1)
    if (chance(0.5)) await new Promise(resolve => setImmediate(resolve))
    if (pool.total < 2) pool.total = 4
  }
  pool.workBuffer = 1000
  pool.total = 4
  const patience = setTimeout(() => {
    complain(
      `${outstanding.size} works are still open after two minutes, such as ${JSON.stringify(shown([...outstanding][0]))}`,
    )
    report()
    process.exit(1)
  }, 120_000)
  await pool.settled()
  clearTimeout(patience)
  await company.gone()
  await Promise.all(otherPools)
  const stats = pool.stats()
  await pool.stop()
  await new Promise(resolve => setImmediate(resolve))

  for (const book of books) judge(book, marks[book.i], concurrency > 1, complain)
  const counts = { submitted: books.length, done: 0, failed: 0, discarded: 0 }
  for (const { outcome } of books) if (outcome !== undefined) counts[outcome.status]++
  for (const key of Object.keys(counts))
    if (stats[key] !== counts[key] + others[key])
      complain(`stats say ${stats[key]} ${key}, the books ${counts[key]} and ${others[key]} others`)
  if (stats.queued + stats.running + stats.waiting > 0)
    complain(`stats say that works are left: ${JSON.stringify(stats)}`)
  for (const error of errors)
    if (!/replaced|exited|crashed|loose|crash|heap/.test(error)) complain(`an error event: ${error}`)
  const handles = process.getActiveResourcesInfo().filter(name => !/TTYWrap|PipeWrap|FSReqPromise/.test(name))
  if (handles.length > 0) complain(`handles are left: ${handles.join()}`)
  report()

  function report() {
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const fates = books.reduce((sums, { outcome }) => {
      const fate = outcome?.value?.code ?? outcome?.status ?? 'open'
      sums[fate] = (sums[fate] ?? 0) + 1
      return sums
    }, {})
    const heap = (process.memoryUsage().heapUsed / 1e6).toFixed(0)
    console.log(
      `seed ${seed}: ${books.length} works in ${seconds} s, ${complaints.length} complaints, heap ${heap} MB, ${JSON.stringify({ ...fates, ...company.counts })}`,
    )
    for (const complaint of complaints.slice(0, 20)) console.log(`  ${complaint}`)
    failures += complaints.length
  }
}

function block(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

function pickKind(below) {
  let at = below(Object.values(KINDS).reduce((sum, weight) => sum + weight, 0))
  return Object.keys(KINDS).find(kind => (at -= KINDS[kind]) < 0)
}
