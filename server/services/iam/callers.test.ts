import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decide } from '#kernel/authorization/authorize'
import type { Storage } from '#kernel/storage/storage'
import { Callers } from './callers.ts'
import { devCallers } from './dev-callers.ts'
import { ACCOUNT, document, trial } from './test/trial.ts'

const secret = { resource: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:a-AbCdEf` }

test('Callers answers from memory until IAM changes, then reads everything again', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document())
  const { callers } = iam.iam
  const first = callers.find(alice.accessKeyId)
  assert.ok(!(first instanceof Promise), 'in memory')
  assert.equal(callers.find(alice.accessKeyId), first)
  await iam.call('CreateUser', { UserName: 'somebody' })
  const again = callers.find(alice.accessKeyId)
  assert.ok(again instanceof Promise, 'read again')
  const credential = await again
  assert.notEqual(credential, first)
  assert.equal(
    credential?.caller.policies[0]?.statements,
    alice.policies[0]?.statements,
    'the document was compiled once',
  )
})

test('Callers of two processes on one store see a deleted key at once', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const other = new Callers(iam.storage, iam.vault)
  assert.ok(await other.find(alice.accessKeyId))
  await iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: alice.accessKeyId })
  assert.equal(await other.find(alice.accessKeyId), undefined)
})

test('Callers keeps unknown ids too, and not without end', async () => {
  await using iam = await trial()
  const { callers } = iam.iam
  assert.equal(await callers.find('AKIANOBODYNOBODY'), undefined)
  assert.equal(callers.find('AKIANOBODYNOBODY'), undefined, 'in memory')
  for (let n = 0; n < 10_001; n++) await callers.find(`AKIA${String(n).padStart(12, '0')}`)
  assert.ok(callers.find('AKIANOBODYNOBODY') instanceof Promise, 'made place for others')
  assert.ok(
    !(callers.find(iam.root.accessKeyId as string) instanceof Promise),
    'a flood of unknown ids evicts no known one',
  )
})

test('Callers does not ask the store for what can be no access key id, nor keeps it', async () => {
  await using iam = await trial()
  let units = 0
  const { storage } = iam
  const counted: Storage = {
    ...bound(storage),
    unit: (effect, work) => {
      units++
      return storage.unit(effect, work)
    },
  }
  const callers = new Callers(counted, iam.vault)
  const odd = [
    '',
    'short',
    'A'.repeat(15),
    'A'.repeat(129),
    `AKIA${'x'.repeat(15_000)}`,
    `AKIA'${'x'.repeat(20)}`,
    'ÄKIAAAAAAAAAAAAAAAAA',
  ]
  for (const id of odd) {
    assert.equal(callers.find(id), undefined, 'at once')
    assert.equal(await callers.retired(id), false)
  }
  assert.equal(units, 0)
  for (const id of ['A'.repeat(16), 'A'.repeat(128)]) assert.equal(await callers.find(id), undefined)
  assert.equal(units, 2)
})

test('Callers keeps ids in memory of their own, not as parts of the headers they came in', async () => {
  await using iam = await trial()
  const { callers } = iam.iam
  const SIZE = 64 * 1024
  const header = (n: number) =>
    `AKIA${String(n).padStart(16, '0')}/${Buffer.alloc(SIZE, 97 + (n % 26)).toString('latin1')}`
  const before = process.memoryUsage()
  const COUNT = 1000
  for (let n = 0; n < COUNT; n++) await callers.find(header(n).slice(0, 20))
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const after = process.memoryUsage()
  const kept = after.heapUsed - before.heapUsed + after.external - before.external
  assert.ok(kept < (COUNT * SIZE) / 4, `${kept} bytes are kept`)
})

test('Callers has 64 look-ups at the store at once; further ones wait, and all are answered', async () => {
  await using iam = await trial()
  const { storage } = iam
  let now = 0
  let most = 0
  const opened: (() => void)[] = []
  const counted: Storage = {
    ...bound(storage),
    unit: async (effect, work) => {
      most = Math.max(most, ++now)
      await new Promise<void>((resolve) => opened.push(resolve))
      try {
        return await storage.unit(effect, work)
      } finally {
        now--
      }
    },
  }
  const callers = new Callers(counted, iam.vault)
  const ids = Array.from({ length: 200 }, (_, n) => `AKIA${String(n).padStart(16, '0')}`)
  const asked = Promise.all([...ids, iam.root.accessKeyId as string].map(async (id) => callers.find(id)))
  let done = false
  asked.then(() => {
    done = true
  })
  while (!done) {
    for (const go of opened.splice(0)) go()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const found = await asked
  assert.equal(most, 64)
  assert.deepEqual(
    found.map((credential) => credential?.caller.kind),
    [...ids.map(() => undefined), 'root'],
  )
})

/** The store's methods, to be wrapped. */
function bound(storage: Storage): Storage {
  return {
    engine: storage.engine,
    unit: (effect, work) => storage.unit(effect, work),
    durable: () => storage.durable(),
    generation: (scope) => storage.generation(scope),
    healthy: () => storage.healthy(),
    close: () => storage.close(),
  }
}

test('Callers asks the store once for many requests that come together', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  iam.iam.callers.clear()
  const all = Array.from({ length: 5 }, () => iam.iam.callers.find(alice.accessKeyId))
  const credentials = await Promise.all(all)
  assert.equal(new Set(credentials).size, 1)
})

test('Callers puts inline, attached and bounding policies together', async () => {
  await using iam = await trial()
  const { Policy: edge } = await iam.call('CreatePolicy', {
    PolicyName: 'edge',
    PolicyDocument: document('secretsmanager:Get*'),
  })
  const { Policy: more } = await iam.call('CreatePolicy', { PolicyName: 'more', PolicyDocument: document('*') })
  await iam.call('CreateUser', { UserName: 'u', PermissionsBoundary: edge.Arn, Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.call('AttachUserPolicy', { UserName: 'u', PolicyArn: more.Arn })
  const deny = document('secretsmanager:GetRandomPassword').replace('Allow', 'Deny')
  await iam.call('PutUserPolicy', { UserName: 'u', PolicyName: 'deny', PolicyDocument: deny })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'u' })
  const call = iam.request(await iam.callerOf(AccessKey.AccessKeyId))
  assert.equal(call.caller.tags.get('team'), 'red')
  const ask = (operation: string) => {
    const { deciding, ...decision } = decide(call, 'secretsmanager', `secretsmanager:${operation}`, secret)
    return { ...decision, of: deciding?.policy.origin?.id }
  }
  assert.deepEqual(ask('GetSecretValue'), { allowed: true, by: 'identity', of: more.Arn })
  assert.deepEqual(ask('PutSecretValue'), { allowed: false, explicit: false, by: 'boundary', of: undefined })
  assert.deepEqual(ask('GetRandomPassword'), { allowed: false, explicit: true, by: 'identity', of: 'deny' })
})

test('A secret of an access key that was moved to another row does not open', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const bob = await iam.user('bob')
  await iam.storage.unit('write', async (unit) => {
    const swap = `update iam_access_key set secret =
      (select secret from iam_access_key where id = :from) where id = :to`
    await unit.run({ name: 'test/swap', sql: swap }, { from: alice.accessKeyId, to: bob.accessKeyId })
    unit.touch('iam')
  })
  await assert.rejects(async () => iam.iam.callers.find(bob.accessKeyId))
})

test('devCallers takes unknown ids for the root of an account, and verifies known ones', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const dev = devCallers(iam.iam.callers, '000000000000')
  const test = await dev.find('test')
  assert.equal(test?.unverified, true)
  assert.equal(test?.caller.kind, 'root')
  assert.equal(test?.caller.account, '000000000000')
  assert.equal((await dev.find('123456789012'))?.caller.arn, 'arn:aws:iam::123456789012:root')
  const known = await dev.find(alice.accessKeyId)
  assert.equal(known?.unverified, undefined)
  assert.equal(known?.caller.arn, alice.arn)
  await iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: alice.accessKeyId })
  assert.equal(await dev.find(alice.accessKeyId), undefined, 'a deleted key is nobody, not root')
})
