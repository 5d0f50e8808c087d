import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, START, trial } from '../test/trial.ts'

const HOUR_MS = 3_600_000

test('GenerateCredentialReport starts one, and tells for four hours that it is complete (API_GenerateCredentialReport)', async () => {
  await using iam = await trial()
  const Description = 'No report exists. Starting a new report generation task'
  assert.deepEqual(await iam.call('GenerateCredentialReport'), { State: 'STARTED', Description })
  assert.deepEqual(await iam.call('GenerateCredentialReport'), { State: 'COMPLETE' })
  iam.clock.set(START + 4 * HOUR_MS)
  assert.deepEqual(await iam.call('GenerateCredentialReport'), { State: 'COMPLETE' })
  assert.deepEqual((await iam.call('GetCredentialReport')).GeneratedTime, new Date(START))
  iam.clock.set(START + 4 * HOUR_MS + 1)
  assert.equal((await iam.call('GenerateCredentialReport')).State, 'STARTED')
  assert.deepEqual((await iam.call('GetCredentialReport')).GeneratedTime, new Date(START + 4 * HOUR_MS + 1))
})

test('GenerateCredentialReport and GetCredentialReport need a permission each', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:GenerateCredentialReport'))
  await iam.call('GenerateCredentialReport', {}, alice)
  const text = /perform: iam:GetCredentialReport on resource: \* because/
  await iam.refused('GetCredentialReport', {}, 'AccessDenied', text, alice)
})

test('a report is made of what the server wrote only', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password: 'Right horse 1' })
  const sql = 'update iam_login set changed_at = changed_at + 1'
  await iam.storage.unit('write', (unit) => unit.run({ name: 'test/forge', sql }, {}))
  await assert.rejects(iam.call('GenerateCredentialReport'), /not as this server wrote it/)
})
