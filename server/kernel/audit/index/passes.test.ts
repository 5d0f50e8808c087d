import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Passes } from '#kernel/audit/index/passes'
import { type Place, START } from '#kernel/audit/place'

/** A journal to which `rate` records a second come, and an index that takes in 16,000 at a step of `stepMs`; in a time of its own. */
class World {
  now = 10_000
  rate = 0
  stepMs = 100
  keeps = true
  broken = false
  records = 0
  indexed = 0
  readonly slept: number[] = []
  readonly told: string[] = []
  asked = 0
  steps = 0
  /** How far the time of this world goes; a pass that comes to it is told of by `#parked`, and waits. */
  #end = 0
  #parked = Promise.withResolvers<void>()
  #goesOn = Promise.withResolvers<void>()
  #running: Promise<void> | undefined
  readonly passes = new Passes({
    opened: async () => this.#index(),
    keeper: async () => {
      this.asked++
      return this.#index()
    },
    heads: async () => ({ journal: 'j', last: 1, stands: [{ number: 1, writer: 'w', sequence: this.records }] }),
    now: () => this.now,
    sleep: async (ms, signal) => {
      this.slept.push(ms)
      if (!signal.aborted) this.pass(ms)
      if (this.now < this.#end) return
      this.#parked.resolve()
      await this.#goesOn.promise
    },
    failed: async (error) => void this.told.push(String(error)),
    kept: () => void this.told.push('kept'),
  })

  pass(ms: number): void {
    this.now += ms
    this.records += (this.rate * ms) / 1000
  }

  #index() {
    const place: Place = { ...START, journal: 'j', known: 1, open: new Map([[1, this.indexed]]) }
    const step = async () => {
      if (this.broken) throw new Error('the disk is full')
      this.steps++
      this.pass(this.stepMs)
      this.indexed = Math.min(this.records, this.indexed + 16_000)
      return this.indexed === this.records
    }
    return { index: { place, step }, keeps: this.keeps }
  }

  /** Passes every five seconds. */
  async run(seconds: number): Promise<void> {
    this.#end = this.now + seconds * 1000
    this.#parked = Promise.withResolvers()
    this.#goesOn.resolve()
    this.#goesOn = Promise.withResolvers()
    while (this.now < this.#end) {
      const before = this.now
      this.#running ??= this.passes.pass().finally(() => {
        this.#running = undefined
      })
      await Promise.race([this.#running, this.#parked.promise])
      if (this.#running === undefined) this.pass(Math.max(before + 5000 - this.now, 0))
    }
  }
}

test('what came while nobody ran is taken in at once, and then what comes now and then', async () => {
  const world = new World()
  world.records = 1_000_000
  world.rate = 5
  await world.run(30)
  assert.ok(world.records - world.indexed <= 30, `${world.records - world.indexed} behind`)
  assert.ok(world.slept.every((ms) => ms === 0))
  world.rate = 500
  await world.run(60)
  assert.ok(world.records - world.indexed <= 3000, `${world.records - world.indexed} behind`)
})

test('a burst is let pass, and is taken in behind it', async () => {
  const world = new World()
  await world.run(10)
  world.rate = 20_000
  await world.run(15)
  const before = world.steps
  assert.ok(world.records - world.indexed >= 200_000)
  world.rate = 0
  await world.run(15)
  assert.equal(world.indexed, world.records)
  assert.ok(world.steps > before)
})

test('in a load without an end the index keeps up, with pauses, and its keeper is asked for every few seconds', async () => {
  const world = new World()
  await world.run(10)
  world.rate = 30_000
  await world.run(120)
  const asked = world.asked
  await world.run(120)
  assert.ok(world.records - world.indexed < 800_000, `${world.records - world.indexed} behind`)
  assert.ok(world.slept.filter((ms) => ms === 300).length > 100)
  assert.ok(world.asked - asked >= 20, `asked ${world.asked - asked} times`)
  // a load that a quarter of a processor is not enough for
  world.rate = 100_000
  await world.run(120)
  assert.ok(world.records - world.indexed < 1_000_000, `${world.records - world.indexed} behind`)
})

test('who does not keep it leaves it alone while the server is busy', async () => {
  const world = new World()
  world.keeps = false
  await world.run(10)
  const before = world.steps
  world.rate = 50_000
  await world.run(60)
  assert.ok(world.steps - before <= 1, `${world.steps - before} steps`)
  world.rate = 0
  await world.run(60)
  assert.equal(world.indexed, world.records)
})

test('that it is kept again is told when it is, not when a pass only waited', async () => {
  const world = new World()
  await world.run(10)
  world.rate = 20_000
  await world.run(6)
  world.told.length = 0
  world.broken = true
  await world.run(10)
  assert.deepEqual(world.told, [])
  world.rate = 0
  await world.run(10)
  assert.deepEqual([...new Set(world.told)], ['Error: the disk is full'])
  world.broken = false
  await world.run(10)
  assert.equal(world.told.at(-1), 'kept')
})

test('after the end no step begins, and a pause is told of it', async () => {
  const world = new World()
  await world.run(10)
  world.rate = 30_000
  await world.run(120)
  const before = world.steps
  world.passes.end()
  await world.run(60)
  assert.equal(world.steps, before)
})
