import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROTATOR, rotator } from './test/functions.ts'
import { ACCOUNT, REGION, type Trial, token, trial } from './test/trial.ts'

/** Trap 19 (surroundings.md 10): `Secret Label Updated`, exactly once for each label that moves. */

const SecretId = 'app/db'

/** `AWSCURRENT v1`, of all that was announced since the last look. */
const told = (t: Trial) =>
  t.announced.splice(0).map(({ detail }) => `${detail.labelUpdated} ${String(detail.versionId).replace(/-+$/, '')}`)

test('trap 19: CreateSecret is a move, and the event has the recorded members (surroundings.md 4.1)', async () => {
  await using t = await trial()
  const arn = await t.made(SecretId)
  assert.deepEqual(t.announced, [
    {
      source: 'aws.secretsmanager',
      detailType: 'Secret Label Updated',
      account: ACCOUNT,
      region: REGION,
      resources: [arn],
      by: 'AKIDTEST',
      detail: { name: SecretId, labelUpdated: 'AWSCURRENT', versionId: token('v1') },
    },
  ])
})

test('trap 19: PutSecretValue and UpdateSecret tell of AWSCURRENT once, never of AWSPREVIOUS or AWSPENDING', async () => {
  await using t = await trial()
  await t.made(SecretId)
  told(t)
  await t.call('PutSecretValue', { SecretId, ClientRequestToken: token('v2'), SecretString: 'two' })
  assert.deepEqual(told(t), ['AWSCURRENT v2'])
  await t.call('PutSecretValue', { SecretId, ClientRequestToken: token('v2'), SecretString: 'two' })
  assert.deepEqual(told(t), [], 'the same call once more moves nothing')
  await t.call('UpdateSecret', { SecretId, ClientRequestToken: token('v3'), SecretString: 'three' })
  assert.deepEqual(told(t), ['AWSCURRENT v3'])
  const VersionStages = ['AWSPENDING']
  await t.call('PutSecretValue', { SecretId, ClientRequestToken: token('v4'), SecretString: 'four', VersionStages })
  assert.deepEqual(told(t), [])
  const own = { SecretString: 'five', VersionStages: ['BLUE', 'GREEN'] }
  await t.call('PutSecretValue', { SecretId, ClientRequestToken: token('v5'), ...own })
  assert.deepEqual(told(t), ['BLUE v5', 'GREEN v5'])
  await t.call('UpdateSecret', { SecretId, Description: 'metadata' })
  await t.call('TagResource', { SecretId, Tags: [{ Key: 'a', Value: 'b' }] })
  assert.deepEqual(told(t), [], 'what is said of a secret is no move')
})

test('trap 19: UpdateSecretVersionStage tells of each label that comes to a version, not of one that is taken off', async () => {
  await using t = await trial()
  await t.made(SecretId)
  await t.put('v2')
  told(t)
  const move = (VersionStage: string, from?: string, to?: string) =>
    t.call('UpdateSecretVersionStage', {
      SecretId,
      VersionStage,
      ...(from && { RemoveFromVersionId: token(from) }),
      ...(to && { MoveToVersionId: token(to) }),
    })
  await move('MINE', undefined, 'v1')
  await move('MINE', 'v1', 'v2')
  await move('MINE', 'v1', 'v2').catch(() => undefined)
  await move('AWSCURRENT', 'v2', 'v1')
  await move('MINE', 'v2')
  assert.deepEqual(told(t), ['MINE v1', 'MINE v2', 'AWSCURRENT v1'])
})

test('trap 19: a rotation tells of its new version once, and a call that is refused of nothing', async () => {
  await using t = await trial()
  await t.made(SecretId)
  t.functions.answer = rotator(t)
  told(t)
  const RotationRules = { AutomaticallyAfterDays: 30 }
  await t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules,
  })
  await t.advance(1000)
  assert.deepEqual(told(t), ['AWSCURRENT r1'])
  await assert.rejects(
    t.call('PutSecretValue', { SecretId, ClientRequestToken: token('r1'), SecretString: 'other than it is' }),
  )
  assert.deepEqual(told(t), [])
})
