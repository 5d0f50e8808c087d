import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#kernel/audit/event'
import type { Caller } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { AnyOperation, Target } from '#kernel/operation'
import { local } from '#kernel/pipeline'
import { systemRandom } from '#kernel/random'
import { Routes } from '#kernel/routes'
import type { Service } from '#kernel/service'
import { SigningKeys } from '#kernel/signature/keys'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'

const A = '111122223333'
const caller: Caller = {
  kind: 'root',
  account: A,
  arn: `arn:aws:iam::${A}:root`,
  principalArn: `arn:aws:iam::${A}:root`,
  userId: A,
  accessKeyId: 'AKIAROOT',
  tags: new Map(),
  policies: [],
}

/** A service with one operation, and what came of it. */
async function tiny(targets: Target | readonly Target[], more: Partial<AnyOperation> = {}, healthy = () => true) {
  const storage = await openSqlite({ file: ':memory:', migrations: [], clock: systemClock })
  const events: AuditEvent[] = []
  let runs = 0
  const operation: AnyOperation = {
    name: 'DoIt',
    effect: 'read',
    input: {},
    errors: [],
    target: async () => targets,
    run: async () => ++runs,
    ...more,
  }
  const service: Service = {
    name: 'tiny',
    signingName: 'tiny',
    eventSource: 'tiny.amazonaws.com',
    clockWindowMinutes: 5,
    json: { version: '1.1', targetPrefix: 'Tiny' },
    wording: { validation: 'ValidationException', modelled: 'Message' },
    operations: { DoIt: operation },
    notYet: [],
    env: () => ({}),
  }
  const ask = local({
    routes: new Routes([service]),
    storage,
    trail: {
      record: async (more) => void events.push(...more),
      recordIn: async (_unit, more) => void events.push(...more),
      healthy,
      close: async () => undefined,
    },
    clock: systemClock,
    random: systemRandom,
    regions: ['us-east-1'],
    keys: new SigningKeys(),
    find: () => undefined,
    encodeDenial: () => '',
    verified: () => undefined,
    ended: () => undefined,
    meter: () => ({ begin: () => undefined, end: () => undefined }),
  })
  return {
    call: () => ask('Tiny.DoIt', {}, caller),
    runs: () => runs,
    storage,
    events,
    [Symbol.asyncDispose]: () => storage.close(),
  }
}

test('an operation that asks for no permission at all is not run, not even for root', async () => {
  await using it = await tiny([])
  await assert.rejects(it.call(), /tiny:DoIt asks for no permission at all/)
  assert.equal(it.runs(), 0)
  assert.deepEqual(
    it.events.map(({ errorCode }) => errorCode),
    ['InternalFailure'],
  )
})

test('an operation with several targets runs when all of them are allowed', async () => {
  const own = { resource: `arn:aws:tiny:us-east-1:${A}:thing/1` }
  await using allowed = await tiny([own, { ...own, action: 'tiny:Tag' }])
  assert.equal(await allowed.call(), 1)
  await using one = await tiny(own)
  assert.equal(await one.call(), 1)
  await using foreign = await tiny([own, { resource: '*', owner: '444455556666' }])
  await assert.rejects(foreign.call(), /is not authorized to perform: tiny:DoIt/)
  assert.equal(foreign.runs(), 0)
})

test('work ahead of a unit is done for those who may call, while others use the store', async () => {
  const said: string[] = []
  const started = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const ahead = async () => {
    said.push('asked')
    return async () => {
      started.resolve()
      await goOn.promise
      said.push('worked')
    }
  }
  const run = async () => said.push('ran')
  await using slow = await tiny({ resource: '*' }, { ahead, run })
  const answer = slow.call()
  await started.promise
  await slow.storage.unit('write', async () => said.push('another'))
  goOn.resolve()
  await answer
  assert.deepEqual(said, ['asked', 'another', 'worked', 'ran'])
  await using foreign = await tiny({ resource: '*', owner: '444455556666' }, { ahead, run })
  await assert.rejects(foreign.call(), /is not authorized to perform/)
  assert.equal(said.length, 4)
})

test('work after the unit runs outside of it, once, and its record says how it ended', async () => {
  const target = { resource: 'arn:aws:tiny:::it' }
  const store: { unit?: Promise<unknown> } = {}
  await using it = await tiny(target, {
    run: async () => 'planned',
    after: async (out) => {
      // A write unit of its own would wait for the one of the call forever.
      await it.storage.unit('write', async () => undefined)
      store.unit = Promise.resolve()
      return `${out} and done`
    },
    audit: { response: (out: unknown) => ({ out }) },
  })
  assert.equal(await it.call(), 'planned and done')
  assert.ok(store.unit)
  assert.deepEqual(
    it.events.map(({ responseElements }) => responseElements),
    [{ out: 'planned and done' }],
  )
})

test('work after the unit that fails is recorded as failed; it is not begun when there can be no record', async () => {
  let begun = 0
  let healthy = true
  const after = async () => {
    begun++
    throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', 429)
  }
  await using it = await tiny({ resource: 'arn:aws:tiny:::it' }, { after }, () => healthy)
  await assert.rejects(it.call(), { code: 'TooManyRequestsException' })
  assert.deepEqual(
    it.events.map(({ errorCode }) => errorCode),
    ['TooManyRequestsException'],
  )
  healthy = false
  await assert.rejects(it.call(), /nothing is begun/)
  assert.equal(begun, 1)
})

test('a call that writes, of an operation that mostly reads, has a unit that writes and no work after it', async () => {
  await using it = await tiny(
    { resource: 'arn:aws:tiny:::it' },
    { effectOf: () => 'write', after: async () => assert.fail('it was not to run'), run: async () => 'written' },
  )
  assert.equal(await it.call(), 'written')
  assert.equal(it.events.length, 1)
})
