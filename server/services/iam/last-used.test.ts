import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Storage } from '#kernel/storage/storage'
import { LastUsed } from './last-used.ts'
import { role, session } from './test/roles.ts'
import { ACCOUNT, START, trial } from './test/trial.ts'

test('LastUsed keeps what could not be written and what came meanwhile', async () => {
  await using iam = await trial()
  const key = iam.root.accessKeyId as string
  const used = new LastUsed()
  used.note(ACCOUNT, key, 'kms', 'us-east-1', START)
  const broken = { unit: () => Promise.reject(new Error('disk full')) } as unknown as Storage
  await assert.rejects(used.flush(broken), /disk full/)
  assert.equal(used.of(key)?.service, 'kms')
  const flushing = used.flush(iam.storage)
  used.note(ACCOUNT, key, 'sts', 'us-east-1', START + 60_000)
  await flushing
  assert.equal(used.of(key)?.service, 'sts')
  await used.flush(iam.storage)
  assert.equal(used.of(key), undefined)
  const { AccessKeyLastUsed } = await iam.call('GetAccessKeyLastUsed', { AccessKeyId: key })
  assert.deepEqual(AccessKeyLastUsed, {
    LastUsedDate: new Date(START + 60_000),
    ServiceName: 'sts',
    Region: 'us-east-1',
  })
})

test('LastUsed notes a busy key once a minute', () => {
  const used = new LastUsed()
  used.note(ACCOUNT, 'AKIA', 'kms', 'us-east-1', START)
  const first = used.of('AKIA')
  used.note(ACCOUNT, 'AKIA', 'kms', 'us-east-1', START + 59_999)
  assert.equal(used.of('AKIA'), first)
  used.note(ACCOUNT, 'AKIA', 'kms', 'us-east-1', START + 60_000)
  assert.equal(used.of('AKIA')?.at, START + 60_000)
})

test('LastUsed notes a session under its role, in the account of the role, and a key under itself', async () => {
  await using iam = await trial()
  const made = await role(iam, 'app')
  const used = new LastUsed()
  used.noteCaller(session(made), 'sts', 'us-east-1', START)
  used.noteCaller(session(made, 's2'), 'kms', 'eu-west-1', START + 1)
  assert.deepEqual(used.of(made.RoleId), { account: ACCOUNT, at: START + 1, service: 'kms', region: 'eu-west-1' })
  used.noteCaller(iam.caller, 'kms', 'eu-west-1', START)
  assert.equal(used.of(iam.caller.accessKeyId)?.at, START)
  const { session: temporary } = session(made)
  used.noteCaller(
    { ...iam.caller, accessKeyId: 'ASIAIOSFODNN7EXAMPLE', ...(temporary && { session: temporary }) },
    'kms',
    'x',
    START,
  )
  assert.equal(used.of('ASIAIOSFODNN7EXAMPLE'), undefined)
  await used.flush(iam.storage)
  const { Role } = await iam.call('GetRole', { RoleName: 'app' })
  assert.deepEqual(Role.RoleLastUsed, { LastUsedDate: new Date(START + 1), Region: 'eu-west-1' })
  used.noteCaller(session(made), 'sts', 'us-east-1', START - 1)
  await used.flush(iam.storage)
  assert.deepEqual((await iam.call('GetRole', { RoleName: 'app' })).Role, Role, 'an older use changes nothing')
})

test('what is noted for a role of one account is not written to a row of another', async () => {
  await using iam = await trial()
  const made = await role(iam, 'app')
  const used = new LastUsed()
  used.noteCaller({ ...session(made), account: '444455556666' }, 'kms', 'eu-west-1', START)
  await used.flush(iam.storage)
  assert.deepEqual((await iam.call('GetRole', { RoleName: 'app' })).Role.RoleLastUsed, {})
})
