import { describe, expect, test } from 'vitest'
import { ThreadTask } from '../../src/thread/tasks.js'

function taskThatRan(...runs: number[]): ThreadTask {
  const task = new ThreadTask({ type: 'module', number: 1, url: 'node:os', exportName: 'hostname' })
  for (const ms of runs) task.ran(ms)
  return task
}

const SHORT = 0.01
const LONG = 30
const eight = (ms: number): number[] => Array.from({ length: 8 }, () => ms)

describe('a task is short', () => {
  test('not before it has run, and after one short run', () => {
    expect(taskThatRan().isShort).toBe(false)
    expect(taskThatRan(LONG).isShort).toBe(false)
    expect(taskThatRan(SHORT).isShort).toBe(true)
  })

  test('although one run of the last eight was long, but not two', () => {
    expect(taskThatRan(SHORT, LONG).isShort).toBe(true)
    expect(taskThatRan(SHORT, LONG, LONG).isShort).toBe(false)
    expect(taskThatRan(SHORT, LONG, SHORT, SHORT, LONG).isShort).toBe(false)
    expect(taskThatRan(SHORT, LONG, ...eight(SHORT), LONG).isShort).toBe(true)
  })

  test('again when it has been for long enough', () => {
    expect(taskThatRan(...eight(LONG), SHORT).isShort).toBe(false)
    expect(taskThatRan(...eight(LONG), ...eight(SHORT)).isShort).toBe(true)
    expect(taskThatRan(SHORT, LONG, LONG, ...eight(SHORT)).isShort).toBe(true)
  })
})
