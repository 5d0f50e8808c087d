import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '#kernel/authorization/authorize'
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
  assert.equal(credential?.caller.policies[0], alice.policies[0], 'the document was compiled once')
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
  const ask = (operation: string) => decide(call, 'secretsmanager', `secretsmanager:${operation}`, secret)
  assert.deepEqual(ask('GetSecretValue'), { allowed: true, by: 'identity' })
  assert.deepEqual(ask('PutSecretValue'), { allowed: false, explicit: false, by: 'boundary' })
  assert.deepEqual(ask('GetRandomPassword'), { allowed: false, explicit: true, by: 'identity' })
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
