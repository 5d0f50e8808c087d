import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, document, to } from './test/callers.ts'
import { ROTATOR } from './test/functions.ts'
import { type Trial, token, trial } from './test/trial.ts'

const SecretId = 'app/db'
const value = { SecretString: 'two', ClientRequestToken: token('v2') }

/** A call of each operation that writes, on a secret with two versions. */
const writes: Record<string, Record<string, unknown>> = {
  CreateSecret: { Name: 'new', ...value, Tags: [{ Key: 'a', Value: 'b' }] },
  PutSecretValue: { SecretId, ...value, VersionStages: ['AWSCURRENT', 'MINE'] },
  UpdateSecret: { SecretId, ...value, KmsKeyId: 'alias/mine', Description: 'd' },
  UpdateSecretVersionStage: {
    SecretId,
    VersionStage: 'AWSCURRENT',
    RemoveFromVersionId: token('v1'),
    MoveToVersionId: token('v0'),
  },
  DeleteSecret: { SecretId },
  RotateSecret: {
    SecretId,
    ClientRequestToken: token('v2'),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 1 },
  },
  CancelRotateSecret: { SecretId: 'rotating' },
  RestoreSecret: { SecretId: 'deleted' },
  TagResource: { SecretId, Tags: [{ Key: 'a', Value: 'b' }] },
  UntagResource: { SecretId, TagKeys: ['old'] },
  PutResourcePolicy: { SecretId, ResourcePolicy: document(allow('DescribeSecret', to('*'))) },
  DeleteResourcePolicy: { SecretId: 'open' },
}

async function prepared(): Promise<Trial> {
  const t = await trial()
  await t.made(SecretId, { Tags: [{ Key: 'old', Value: '1' }] })
  await t.put('v0', { VersionStages: ['OTHER'] })
  await t.made('deleted', { ClientRequestToken: token('d1') })
  await t.call('DeleteSecret', { SecretId: 'deleted' })
  await t.made('open', { ClientRequestToken: token('o1') })
  await t.call('PutResourcePolicy', { SecretId: 'open', ResourcePolicy: document(allow('GetSecretValue', to('*'))) })
  await t.made('rotating', { ClientRequestToken: token('o1') })
  await t.call('RotateSecret', { ...writes.RotateSecret, SecretId: 'rotating', RotateImmediately: false })
  return t
}

/** All rows of the store that say something about secrets, without what chance decides. */
async function rows(t: Trial): Promise<unknown[]> {
  const all: unknown[] = []
  for (const table of ['secret', 'secret_version', 'secret_stage', 'secret_rotation', 'secret_rotation_run', 'job']) {
    const found = await t.storage.unit('read', (unit) =>
      unit.all({ name: `all/${table}`, sql: `select * from ${table}` }, {}),
    )
    for (const {
      id,
      suffix,
      secret,
      data_key,
      sealed,
      key,
      payload,
      policy_mac,
      mac,
      rotation_token,
      due_at,
      next_at,
      run_at,
      ...row
    } of found)
      all.push({ table, ...row })
  }
  return all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

for (const [operation, input] of Object.entries(writes)) {
  test(`${operation}: whichever step of the store fails, nothing has changed; after a conflict all has, once`, async () => {
    await using whole = await prepared()
    const start = whole.storage.steps
    const answer = await whole.call(operation, input)
    const steps = whole.storage.steps - start
    const done = await rows(whole)
    assert.ok(steps > 2, `${steps} steps`)
    for (let step = 1; step <= steps; step++) {
      await using t = await prepared()
      const before = await rows(t)
      t.storage.failAt(step)
      await assert.rejects(t.call(operation, input), { name: 'Fault' }, `step ${step}`)
      assert.deepEqual(await rows(t), before, `step ${step}`)
      t.storage.failAt(step, 'conflict')
      const again = await t.call(operation, input)
      assert.equal(again?.VersionId, answer?.VersionId)
      assert.deepEqual(await rows(t), done, `conflict at step ${step}`)
      const id = operation === 'CreateSecret' ? 'new' : SecretId
      if ('SecretString' in input) assert.equal((await t.call('GetSecretValue', { SecretId: id })).SecretString, 'two')
    }
  })
}
