import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, onTestFailed, test } from 'vitest'
import { InvariantError } from '../../src/errors/base.js'
import { UncloneableValueError } from '../../src/errors/works.js'
import type { Delivery } from '../../src/lane/batch.js'
import { Claims, SLOTS } from '../../src/lane/claims.js'
import { clear } from '../../src/lane/clear.js'
import type { LaneDown, LaneUp, TaskDefinition } from '../../src/lane/messages.js'
import { nodePort, type Port } from '../../src/lane/port.js'
import { LaneReceiver } from '../../src/lane/receiver.js'
import { LaneSender, type Sendable } from '../../src/lane/sender.js'
import { transfer } from '../../src/values/transfer.js'
import type { TaskRecord } from '../../src/task/record.js'
import { RunningWork } from '../../src/thread/context.js'
import { random } from '../support/random.js'

interface TestWork extends Sendable {
  args: readonly unknown[]
}

function taskOf(number: number): TaskRecord {
  const definition: TaskDefinition = {
    type: 'function',
    number,
    text: `n => n + ${number}`,
    name: `task ${number}`,
    file: '/x.js',
  }
  return { definition, number, site: undefined, runTime: NaN }
}

const ONLY_TASK = taskOf(1)

function workOf(serial: number, more: Partial<TestWork> = {}): TestWork {
  return {
    serial,
    task: ONLY_TASK,
    args: [serial],
    label: undefined,
    transfer: undefined,
    isWatched: false,
    isCaptured: false,
    window: undefined,
    slot: -1,
    ticket: -1,
    ...more,
  }
}

/** Passes on to another port, and remembers what was posted. */
function recorded<In, Out>(
  port: Port<In, Out>,
  posted: Out[],
  before: (message: Out) => void = () => {},
): Port<In, Out> {
  return {
    ...port,
    post: (message, list) => {
      before(message)
      port.post(message, list)
      posted.push(message)
    },
  }
}

const channels: MessageChannel[] = []
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close()
    port2.close()
  }
})

/**
 * Both ends of a lane in this thread, joined by a real channel. Nothing here needs the event loop: `receiver.poll()` and
 * `sender.drain()` read what lies in the ports.
 */
class Lane {
  readonly down: LaneDown[] = []
  readonly up: LaneUp[] = []
  readonly answers: { serial: number; threw: boolean; value: unknown }[] = []
  readonly refused: { serial: number; error: unknown }[] = []
  /** Serials of works whose generators have said that they fail next. */
  readonly failing: number[] = []
  readonly items: { serial: number; value: unknown }[] = []
  /** What the reader of a stream said: a count of 0 stands for its end. */
  readonly wishes: { slot: number; ticket: number; count: number }[] = []
  readonly progress: { serial: number; value: unknown }[] = []
  readonly output: { serial: number; text: string; name: string }[] = []
  readonly unreadable: unknown[] = []
  /** How many answers had come when each message had been read. */
  readonly batches: number[] = []
  readonly known = new Map<number, TaskDefinition>()
  readonly aborts: { slot: number; ticket: number; reason: unknown }[] = []
  arrivals = 0
  readonly claims = new Claims()
  readonly sender: LaneSender<TestWork>
  readonly receiver: LaneReceiver

  constructor(beforePost?: (message: LaneDown, lane: Lane) => void) {
    const channel = new MessageChannel()
    channels.push(channel)
    const there = new Claims(this.claims.buffer)
    this.sender = new LaneSender<TestWork>(
      recorded(nodePort<LaneUp, LaneDown>(channel.port1, false), this.down, message => beforePost?.(message, this)),
      this.claims,
      {
        answered: ({ serial }, threw, value) => this.answers.push({ serial, threw, value }),
        refused: ({ serial }, error) => this.refused.push({ serial, error }),
        wrote: ({ serial }, text, name) => this.output.push({ serial, text, name }),
        yielded: ({ serial }, value) => this.items.push({ serial, value }),
        failing: ({ serial }) => this.failing.push(serial),
        progressed: ({ serial }, value) => this.progress.push({ serial, value }),
        batchRead: () => this.batches.push(this.answers.length),
        unreadable: error => this.unreadable.push(error),
      },
    )
    this.receiver = new LaneReceiver(
      recorded(nodePort<LaneDown, LaneUp>(channel.port2, false), this.up),
      there,
      'prefix',
      {
        arrived: () => this.arrivals++,
        found: () => {},
        define: definition => this.known.set(definition.number, definition),
        forget: number => this.known.delete(number),
        abort: (slot, ticket, reason) => this.aborts.push({ slot, ticket, reason }),
        credit: (slot, ticket, count) => this.wishes.push({ slot, ticket, count }),
        close: (slot, ticket) => this.wishes.push({ slot, ticket, count: 0 }),
        closed: () => {},
      },
    )
  }

  send(...works: TestWork[]): TestWork[] {
    for (const work of works) this.sender.offer(work)
    this.sender.flush()
    return works
  }

  /** What arrives, in order, up to `limit`. */
  receive(limit = Infinity): Delivery[] {
    this.receiver.poll()
    const deliveries: Delivery[] = []
    while (deliveries.length < limit) {
      const delivery = this.receiver.next()
      if (delivery === undefined) break
      expect(this.known.has(delivery.task), `task ${delivery.task} is known when its work comes`).toBe(true)
      deliveries.push(delivery)
    }
    return deliveries
  }

  /** A thread that does all it can start, and answers with `run(args)`. Returns the serials it started. */
  work(run: (...args: unknown[]) => unknown = value => value): number[] {
    const started: number[] = []
    for (const delivery of this.receive()) {
      if (!this.receiver.claim(delivery, 1)) continue
      started.push(delivery.serial)
      try {
        this.receiver.succeed(delivery, run(...delivery.args), 2)
      } catch (error) {
        this.receiver.fail(delivery, error, 2)
      }
    }
    this.receiver.flush()
    this.sender.drain()
    return started
  }

  get values(): unknown[] {
    return this.answers.map(({ value }) => value)
  }
}

function serialsOf(works: Iterable<{ readonly serial: number }>): number[] {
  return Array.from(works, ({ serial }) => serial)
}

function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

describe('sending', () => {
  test('works travel together, in one message, when they are flushed', () => {
    const lane = new Lane()
    for (const serial of range(100)) lane.sender.offer(workOf(serial))
    expect(lane.down.filter(({ type }) => type === 'works')).toEqual([])
    expect(lane.receive()).toEqual([])
    lane.sender.flush()
    lane.sender.flush()
    expect(lane.down.filter(({ type }) => type === 'works')).toHaveLength(1)
    expect(serialsOf(lane.receive())).toEqual(range(100))
  })

  test('works arrive in the order of sending, with slot, task, label, window and arguments', () => {
    const lane = new Lane()
    const works = [
      workOf(7, { args: [] }),
      workOf(8, {
        args: [undefined, null, [1, { deep: true }]],
        label: 'with a label',
        isWatched: true,
        isCaptured: true,
        window: 3,
      }),
      workOf(9, { args: range(50), task: taskOf(2) }),
      workOf(10, { args: [undefined], label: '' }),
      workOf(11, { args: [1], window: Infinity }),
    ]
    lane.send(...works.slice(0, 3))
    lane.send(...works.slice(3))
    expect(lane.receive()).toEqual(
      works.map(({ serial, slot, ticket, task, label, window, args }) => ({
        serial,
        slot,
        ticket,
        task: task.number,
        label,
        isWatched: serial === 8,
        isCaptured: serial === 8,
        window,
        args: [...args],
      })),
    )
  })

  test('what a generator yields arrives as long as its offer stands, and what its reader says takes effect on arrival', () => {
    const lane = new Lane()
    const [work] = lane.send(workOf(1, { window: 2 })) as [TestWork]
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.yield(delivery, { a: 1 })
    lane.sender.drain()
    lane.sender.grant(work, 2)
    lane.sender.endStream(work)
    lane.receiver.poll()
    const { slot, ticket } = work
    expect(lane.items).toEqual([{ serial: 1, value: { a: 1 } }])
    expect(lane.wishes).toEqual([
      { slot, ticket, count: 2 },
      { slot, ticket, count: 0 },
    ])
    lane.receiver.succeed(delivery, undefined, 2)
    lane.receiver.flush()
    lane.receiver.yield(delivery, 'late')
    lane.sender.drain()
    expect(lane.items).toHaveLength(1)
    expect(lane.answers).toEqual([{ serial: 1, threw: false, value: undefined }])
  })

  test('that a generator fails ahead of its reader is heard before its answer, as long as its offer stands', () => {
    const lane = new Lane()
    lane.send(workOf(1, { window: 2 }))
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.failing(delivery)
    lane.receiver.fail(delivery, new RangeError('ahead'), 2)
    lane.receiver.flush()
    lane.receiver.failing(delivery)
    lane.sender.drain()
    expect(lane.failing).toEqual([1])
    expect(lane.answers).toMatchObject([{ serial: 1, threw: true, value: { message: 'ahead' } }])
  })

  test('a receiver is told that something has arrived, and need not wait for the event to read it', async () => {
    const lane = new Lane()
    lane.send(workOf(1))
    expect(lane.arrivals).toBe(0)
    for (let i = 0; i < 50 && lane.arrivals === 0; i++) await turn()
    expect(lane.arrivals).toBe(2) // the task, the works
    expect(lane.receiver.poll()).toBe(false)
    expect(serialsOf(lane.receive())).toEqual([1])
    lane.send(workOf(2))
    expect(lane.receiver.poll()).toBe(true)
    expect(lane.receiver.poll()).toBe(false)
    expect(serialsOf(lane.receive())).toEqual([2])
  })

  test('answers reach the sender as events, too', async () => {
    const lane = new Lane()
    lane.send(workOf(1))
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.succeed(delivery, 'value', 2)
    lane.receiver.flush()
    for (let i = 0; i < 50 && lane.answers.length === 0; i++) await turn()
    expect(lane.answers).toEqual([{ serial: 1, threw: false, value: 'value' }])
  })

  test('counts what is on the lane, and holds as many works as it has slots', () => {
    const lane = new Lane()
    lane.send(...range(SLOTS).map(serial => workOf(serial)))
    expect(lane.sender.outstanding).toBe(SLOTS)
    expect(() => lane.sender.offer(workOf(SLOTS))).toThrow(InvariantError)
    expect(lane.sender.outstanding).toBe(SLOTS)
    expect(lane.work()).toEqual(range(SLOTS))
    expect(lane.sender.outstanding).toBe(0)
    lane.send(...range(SLOTS, 1000).map(serial => workOf(serial)))
    expect(lane.work()).toEqual(range(SLOTS, 1000))
  })

  test('slots are used again, and no work is ever in the slot of another', () => {
    const lane = new Lane()
    let serial = 0
    for (let round = 0; round < 50; round++) {
      const works = lane.send(...range(1 + ((round * 37) % SLOTS)).map(() => workOf(serial++)))
      expect(new Set(works.map(({ slot }) => slot)).size).toBe(works.length)
      lane.work()
    }
    expect(lane.values).toEqual(range(serial))
  })
})

describe('tasks on a lane', () => {
  test('are introduced once, before their first work', () => {
    const lane = new Lane()
    const [first, second] = [taskOf(11), taskOf(12)]
    lane.send(workOf(1, { task: first }), workOf(2, { task: second }), workOf(3, { task: first }))
    lane.send(workOf(4, { task: second }))
    expect(serialsOf(lane.receive())).toEqual([1, 2, 3, 4])
    const definitions = lane.down.flatMap(message => (message.type === 'task' ? [message.definition] : []))
    expect(definitions).toEqual([first.definition, second.definition])
    expect([...lane.known.values()]).toEqual(definitions)
  })

  test('the oldest is forgotten after 500 others, and introduced again when it is needed', () => {
    const lane = new Lane()
    const tasks = range(502, 1).map(number => taskOf(number))
    const [first] = tasks as [TaskRecord]
    let serial = 0
    for (const task of tasks.slice(0, 500)) lane.send(workOf(serial++, { task }))
    lane.work()
    expect(lane.known.size).toBe(500)
    expect(lane.down.filter(({ type }) => type === 'forget')).toEqual([])
    for (const task of tasks.slice(500)) lane.send(workOf(serial++, { task }))
    lane.work()
    expect(lane.down.filter(({ type }) => type === 'forget')).toEqual([
      { type: 'forget', number: 1 },
      { type: 'forget', number: 2 },
    ])
    expect(lane.known.size).toBe(500)
    expect(lane.known.has(1)).toBe(false)
    const { length } = lane.down
    lane.send(workOf(serial++, { task: first }))
    lane.work()
    expect(lane.down.slice(length).map(({ type }) => type)).toEqual(['forget', 'task', 'works'])
    expect(lane.known.get(1)).toEqual(first.definition)
    expect(lane.values).toEqual(range(503))
  })

  test('are known to every work however they take turns, also within one flush', () => {
    const lane = new Lane()
    const tasks = range(1300, 1).map(number => taskOf(number))
    let serial = 0
    for (let round = 0; round < 6; round++) {
      // `receive` checks for each work that its task is known when it comes.
      const works = range(SLOTS).map(i => workOf(serial++, { task: tasks[(round * 211 + i * 7) % tasks.length]! }))
      lane.send(...works)
      lane.work()
      expect(lane.known.size).toBeLessThanOrEqual(500)
    }
    expect(lane.values).toEqual(range(serial))
  })
})

describe('taking back', () => {
  test('a revoked work is not started, leaves the lane, and the others stay', () => {
    const lane = new Lane()
    const works = lane.send(...range(5).map(serial => workOf(serial)))
    expect(lane.sender.revoke(works[1]!)).toBe(true)
    expect(lane.sender.revoke(works[3]!)).toBe(true)
    expect(lane.sender.outstanding).toBe(3)
    expect(serialsOf(lane.sender)).toEqual([0, 2, 4])
    expect(lane.work()).toEqual([0, 2, 4])
    expect(lane.values).toEqual([0, 2, 4])
  })

  test('a started work is not revoked', () => {
    const lane = new Lane()
    const [first, second] = lane.send(workOf(1), workOf(2)) as [TestWork, TestWork]
    const [delivery] = lane.receive(1) as [Delivery]
    expect(lane.receiver.claim(delivery, 5)).toBe(true)
    expect([lane.sender.revoke(first), lane.sender.revoke(second)]).toEqual([false, true])
    lane.receiver.succeed(delivery, 'done', 6)
    expect(lane.sender.revoke(first)).toBe(false)
    expect(lane.sender.outstanding).toBe(1)
    lane.receiver.flush()
    lane.sender.drain()
    expect(lane.answers).toEqual([{ serial: 1, threw: false, value: 'done' }])
  })

  test('the entry of a revoked work that still lies in the port does not start under the next claim of its slot', () => {
    const lane = new Lane()
    const [old] = lane.send(workOf(1, { args: ['old'] })) as [TestWork]
    lane.sender.revoke(old)
    const [next] = lane.send(workOf(2, { args: ['new'] })) as [TestWork]
    expect(next.slot).toBe(old.slot)
    const deliveries = lane.receive()
    expect(serialsOf(deliveries)).toEqual([1, 2])
    expect(deliveries.map(delivery => lane.receiver.claim(delivery, 1))).toEqual([false, true])
  })

  test('a work that is taken back and sent again to its old slot waits for its new turn', () => {
    const lane = new Lane()
    const [again] = lane.send(workOf(1)) as [TestWork]
    const { slot } = again
    lane.sender.revoke(again)
    // Last in, first out: the slot that was left is taken by whoever comes last.
    const others = range(3, 2).map(serial => workOf(serial))
    lane.sender.offer(again)
    expect(again.slot).toBe(slot)
    lane.sender.revoke(again)
    const blocker = workOf(99)
    lane.sender.offer(blocker)
    for (const other of others) lane.sender.offer(other)
    lane.sender.revoke(blocker)
    lane.sender.offer(again)
    lane.sender.flush()
    expect(again.slot).toBe(slot)
    expect(lane.work()).toEqual([2, 3, 4, 1])
    expect(lane.sender.outstanding).toBe(0)
  })

  test('a work revoked before its flush does no harm', () => {
    const lane = new Lane()
    const work = workOf(1)
    lane.sender.offer(work)
    expect(lane.sender.revoke(work)).toBe(true)
    lane.sender.offer(workOf(2))
    lane.sender.flush()
    expect(lane.work()).toEqual([2])
    expect(lane.sender.outstanding).toBe(0)
  })

  test('the newest are taken back oldest first, so many at most, and only those that have not started', () => {
    const lane = new Lane()
    lane.send(...range(8).map(serial => workOf(serial)))
    const [first, second] = lane.receive(2) as [Delivery, Delivery]
    lane.receiver.claim(first, 1)
    lane.receiver.claim(second, 2)
    expect(lane.sender.unstarted()).toBe(6)
    expect(serialsOf(lane.sender.revokeNewest(2))).toEqual([6, 7])
    expect(serialsOf(lane.sender.revokeNewest(0))).toEqual([])
    expect(lane.sender.unstarted()).toBe(4)
    expect(serialsOf(lane.sender.revokeNewest(Infinity))).toEqual([2, 3, 4, 5])
    expect(serialsOf(lane.sender.revokeNewest(Infinity))).toEqual([])
    expect(serialsOf(lane.sender)).toEqual([0, 1])
    expect(lane.sender.unstarted()).toBe(0)
    expect(lane.work()).toEqual([])
  })

  test('works whose buffers are aboard are not taken back, unlike those around them', () => {
    const lane = new Lane()
    const bytes = new Uint8Array(8)
    const moving = workOf(2, { args: [transfer(bytes, [bytes.buffer])], transfer: [bytes.buffer] })
    lane.send(workOf(1), moving, workOf(3), workOf(4))
    expect(bytes.byteLength).toBe(0)
    expect(serialsOf(lane.sender.revokeNewest(Infinity))).toEqual([1, 3, 4])
    expect(lane.work(value => (value instanceof Uint8Array ? value.byteLength : value))).toEqual([2])
    expect(lane.values).toEqual([8])
  })

  test('what is stolen from one lane runs once on the other', () => {
    const [rich, poor] = [new Lane(), new Lane()]
    rich.send(...range(40).map(serial => workOf(serial, { task: taskOf(serial % 3) })))
    const stolen = rich.sender.revokeNewest(20)
    poor.send(...stolen)
    expect(rich.work()).toEqual(range(20))
    expect(poor.work()).toEqual(range(20, 20))
    expect([rich.sender.outstanding, poor.sender.outstanding]).toEqual([0, 0])
  })

  test('under random use works start once, in the order in which they were sent last, and what was taken back does not', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    const lane = new Lane()
    const started = new Set<number>()
    const wrong: string[] = []
    const onLane = new Map<number, TestWork>()
    /** Those of them that have not started, by serial number, the next first. */
    const next: number[] = []
    let takenBack: TestWork[] = []
    let answers = 0
    let sendings = 0
    const send = (works: TestWork[]): void => {
      for (const work of works) {
        onLane.set(work.serial, work)
        next.push(work.serial)
        sendings++
        lane.sender.offer(work)
        if (chance.below(5) === 0) lane.sender.flush()
      }
    }
    const start = (delivery: Delivery): void => {
      const { serial } = delivery
      if (!lane.receiver.claim(delivery, 1)) return
      if (started.has(serial)) wrong.push(`${serial} started twice`)
      if (next.shift() !== serial) wrong.push(`${serial} started out of turn`)
      started.add(serial)
      lane.receiver.succeed(delivery, chance.below(2) === 0 ? serial : { serial }, 2)
    }
    const readAnswers = (): void => {
      lane.sender.drain()
      for (; answers < lane.answers.length; answers++) onLane.delete(lane.answers[answers]!.serial)
    }
    let serial = 0
    for (let step = 0; step < 3000; step++) {
      const what = chance.below(10)
      if (what < 4 && onLane.size < SLOTS - 20) {
        const again = takenBack.splice(0, chance.below(10))
        send([...range(chance.below(8)).map(() => workOf(serial++)), ...again])
        if (chance.below(3) > 0) lane.sender.flush()
      } else if (what < 7) {
        for (const delivery of lane.receive(1 + chance.below(8))) start(delivery)
      } else if (what === 7) {
        const works = [...onLane.values()]
        const taken =
          chance.below(2) === 0
            ? lane.sender.revokeNewest(chance.below(6))
            : works.filter(work => chance.below(6) === 0 && lane.sender.revoke(work))
        for (const work of taken) {
          onLane.delete(work.serial)
          next.splice(next.indexOf(work.serial), 1)
        }
        takenBack = [...taken, ...takenBack]
      } else {
        if (what === 8) lane.receiver.flush()
        readAnswers()
      }
    }
    lane.sender.flush()
    for (const delivery of lane.receive()) start(delivery)
    lane.receiver.flush()
    readAnswers()
    expect(wrong).toEqual([])
    expect([lane.sender.outstanding, onLane.size, next.length]).toEqual([0, 0, 0])
    expect(started.size).toBe(serial - takenBack.length)
    expect(takenBack.filter(work => started.has(work.serial))).toEqual([])
    expect(lane.answers).toHaveLength(started.size)
    expect(
      lane.answers.every(({ serial, value }) => value === serial || (value as { serial: number }).serial === serial),
    ).toBe(true)
    expect(sendings).toBeGreaterThan(serial + 100)
  })
})

test('the example in the README of the lane happens as it is told there', () => {
  const lane = new Lane()
  const task = taskOf(7)
  const [a, b] = [workOf(100, { task, args: [2, 3] }), workOf(101, { task, args: [4, 5] })]
  lane.send(a, b)
  const [forA, forB] = lane.receive() as [Delivery, Delivery]
  expect(lane.receiver.claim(forA, 1)).toBe(true)
  expect(lane.sender.revoke(b)).toBe(true)
  const c = workOf(102, { task, args: [6, 7] })
  lane.send(c)
  const offers = [a, b, c].map(({ slot, ticket }) => [slot, ticket])
  expect(offers).toEqual([
    [0, 1],
    [1, 2],
    [1, 3],
  ])
  lane.receiver.succeed(forA, 5, 2)
  expect(lane.receiver.claim(forB, 2)).toBe(false)
  const [forC] = lane.receive() as [Delivery]
  expect(lane.receiver.claim(forC, 2)).toBe(true)
  lane.receiver.succeed(forC, 13, 3)
  lane.receiver.flush()
  lane.sender.drain()
  const twoArguments = 2 * 2 ** 20
  expect(lane.down.map(message => ('numbers' in message ? message.numbers : message.type))).toEqual([
    'task',
    [twoArguments, 1, 100, 7, twoArguments + 1, 2, 101, 7],
    [twoArguments + 1, 3, 102, 7],
  ])
  expect(lane.up).toEqual([{ type: 'answers', numbers: [0, 4], values: [] }])
  expect(lane.answers.map(({ serial, value }) => [serial, value])).toEqual([
    [100, 5],
    [102, 13],
  ])
  expect([0, 1].map(slot => lane.claims.state(slot, 3))).toEqual([undefined, undefined])
})

describe('what is left on the lane of a thread that is gone', () => {
  /** Started and ended with an answer that is kept; ended with one that is not; started; moving buffers; not started. */
  function left() {
    const lane = new Lane()
    const buffer = new ArrayBuffer(8)
    const works = lane.send(
      workOf(1),
      workOf(2),
      workOf(3),
      workOf(4, { args: [transfer({ buffer }, [buffer])], transfer: [buffer] }),
      workOf(5),
      workOf(6),
    )
    const [one, two, three] = lane.receive(3) as [Delivery, Delivery, Delivery]
    lane.receiver.claim(one, 1)
    lane.receiver.fail(one, new Error('its record is not posted'), 2)
    lane.receiver.claim(two, 2)
    lane.receiver.succeed(two, 'small', 3)
    lane.receiver.claim(three, 3)
    return { lane, works }
  }

  test('is an answer, a work that may go elsewhere, or nothing: each work once, in the order asked for', () => {
    for (const order of ['oldest first', 'newest first'] as const) {
      const { lane, works } = left()
      const asked: number[] = []
      const remains = [
        ...clear(lane.sender, order, work => {
          asked.push(work.serial)
          return lane.sender.revoke(work)
        }),
      ]
      const [first, second, third, fourth, fifth, sixth] = works
      const others = [
        { left: 'nothing', work: first, started: true, ended: true },
        { left: 'nothing', work: third, started: true, ended: false },
        { left: 'nothing', work: fourth, started: false, ended: false },
        { left: 'work', work: fifth },
        { left: 'work', work: sixth },
      ]
      if (order === 'newest first') others.reverse()
      expect(remains).toEqual([{ left: 'answer', work: second, value: 'small' }, ...others])
      expect(asked).toEqual(others.map(({ work }) => work?.serial))
      // What has not begun cannot begin any more, its buffers or not.
      expect([...lane.sender].map(({ serial }) => serial)).toEqual([1, 2, 3])
    }
  })
})

describe('what the words of a lane say', () => {
  test('which work runs, which comes next, and since when', () => {
    const lane = new Lane()
    const [first, second, third] = lane.send(workOf(1), workOf(2), workOf(3)) as [TestWork, TestWork, TestWork]
    const running = () => [...lane.sender].filter(work => lane.sender.isRunning(work))
    const runningAndNext = () => ({ running: running(), next: lane.sender.oldestUnstarted() })
    expect(runningAndNext()).toEqual({ running: [], next: first })
    const [one, two] = lane.receive(2) as [Delivery, Delivery]
    expect([lane.sender.hasStarted(first), lane.sender.isRunning(first), lane.sender.hasEnded(first)]).toEqual([
      false,
      false,
      false,
    ])
    lane.receiver.claim(one, 10)
    expect([lane.sender.hasStarted(first), lane.sender.isRunning(first), lane.sender.hasEnded(first)]).toEqual([
      true,
      true,
      false,
    ])
    expect(lane.sender.startedAt(first)).toBe(10)
    expect(runningAndNext()).toEqual({ running: [first], next: second })
    lane.receiver.succeed(one, 'x', 25)
    expect([lane.sender.hasStarted(first), lane.sender.isRunning(first), lane.sender.hasEnded(first)]).toEqual([
      true,
      false,
      true,
    ])
    expect(lane.sender.endedAt(first)).toBe(25)
    expect(runningAndNext()).toEqual({ running: [], next: second })
    lane.receiver.claim(two, 26)
    expect(runningAndNext()).toEqual({ running: [second], next: third })
    lane.receiver.fail(two, new Error('x'), 30)
    expect([lane.sender.isRunning(second), lane.sender.hasEnded(second), lane.sender.endedAt(second)]).toEqual([
      false,
      true,
      30,
    ])
    expect([lane.sender.startedAt(first), lane.sender.startedAt(second)]).toEqual([10, 26])
  })

  test('nothing, once a work was answered or refused: its word is free', () => {
    const lane = new Lane()
    const [answered, refused] = lane.send(workOf(1), workOf(2, { args: [() => {}] })) as [TestWork, TestWork]
    expect(lane.claims.state(refused.slot, refused.ticket)).toBeUndefined()
    lane.work()
    expect(lane.claims.state(answered.slot, answered.ticket)).toBeUndefined()
    const bytes = new Uint8Array(1)
    const [moving] = lane.send(
      workOf(3, { args: [transfer({ bytes, bad: Symbol('s') }, [bytes])], transfer: [bytes.buffer] }),
    ) as [TestWork]
    expect(lane.claims.state(moving.slot, moving.ticket)).toBeUndefined()
  })

  test('the works on it, oldest first, although the one just seen leaves', () => {
    const lane = new Lane()
    lane.send(...range(6).map(serial => workOf(serial)))
    const seen: number[] = []
    for (const work of lane.sender) {
      seen.push(work.serial)
      if (work.serial % 2 === 0) lane.sender.revoke(work)
    }
    expect(seen).toEqual(range(6))
    expect(serialsOf(lane.sender)).toEqual([1, 3, 5])
  })
})

describe('answers', () => {
  test('are held for the batch, arrive in one message in their order, and its end is told', () => {
    const lane = new Lane()
    lane.send(...range(20).map(serial => workOf(serial)))
    for (const delivery of lane.receive()) {
      lane.receiver.claim(delivery, 1)
      lane.receiver.succeed(delivery, delivery.serial % 2 === 0 ? delivery.serial : { n: delivery.serial }, 2)
    }
    expect(lane.up).toEqual([])
    lane.sender.drain()
    expect(lane.answers).toEqual([])
    lane.receiver.flush()
    lane.receiver.flush()
    expect(lane.up).toHaveLength(1)
    lane.sender.drain()
    expect(lane.answers).toEqual(
      range(20).map(serial => ({ serial, threw: false, value: serial % 2 === 0 ? serial : { n: serial } })),
    )
    expect(lane.batches).toEqual([20])
  })

  test('of every kind arrive as they were', () => {
    const lane = new Lane()
    const values = [
      undefined,
      null,
      true,
      -0,
      NaN,
      2n ** 70n,
      'x'.repeat(32),
      'y'.repeat(33),
      { a: [1] },
      [],
      new Map([[1, 2]]),
      new Date(5),
      new Uint8Array([1]),
    ]
    lane.send(...values.map((_, serial) => workOf(serial)))
    lane.work(serial => values[serial as number])
    expect(lane.values).toEqual(values)
    expect(Object.is(lane.values[3], -0)).toBe(true)
    expect(lane.answers.some(({ threw }) => threw)).toBe(false)
  })

  test('say since when they are held', () => {
    const lane = new Lane()
    lane.send(workOf(1), workOf(2), workOf(3))
    const [one, two, three] = lane.receive() as [Delivery, Delivery, Delivery]
    expect(lane.receiver.heldSince).toBe(Infinity)
    lane.receiver.claim(one, 1)
    lane.receiver.succeed(one, 1, 40)
    lane.receiver.claim(two, 41)
    lane.receiver.fail(two, 'x', 50)
    expect(lane.receiver.heldSince).toBe(40)
    lane.receiver.flush()
    expect(lane.receiver.heldSince).toBe(Infinity)
    lane.receiver.claim(three, 60)
    lane.receiver.succeed(three, { n: 1 }, 61)
    expect(lane.receiver.heldSince).toBe(61)
  })

  test('that are large are posted at once, behind those held before', () => {
    const lane = new Lane()
    lane.send(workOf(1), workOf(2), workOf(3))
    const [one, two, three] = lane.receive() as [Delivery, Delivery, Delivery]
    const large = range(1000)
    for (const [delivery, value] of [
      [one, 'small'],
      [two, large],
      [three, 'after'],
    ] as const) {
      lane.receiver.claim(delivery, 1)
      lane.receiver.succeed(delivery, value, 2)
    }
    lane.sender.drain()
    expect(lane.values).toEqual(['small', large])
    lane.receiver.flush()
    lane.sender.drain()
    expect(lane.values).toEqual(['small', large, 'after'])
    expect(serialsOf(lane.answers)).toEqual([1, 2, 3])
  })

  test('are what was returned, whatever becomes of the object before it is sent', () => {
    const lane = new Lane()
    const state = { n: 0, list: [0], deep: { x: 0 } }
    lane.send(...range(5).map(serial => workOf(serial)))
    lane.work(() => {
      state.n++
      state.list.push(state.n)
      state.deep.x = state.n
      return state
    })
    expect(lane.up).toHaveLength(1)
    expect(lane.values).toEqual(range(5).map(i => ({ n: i + 1, list: range(i + 2), deep: { x: i + 1 } })))
  })

  test('that are errors arrive whole, and also what is no error', () => {
    const lane = new Lane()
    lane.send(workOf(1), workOf(2), workOf(3))
    const thrown = [
      Object.assign(new RangeError('wrong'), { code: 'E_X', cause: new TypeError('below') }),
      undefined,
      'text',
    ]
    lane.work(serial => {
      throw thrown[(serial as number) - 1]
    })
    expect(lane.answers.map(({ serial, threw }) => [serial, threw])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ])
    const [error] = lane.values as [RangeError & { code: string; cause: unknown }]
    expect(error).toBeInstanceOf(RangeError)
    expect(error).not.toBe(thrown[0])
    expect(error).toMatchObject({ message: 'wrong', code: 'E_X' })
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(lane.values.slice(1)).toEqual([undefined, 'text'])
  })

  test('that cannot be cloned become an error with the path, and harm no other', () => {
    const lane = new Lane()
    lane.send(...range(6).map(serial => workOf(serial)))
    const values = [1, { bad: () => {} }, 'two', [new EventTarget()], { n: 3 }, Symbol('s')]
    lane.work(serial => values[serial as number])
    expect(lane.answers.map(({ serial, threw }) => [serial, threw])).toEqual([
      [0, false],
      [1, true],
      [2, false],
      [3, true],
      [4, false],
      [5, true],
    ])
    const errors = [1, 3, 5].map(i => lane.values[i] as UncloneableValueError)
    for (const error of errors) expect(error).toBeInstanceOf(UncloneableValueError)
    expect(errors.map(({ path }) => path)).toEqual(['result.bad', 'result[0]', 'result'])
    expect(lane.sender.outstanding).toBe(0)
  })

  test('move what they list, once', () => {
    const lane = new Lane()
    lane.send(workOf(1), workOf(2))
    const bytes = new Uint8Array([1, 2, 3])
    const value = transfer({ bytes }, [bytes.buffer])
    lane.work(serial => (serial === 1 ? value : 'second'))
    expect(lane.values).toEqual([{ bytes: Uint8Array.from([1, 2, 3]) }, 'second'])
    expect(bytes.byteLength).toBe(0)
  })

  test('that nobody waits for are a broken invariant, never silence', () => {
    const lane = new Lane()
    lane.send(workOf(1))
    lane.work()
    lane.receiver.succeed(
      {
        slot: 0,
        ticket: 1,
        serial: 1,
        task: 1,
        label: undefined,
        isWatched: false,
        isCaptured: false,
        window: undefined,
        args: [],
      },
      'again',
      3,
    )
    lane.receiver.flush()
    lane.sender.drain()
    expect(lane.unreadable).toEqual([expect.any(InvariantError)])
  })

  test('that the thread never made are reported as unreadable, and disturb no work', () => {
    const lane = new Lane()
    const [work] = lane.send(workOf(1))
    const forged: unknown[] = [
      { type: 'item', slot: 300 },
      { type: 'progress', slot: 300, value: 1 },
      { type: 'answers', numbers: [1n], values: [] },
      { type: 'answers', numbers: ['1'], values: [] },
      null,
      'answers',
      {},
      { type: 'answers' },
      { type: 'answers', numbers: 'many', values: [] },
      { type: 'answers', numbers: [], values: {} },
      { type: 'answers', numbers: [(SLOTS + 1) << 2], values: [] },
      { type: 'progress', slot: '__proto__', value: 1 },
    ]
    for (const message of forged) channels.at(-1)?.port2.postMessage(message)
    lane.sender.drain()
    expect(lane.unreadable).toHaveLength(forged.length)
    expect(lane.answers).toEqual([])
    expect(lane.work()).toEqual([work?.serial])
    expect(lane.answers).toEqual([{ serial: 1, threw: false, value: 1 }])
  })

  test('free their place before whoever is told hears of them', () => {
    const places: number[] = []
    const channel = new MessageChannel()
    channels.push(channel)
    const claims = new Claims()
    const sender: LaneSender<TestWork> = new LaneSender<TestWork>(nodePort(channel.port1, false), claims, {
      answered: work => {
        places.push(sender.outstanding)
        // Works submitted on hearing of it go on the lane at once.
        if (work.serial < 10) sender.offer(workOf(work.serial + 10))
      },
      refused: () => {},
      progressed: () => {},
      wrote: () => {},
      yielded: () => {},
      failing: () => {},
      batchRead: () => sender.flush(),
      unreadable: () => {},
    })
    const receiver = new LaneReceiver(nodePort(channel.port2, false), new Claims(claims.buffer), 'prefix', {
      arrived: () => {},
      found: () => {},
      define: () => {},
      forget: () => {},
      abort: () => {},
      credit: () => {},
      close: () => {},
      closed: () => {},
    })
    for (const serial of [1, 2]) sender.offer(workOf(serial))
    sender.flush()
    const started: number[] = []
    for (let round = 0; round < 3; round++) {
      receiver.poll()
      for (let delivery; (delivery = receiver.next()) !== undefined; ) {
        if (!receiver.claim(delivery, 1)) continue
        started.push(delivery.serial)
        receiver.succeed(delivery, delivery.serial, 2)
      }
      receiver.flush()
      sender.drain()
    }
    expect(started).toEqual([1, 2, 11, 12])
    expect(places).toEqual([1, 1, 1, 0])
  })
})

describe('answers that come late', () => {
  test('small ones can be read before they are posted: their works stay on the lane until they come', () => {
    const lane = new Lane()
    const works = lane.send(...range(6).map(serial => workOf(serial)))
    const deliveries = lane.receive(5) as Delivery[]
    const values = ['kept', { not: 'kept' }, 2n, undefined]
    for (const [i, value] of values.entries()) {
      lane.receiver.claim(deliveries[i]!, 1)
      lane.receiver.succeed(deliveries[i]!, value, 2)
    }
    lane.receiver.claim(deliveries[4]!, 3) // and is at it still
    const collected: [number, unknown][] = []
    lane.sender.collect((work, value) => collected.push([work.serial, value]))
    expect(collected).toEqual([
      [0, 'kept'],
      [2, 2n],
      [3, undefined],
    ])
    expect(lane.answers).toEqual([])
    expect(lane.sender.outstanding).toBe(6)
    expect(works.map(work => lane.sender.hasEnded(work))).toEqual([true, true, true, true, false, false])
    lane.receiver.flush()
    lane.sender.drain()
    expect(lane.values).toEqual(values)
    expect(lane.sender.outstanding).toBe(2)
  })

  test('small ones are found behind a work that runs longer', () => {
    const lane = new Lane()
    lane.send(...range(4).map(serial => workOf(serial)))
    const [long, short, shorter] = lane.receive() as [Delivery, Delivery, Delivery]
    for (const delivery of [long, short, shorter]) lane.receiver.claim(delivery, 1)
    lane.receiver.succeed(shorter, 'shorter', 2)
    lane.receiver.succeed(short, 'short', 3)
    const collected: unknown[] = []
    lane.sender.collect((work, value) => collected.push(work.serial, value))
    expect(collected).toEqual([1, 'short', 2, 'shorter'])
  })

  test('none is told before that of a work that ended before it, while the thread goes on', () => {
    const lane = new Lane()
    lane.send(workOf(1), workOf(2))
    const [first, second] = lane.receive() as [Delivery, Delivery]
    lane.receiver.claim(first, 1)
    // Both end as soon as somebody looks at one of them.
    const state = lane.claims.state.bind(lane.claims)
    let isRacing = true
    lane.claims.state = (slot, ticket) => {
      const seen = state(slot, ticket)
      if (isRacing) {
        isRacing = false
        lane.receiver.succeed(first, 'first', 2)
        lane.receiver.claim(second, 2)
        lane.receiver.succeed(second, 'second', 3)
      }
      return seen
    }
    const collected: unknown[] = []
    const collect = (): void => lane.sender.collect((_, value) => collected.push(value))
    collect()
    expect(collected.slice(0, 1)).not.toEqual(['second'])
    collected.length = 0
    collect()
    expect(collected).toEqual(['first', 'second'])
  })

  test('what a work has said of itself is heard before its small answer is read', () => {
    const lane = new Lane()
    lane.send(workOf(1, { isWatched: true }))
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.progress(delivery, 'half')
    lane.receiver.succeed(delivery, 'whole', 2)
    const heard: unknown[] = []
    lane.sender.collect((_, value) => heard.push(...lane.progress.map(said => said.value), value))
    expect(heard).toEqual(['half', 'whole'])
  })

  test('what a task has written is heard before its small answer is read; once it has left, nothing is', () => {
    const lane = new Lane()
    lane.send(workOf(1, { isCaptured: true }))
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.output(delivery, 'out', 'stdout')
    lane.receiver.output(delivery, 'err', 'stderr')
    lane.receiver.succeed(delivery, 'whole', 2)
    const heard: unknown[] = []
    lane.sender.collect((_, value) => heard.push(...lane.output, value))
    expect(heard).toEqual([
      { serial: 1, text: 'out', name: 'stdout' },
      { serial: 1, text: 'err', name: 'stderr' },
      'whole',
    ])
    lane.receiver.flush()
    lane.sender.drain()
    lane.receiver.output(delivery, 'too late', 'stdout')
    lane.sender.drain()
    expect(lane.output).toHaveLength(2)
  })

  test('what a generator has yielded is heard before its small result is read', () => {
    const lane = new Lane()
    lane.send(workOf(1, { window: 2 }))
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.yield(delivery, 'first')
    lane.receiver.succeed(delivery, 'end', 2)
    const heard: unknown[] = []
    lane.sender.collect((_, value) => heard.push(...lane.items.map(item => item.value), value))
    expect(heard).toEqual(['first', 'end'])
  })

  test('an error is not taken for the small answer that its slot had before', () => {
    const lane = new Lane()
    lane.send(workOf(1))
    lane.work(() => 'small')
    lane.send(workOf(2))
    const [delivery] = lane.receive() as [Delivery]
    lane.receiver.claim(delivery, 1)
    lane.receiver.fail(delivery, new Error('x'), 2)
    const collected: unknown[] = []
    lane.sender.collect((_, value) => collected.push(value))
    expect(collected).toEqual([])
  })

  test('after the end of a thread all that lies in the port is read, and nothing is lost but what was not posted', () => {
    const lane = new Lane()
    const works = lane.send(...range(200).map(serial => workOf(serial)))
    const deliveries = lane.receive(151) as Delivery[]
    for (const [i, delivery] of deliveries.entries()) {
      lane.receiver.claim(delivery, 1)
      if (i === 150) break
      lane.receiver.succeed(delivery, i % 2 === 0 ? i : { i }, 2)
      // Several messages, the last 10 answers in none.
      if (i % 7 === 0 && i < 140) lane.receiver.flush()
    }
    lane.sender.drain()
    expect(serialsOf(lane.answers)).toEqual(range(134))
    const kept: number[] = []
    lane.sender.collect(work => kept.push(work.serial))
    expect(kept).toEqual(range(16, 134).filter(i => i % 2 === 0))
    expect(works.slice(134, 150).every(work => lane.sender.hasEnded(work))).toBe(true)
    expect(lane.sender.isRunning(works[150]!)).toBe(true)
    expect(serialsOf(lane.sender.revokeNewest(Infinity))).toEqual(range(49, 151))
    expect(serialsOf(lane.sender)).toEqual(range(17, 134))
  })
})

describe('progress', () => {
  test('of a work that has left is not told to the next one in its slot', () => {
    const lane = new Lane()
    const [first] = lane.send(workOf(1, { isWatched: true })) as [TestWork]
    const [one] = lane.receive() as [Delivery]
    lane.receiver.claim(one, 1)
    lane.receiver.succeed(one, 1, 2)
    lane.receiver.flush()
    lane.sender.drain()
    const [second] = lane.send(workOf(2, { isWatched: true })) as [TestWork]
    expect(second.slot).toBe(first.slot)
    lane.receiver.progress(one, 'too late')
    const [two] = lane.receive() as [Delivery]
    lane.receiver.progress(two, 'in time')
    lane.sender.drain()
    expect(lane.progress).toEqual([{ serial: 2, value: 'in time' }])
  })

  test('of a work that has ended is not posted, whatever it is', () => {
    const lane = new Lane()
    lane.send(workOf(1, { isWatched: true }))
    const [delivery] = lane.receive() as [Delivery]
    const work = new RunningWork('worker', lane.receiver, delivery)
    work.progress('in time')
    work.end()
    work.progress(() => 'too late, and not cloneable')
    expect(lane.up).toMatchObject([{ type: 'progress', value: 'in time' }])
  })
})

describe('an abort', () => {
  test('brings its reason to the work it is meant for, and its message is there before its word', () => {
    const seen: boolean[] = []
    const works: TestWork[] = []
    const lane = new Lane((message, { claims }) => {
      if (message.type === 'abort') seen.push(claims.abortRequested(message.slot, message.ticket))
    })
    works.push(...lane.send(workOf(1), workOf(2)))
    const [one, two] = lane.receive() as [Delivery, Delivery]
    lane.receiver.claim(one, 1)
    expect(lane.receiver.abortRequested(one)).toBe(false)
    const reason = Object.assign(new RangeError('enough'), { code: 'E_ENOUGH' })
    lane.sender.abort(works[0]!, reason)
    expect(seen).toEqual([false])
    expect([lane.receiver.abortRequested(one), lane.receiver.abortRequested(two)]).toEqual([true, false])
    expect(lane.receiver.poll()).toBe(true)
    expect(lane.aborts).toHaveLength(1)
    expect(lane.aborts[0]).toMatchObject({ slot: works[0]!.slot, ticket: one.ticket })
    expect(lane.aborts[0]?.reason).toBeInstanceOf(RangeError)
    expect(lane.aborts[0]?.reason).toMatchObject({ message: 'enough', code: 'E_ENOUGH' })
  })

  test('takes effect on arrival: it overtakes works that were sent before it and are not read yet', () => {
    const lane = new Lane()
    const [first] = lane.send(workOf(1)) as [TestWork]
    const [one] = lane.receive() as [Delivery]
    lane.receiver.claim(one, 1)
    lane.send(...range(10, 2).map(serial => workOf(serial)))
    lane.sender.abort(first, 'reason')
    lane.receiver.poll()
    expect(lane.aborts).toEqual([{ slot: first.slot, ticket: one.ticket, reason: 'reason' }])
    expect(serialsOf(lane.receive())).toEqual(range(10, 2))
  })

  test('is not seen by the next work in the slot', () => {
    const lane = new Lane()
    const [first] = lane.send(workOf(1)) as [TestWork]
    const [one] = lane.receive() as [Delivery]
    lane.receiver.claim(one, 1)
    lane.sender.abort(first, 'reason')
    lane.receiver.succeed(one, 1, 2)
    lane.receiver.flush()
    lane.sender.drain()
    const [second] = lane.send(workOf(2)) as [TestWork]
    expect(second.slot).toBe(first.slot)
    const [two] = lane.receive() as [Delivery]
    expect(lane.receiver.abortRequested(two)).toBe(false)
  })

  test('is not looked for by a signal that outlives its work: what lies in the port is for others', () => {
    const lane = new Lane()
    const [first] = lane.send(workOf(1)) as [TestWork]
    const [one] = lane.receive() as [Delivery]
    lane.receiver.claim(one, 1)
    const work = new RunningWork('worker', lane.receiver, one)
    const { signal } = work
    lane.sender.abort(first, 'reason')
    lane.receiver.succeed(one, 1, 2)
    work.end()
    expect([signal.aborted, work.signal.aborted]).toEqual([false, false])
    expect(lane.receiver.poll()).toBe(true)
  })

  test('with a reason that cannot be cloned is an abort all the same', () => {
    const lane = new Lane()
    const [first] = lane.send(workOf(1)) as [TestWork]
    const [one] = lane.receive() as [Delivery]
    lane.receiver.claim(one, 1)
    lane.sender.abort(first, () => 'a function')
    expect(lane.receiver.abortRequested(one)).toBe(true)
    lane.receiver.poll()
    expect(lane.aborts[0]?.reason).toBeInstanceOf(Error)
  })

  test('after the end of the lane is nothing', () => {
    const lane = new Lane()
    const [first] = lane.send(workOf(1)) as [TestWork]
    lane.sender.close()
    const { length } = lane.down
    lane.sender.abort(first, 'reason')
    expect(lane.down).toHaveLength(length)
  })
})

describe('arguments that cannot be sent', () => {
  test('[31] fail alone: the others of the same flush arrive in order', () => {
    const lane = new Lane()
    const bad: Record<number, unknown> = { 3: () => {}, 7: { deep: [Symbol('s')] }, 8: new WeakMap() }
    lane.send(...range(12).map(serial => workOf(serial, { args: [serial, bad[serial]] })))
    expect(lane.refused.map(({ serial, error }) => [serial, (error as UncloneableValueError).path])).toEqual([
      [3, 'args[1]'],
      [7, 'args[1].deep[0]'],
      [8, 'args[1]'],
    ])
    for (const { error } of lane.refused) expect(error).toBeInstanceOf(UncloneableValueError)
    expect(lane.sender.outstanding).toBe(9)
    expect(lane.work()).toEqual([0, 1, 2, 4, 5, 6, 9, 10, 11])
    expect(lane.sender.outstanding).toBe(0)
  })

  test('[43] that would arrive empty are refused when they are offered, and take no place', () => {
    const lane = new Lane()
    lane.sender.offer(workOf(1, { args: [{ target: new EventTarget() }] }))
    expect(lane.refused).toMatchObject([{ serial: 1, error: { path: 'args[0].target' } }])
    expect(lane.sender.outstanding).toBe(0)
    lane.send(workOf(2))
    expect(lane.work()).toEqual([2])
  })

  test('[31] leave their slot free for the next', () => {
    const lane = new Lane()
    for (let round = 0; round < 3; round++) {
      lane.send(...range(SLOTS).map(i => workOf(round * SLOTS + i, { args: [() => {}] })))
      expect(lane.sender.outstanding).toBe(0)
    }
    expect(lane.refused).toHaveLength(3 * SLOTS)
    lane.send(...range(SLOTS, 5000).map(serial => workOf(serial)))
    expect(lane.work()).toEqual(range(SLOTS, 5000))
  })

  test('[31] a work revoked meanwhile is not posted by the second attempt, item by item, to be started', () => {
    const lane = new Lane()
    const works = [workOf(1), workOf(2, { args: [() => {}] }), workOf(3)]
    for (const work of works) lane.sender.offer(work)
    lane.sender.revoke(works[0]!)
    lane.sender.flush()
    expect(lane.work()).toEqual([3])
    expect(lane.sender.outstanding).toBe(0)
  })

  test('[31] what was taken back before the flush is not refused by it, on whatever lane it is by then', () => {
    const [lane, other] = [new Lane(), new Lane()]
    const moved = workOf(1, { args: [() => {}] })
    lane.sender.offer(moved)
    lane.sender.offer(workOf(2, { args: [() => {}] }))
    lane.sender.revoke(moved)
    other.sender.offer(moved)
    lane.sender.flush()
    expect(lane.refused.map(({ serial }) => serial)).toEqual([2])
    expect([lane.sender.outstanding, other.sender.outstanding]).toEqual([0, 1])
    other.sender.flush()
    expect(other.refused.map(({ serial }) => serial)).toEqual([1])
    expect(other.sender.outstanding).toBe(0)
    for (const each of [lane, other]) {
      each.send(...range(SLOTS, 10).map(serial => workOf(serial)))
      expect(each.work()).toEqual(range(SLOTS, 10))
    }
  })

  test('[31] what was taken back and sent elsewhere is not posted by the second attempt, under a claim of another', () => {
    const [lane, other] = [new Lane(), new Lane()]
    const [moved, staying] = [workOf(1), workOf(2)]
    for (const work of [moved, staying, workOf(3, { args: [() => {}] })]) lane.sender.offer(work)
    lane.sender.revoke(moved)
    for (const work of [workOf(4), moved]) other.sender.offer(work)
    // What the other one has here.
    expect([moved.slot, moved.ticket]).toEqual([staying.slot, staying.ticket])
    lane.sender.flush()
    other.sender.flush()
    expect([lane.work(), other.work()]).toEqual([[2], [4, 1]])
  })

  test('[42] a small Buffer does not take its pool along, in a batch and item by item', () => {
    const lane = new Lane()
    const small = Buffer.from('ab')
    lane.send(workOf(1, { args: [small, { nested: small }] }))
    lane.send(workOf(2, { args: [[small]] }), workOf(3, { args: [() => {}] }))
    const [one, two] = lane.receive() as [Delivery, Delivery]
    expect((one.args as [Uint8Array, { nested: Uint8Array }])[0].buffer.byteLength).toBe(2)
    expect((one.args as [Uint8Array, { nested: Uint8Array }])[1].nested.buffer.byteLength).toBe(2)
    expect((two.args as [[Uint8Array]])[0][0].buffer.byteLength).toBe(2)
    expect(small.toString()).toBe('ab')
  })
})

describe('arguments that move', () => {
  function moving(serial: number, value: object, ...list: Uint8Array[]): TestWork {
    return workOf(serial, { args: [transfer(value, list)], transfer: list.map(({ buffer }) => buffer) })
  }

  test('[41] go in a message of their own, at once, behind what was offered before', () => {
    const lane = new Lane()
    const bytes = new Uint8Array([5, 6])
    lane.sender.offer(workOf(1))
    lane.sender.offer(moving(2, { bytes }, bytes))
    expect(bytes.byteLength).toBe(0)
    lane.sender.offer(workOf(3))
    lane.sender.flush()
    expect(lane.down.map(({ type }) => type)).toEqual(['task', 'works', 'works', 'works'])
    expect(lane.work(value => (typeof value === 'object' ? (value as { bytes: Uint8Array }).bytes : value))).toEqual([
      1, 2, 3,
    ])
    expect(lane.values).toEqual([1, Uint8Array.from([5, 6]), 3])
  })

  test('[41] stay attached where they are refused, and the mark stays with them', () => {
    const lane = new Lane()
    const bytes = new Uint8Array([5, 6])
    const value: { bytes: Uint8Array; bad?: unknown } = { bytes, bad: () => {} }
    lane.send(moving(1, value, bytes))
    expect(lane.refused).toMatchObject([{ serial: 1, error: { path: 'args[0].bad' } }])
    expect(bytes.byteLength).toBe(2)
    expect(lane.sender.outstanding).toBe(0)
    delete value.bad
    lane.send(workOf(2, { args: [value], transfer: [bytes.buffer] }))
    expect(bytes.byteLength).toBe(0)
    expect(lane.work(() => 'moved')).toEqual([2])
  })

  test('[42] that are detached already are refused with their path, listed or not', () => {
    const lane = new Lane()
    const gone = new Uint8Array([1])
    const value = transfer({ inner: { gone } }, [gone.buffer])
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    lane.send(workOf(1, { args: [value], transfer: [gone.buffer] }))
    lane.send(workOf(2, { args: [[gone]] }))
    expect(lane.refused.map(({ serial, error }) => [serial, (error as UncloneableValueError).path])).toEqual([
      [1, 'args[0].inner.gone'],
      [2, 'args[0][0]'],
    ])
    expect(lane.receive()).toEqual([])
  })

  test('[42] are refused where one of several is detached, and the others stay whole', () => {
    const lane = new Lane()
    const [whole, gone] = [new Uint8Array([1]), new Uint8Array([2])]
    const work = moving(1, { whole, gone }, whole, gone)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    lane.send(work)
    expect(lane.refused).toMatchObject([{ serial: 1, error: { path: 'args[0].gone' } }])
    expect(whole).toHaveLength(1)
    expect(lane.receive()).toEqual([])
  })
})

describe('the end of a lane', () => {
  test('closes its port', async () => {
    const lane = new Lane()
    const channel = channels.at(-1)!
    const closed = new Promise(resolve => channel.port2.once('close', resolve))
    lane.sender.close()
    await closed
  })

  test('a message that cannot be read is reported to the sender, from whichever side', () => {
    const posted: unknown[] = []
    let heard: ((error: Error) => void) | undefined
    const silent: Port<never, never> = {
      post: message => posted.push(message),
      listen: (_, onUnreadable) => {
        heard = onUnreadable
      },
      poll: () => undefined,
      close: () => {},
    }
    const unreadable: unknown[] = []
    const observer = {
      answered() {},
      refused() {},
      progressed() {},
      wrote() {},
      yielded() {},
      failing() {},
      batchRead() {},
      unreadable: (error: Error) => unreadable.push(error),
    }
    void new LaneSender<TestWork>(silent as Port<LaneUp, LaneDown>, new Claims(), observer)
    const error = new Error('unreadable')
    heard?.(error)
    expect(unreadable).toEqual([error])
    void new LaneReceiver(silent as Port<LaneDown, LaneUp>, new Claims(), 'prefix', {
      arrived() {},
      found() {},
      define() {},
      forget() {},
      abort() {},
      credit() {},
      close() {},
      closed() {},
    })
    heard?.(error)
    expect(posted).toEqual([{ type: 'unread', message: 1, error: expect.anything() }])
  })
})
