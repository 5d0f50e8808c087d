import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Storage } from '#kernel/storage/storage'
import { LastUsed } from './last-used.ts'
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
