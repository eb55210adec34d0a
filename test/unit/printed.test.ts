import { expect, test } from 'vitest'
import { newPrintedBuffer, Printed } from '../../src/lane/printed.js'
import { PrintedReader } from '../../src/worker/printed.js'

function setUp() {
  const buffer = newPrintedBuffer()
  return { writer: new Printed(buffer), reader: new PrintedReader(buffer) }
}

/** Whether the promise has settled, once all that is due has happened. */
async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = false
  void promise?.then(() => (settled = true))
  await new Promise(resolve => setImmediate(resolve))
  return settled
}

test('a thread that has printed nothing has nothing on its way', () => {
  expect(setUp().reader.whenArrived()).toBeUndefined()
})

test('output has arrived when the thread says so, on both streams', async () => {
  const { writer, reader } = setUp()
  writer.onItsWay(0, 1)
  writer.onItsWay(1, 1)
  const arrived = reader.whenArrived()
  reader.arrived(0, 1)
  expect(await isSettled(arrived)).toBe(false)
  reader.arrived(1, 1)
  expect(await isSettled(arrived)).toBe(true)
  expect(reader.whenArrived()).toBeUndefined()
})

test('output that is printed later is not waited for', async () => {
  const { writer, reader } = setUp()
  writer.onItsWay(0, 1)
  const arrived = reader.whenArrived()
  writer.onItsWay(0, 2)
  reader.arrived(0, 1)
  expect(await isSettled(arrived)).toBe(true)
  expect(reader.whenArrived()).toBeDefined()
})

test('news of earlier output is not taken for that of later output', async () => {
  const { writer, reader } = setUp()
  writer.onItsWay(0, 1)
  writer.onItsWay(0, 2)
  const arrived = reader.whenArrived()
  reader.arrived(0, 1)
  expect(await isSettled(arrived)).toBe(false)
  reader.arrived(0, 2)
  expect(await isSettled(arrived)).toBe(true)
})

test('nobody waits for a thread that is gone, nor is disturbed by a message that names no stream', async () => {
  const { writer, reader } = setUp()
  writer.onItsWay(1, 1)
  const arrived = reader.whenArrived()
  reader.arrived(7, 1)
  expect(await isSettled(arrived)).toBe(false)
  reader.close()
  expect(await isSettled(arrived)).toBe(true)
})
