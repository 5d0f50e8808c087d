import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Invoked } from './functions.ts'
import { type Work, Workers } from './workers.ts'

const work = (account: string, id: number): Work => ({
  ...{ account, region: 'us-east-1', id: `${account}-${id}`, arn: `arn of ${account}-${id}`, functionArn: 'rotator' },
  configuredBy: undefined,
  run: {
    ...{ token: 't', phase: 'real', step: 'createSecret', attempt: 1, notBefore: 0, rotationToken: `r${id}` },
    ...{ startedAt: 0, failure: undefined, node: 'here' },
  },
})

test('an account whose functions never end leaves the others places, to run and to wait', async () => {
  const running = new Map<string, PromiseWithResolvers<Invoked>>()
  const workers = new Workers({
    storage: { durable: async () => undefined },
    invoke: (_functionArn, { SecretId }) => {
      const ends = Promise.withResolvers<Invoked>()
      running.set(SecretId, ends)
      return ends.promise.finally(() => running.delete(SecretId))
    },
    settle: async () => undefined,
    lease: () => new AbortController().signal,
    rested: () => undefined,
    onProblem: (error) => assert.fail(String(error)),
    most: 3,
  })
  const take = async (account: string) => {
    let taken = 0
    for (; workers.hasRoom(account); taken++) workers.take(work(account, taken))
    await new Promise(setImmediate)
    return taken
  }
  const of = (account: string) => [...running.keys()].filter((arn) => arn.includes(account)).length
  assert.equal(await take('hanging'), 12)
  assert.equal(of('hanging'), 3)
  assert.equal(await take('working'), 4)
  assert.deepEqual([of('hanging'), of('working')], [3, 1])
  for (let left = 4; left > 0; left--) {
    assert.equal(of('working'), 1)
    for (const [arn, ends] of running) if (arn.includes('working')) ends.resolve({ ok: true })
    await new Promise(setImmediate)
  }
  assert.deepEqual([of('hanging'), of('working')], [3, 0])
  assert.equal(workers.hasRoom('hanging'), false)
  assert.equal(workers.hasRoom('working'), true)
  for (let left = 12; left > 0; left -= 3) {
    for (const ends of running.values()) ends.resolve({ ok: true })
    await new Promise(setImmediate)
  }
  await workers.idle()
  assert.equal(running.size, 0)
})
