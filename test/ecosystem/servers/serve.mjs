/**
 * `node servers/serve.mjs fastify`: starts the server that docs/guides/web-servers.md shows for this framework, with the
 * files of that page, and looks at what its clients see.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PAGE = fileURLToPath(new URL('../../../docs/guides/web-servers.md', import.meta.url))
const [framework = ''] = process.argv.slice(2)
const folder = fileURLToPath(new URL(`../node_modules/.out/server-${framework}`, import.meta.url))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
writeFileSync(join(folder, 'answers.js'), shown('answers.js'))
// An image of one byte keeps its thread busy for ever, and one of two bytes for two seconds.
const start =
  '{\n  while (image.length === 1);\n  for (const t = Date.now(); image.length === 2 && Date.now() < t + 2000; );\n'
writeFileSync(join(folder, 'thumbnail.js'), shown('thumbnail.js').replace('{\n', start))
// One thread, and nobody may wait: so the second request of two finds the server full.
const source = shown(`${framework}.js`).replace('total: 2, workBuffer: 100', 'total: 1, workBuffer: 0')
assert(source.includes('workBuffer: 0'))
writeFileSync(join(folder, 'server.js'), source)

const port = await freePort()
const address = `http://127.0.0.1:${port}/thumbnail`
const server = spawn(process.execPath, ['server.js'], {
  cwd: folder,
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'inherit', 'inherit'],
})
const exit = once(server, 'exit')
try {
  await isUp()
  const answer = await post(photo(400))
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type'), /graymap/)
  assert.equal((await answer.arrayBuffer()).byteLength, 'P5\n100 100\n255\n'.length + 100 * 100)

  const bad = await post('no image')
  assert.equal(bad.status, 400)
  assert.deepEqual(await bad.json(), { error: 'this is not an image in the format PGM' })

  const leaving = new AbortController()
  const endless = post('1', leaving.signal).catch(error => error.name)
  const full = await untilFull()
  assert.equal(full.headers.get('retry-after'), '1')
  assert.match((await full.json()).error, /buffer is full/)
  leaving.abort()
  assert.equal(await endless, 'AbortError')
  await untilServed()

  const last = post('22')
  await untilFull()
  server.kill('SIGTERM')
  assert.equal((await last).status, 400) // the answer to two bytes, and not a connection that was cut
  const answered = performance.now()
  assert.deepEqual(await exit, [0, null])
  // The connection is still open, and nothing waits until it has been idle for five seconds, or for 72.
  assert.ok(performance.now() - answered < 4000, 'the server took too long to end')
} finally {
  server.kill('SIGKILL')
}
console.log('ok')

/** The code of the page whose first line names this file; of two it is the first. */
function shown(file) {
  const [, code] = new RegExp(`\`\`\`js\\n(// ${file}\\n[^]*?)\`\`\``).exec(readFileSync(PAGE, 'utf8')) ?? []
  assert(code, `${PAGE} shows no ${file}`)
  return code
}

function photo(width) {
  return Buffer.concat([Buffer.from(`P5\n${width} ${width}\n255\n`), Buffer.alloc(width * width, 128)])
}

function post(body, signal) {
  return fetch(address, { method: 'POST', body, signal, headers: { 'content-type': 'application/octet-stream' } })
}

async function isUp() {
  for (;;) {
    try {
      return await (await fetch(address)).text()
    } catch {
      if (server.exitCode !== null) throw new Error(`the server ended with code ${server.exitCode}`)
      await delay(20)
    }
  }
}

/** Until the endless request has the only thread. */
async function untilFull() {
  for (;;) {
    const answer = await post(photo(100))
    if (answer.status === 503) return answer
    await answer.arrayBuffer()
  }
}

/** The thread of the client that has left is ended and replaced. */
async function untilServed() {
  for (;;) {
    const answer = await post(photo(100))
    await answer.arrayBuffer()
    if (answer.status === 200) return
    await delay(10)
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
