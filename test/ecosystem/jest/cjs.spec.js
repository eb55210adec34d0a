/** Under jest a test has a realm of its own: what a port creates is of another one. */

const { Pool, WorkBufferFullError } = require('threadcrew')

test('hundreds of works in one go', async () => {
  const pool = new Pool({ total: 2 })
  const sums = await Promise.all(Array.from({ length: 500 }, (_, n) => pool.execute(a => a + 1, [n])))
  expect(sums).toEqual(Array.from({ length: 500 }, (_, n) => n + 1))
  await pool.stop()
})

test('values of this realm cross, and arrive as such', async () => {
  const pool = new Pool({ total: 1 })
  const echo = value => value
  expect(await pool.execute(echo, [new Map([[1, new Set([2])]])])).toEqual(new Map([[1, new Set([2])]]))
  expect(await pool.execute(echo, [new Float64Array([1.5])])).toEqual(new Float64Array([1.5]))
  expect(await pool.execute(bytes => bytes.byteLength, [new Uint8Array(1000)])).toBe(1000)
  const url = new URL('file:///tmp/x')
  expect(await pool.execute(text => new URL(text).href, [url.href])).toBe(url.href)
  await pool.stop()
})

test('errors are errors of this realm', async () => {
  const pool = new Pool({ total: 1 })
  const error = await pool
    .execute(() => {
      throw new RangeError('far')
    }, [])
    .catch(error => error)
  expect(error).toBeInstanceOf(RangeError)
  expect(error.message).toBe('far')
  await pool.stop()
  expect(WorkBufferFullError.prototype).toBeInstanceOf(Error)
})

test('a value that cannot be cloned is named, and the pool goes on', async () => {
  const pool = new Pool({ total: 1 })
  await expect(pool.execute(value => value, [{ deep: { fn: () => {} } }])).rejects.toMatchObject({
    code: 'ERR_VALUE_NOT_CLONEABLE',
    path: 'args[0].deep.fn',
  })
  expect(await pool.execute(() => 1, [])).toBe(1)
  await pool.stop()
})

test('a buffer can be moved', async () => {
  const { transfer } = require('threadcrew')
  const pool = new Pool({ total: 1 })
  const bytes = new Uint8Array(1000)
  expect(await pool.execute(bytes => bytes.length, [transfer(bytes, [bytes.buffer])])).toBe(1000)
  expect(bytes.length).toBe(0)
  await pool.stop()
})

test('a pool whose error event nobody listens to warns, and throws nothing', async () => {
  const warn = jest.spyOn(process, 'emitWarning')
  const pool = new Pool({
    total: 1,
    teardown: () => {
      throw new Error('torn')
    },
  })
  await pool.execute(() => 1, [])
  await pool.stop()
  // An error of this realm is none to Node, which throws a TypeError for it.
  expect(warn).toHaveBeenCalledWith(
    expect.stringContaining('torn'),
    expect.objectContaining({ type: 'ThreadcrewWarning' }),
  )
})
