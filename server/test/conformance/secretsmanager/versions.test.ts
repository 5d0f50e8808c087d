import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListSecretVersionIds } from '@aws-sdk/client-secrets-manager'
import { labelsOf, refused, session, texts, version } from '../session.ts'

// ListSecretVersionIds, UpdateSecretVersionStage. Source: secretsmanager.md 4.3, 8.10, 8.22.
const { secrets } = await session()

/** A secret with versions 1 to `count`, each put as the current one. */
async function secretOf(SecretId: string, count: number): Promise<string> {
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  for (let n = 2; n <= count; n++) {
    await secrets.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n) })
  }
  return ARN
}

test('ListSecretVersionIds lists labelled versions, and the others when asked', async () => {
  const ARN = await secretOf('versions/list', 3)
  const { $metadata: _, Versions = [], ...head } = await secrets.listSecretVersionIds({ SecretId: 'versions/list' })
  assert.deepEqual(head, { ARN, Name: 'versions/list' })
  assert.deepEqual(Versions.map(({ VersionId }) => VersionId).sort(), [version(2), version(3)])
  for (const { CreatedDate, LastAccessedDate, KmsKeyIds } of Versions) {
    assert.ok(CreatedDate instanceof Date)
    assert.equal(LastAccessedDate, undefined)
    assert.deepEqual(KmsKeyIds, ['DefaultEncryptionKey'])
  }
  const all = await secrets.listSecretVersionIds({ SecretId: ARN, IncludeDeprecated: true })
  const deprecated = all.Versions?.find(({ VersionId }) => VersionId === version(1))
  assert.equal(all.Versions?.length, 3)
  assert.ok(deprecated)
  assert.equal(deprecated.VersionStages, undefined)
})

test('paginateListSecretVersionIds walks all versions once', async () => {
  await secretOf('versions/pages', 7)
  const seen: (string | undefined)[] = []
  let pages = 0
  const walk = paginateListSecretVersionIds(
    { client: secrets, pageSize: 2 },
    { SecretId: 'versions/pages', IncludeDeprecated: true },
  )
  for await (const { Versions = [] } of walk) {
    assert.ok(Versions.length <= 2)
    seen.push(...Versions.map(({ VersionId }) => VersionId))
    pages++
  }
  assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5, 6, 7].map(version))
  assert.ok(pages >= 4)
})

test('ListSecretVersionIds refuses a token that is not its own, and what is not there', async () => {
  await secretOf('versions/token', 3)
  const list = (NextToken: string, SecretId = 'versions/token') =>
    secrets.listSecretVersionIds({ SecretId, NextToken, IncludeDeprecated: true, MaxResults: 1 })
  await refused(list('garbage'), 'InvalidNextTokenException')
  const first = await secrets.listSecretVersionIds({
    SecretId: 'versions/token',
    MaxResults: 1,
    IncludeDeprecated: true,
  })
  assert.ok(first.NextToken)
  await secretOf('versions/other', 1)
  await refused(list(first.NextToken, 'versions/other'), 'InvalidNextTokenException')
  await refused(secrets.listSecretVersionIds({ SecretId: 'none' }), 'ResourceNotFoundException', texts.noSecret)
})

test('a label moves as recorded: pending becomes current, current becomes previous (secretsmanager.md 4.3)', async () => {
  const SecretId = 'stage/rotation'
  await secretOf(SecretId, 1)
  const put = (n: number) =>
    secrets.putSecretValue({
      SecretId,
      SecretString: `${n}`,
      ClientRequestToken: version(n),
      VersionStages: ['AWSPENDING'],
    })
  const move = (from: number, to: number) =>
    secrets.updateSecretVersionStage({
      SecretId,
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: version(from),
      MoveToVersionId: version(to),
    })
  await put(2)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'], [version(2)]: ['AWSPENDING'] })
  await move(1, 2)
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
  })
  await put(3)
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT'],
    [version(3)]: ['AWSPENDING'],
  })
  await move(2, 3)
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(2)]: ['AWSPREVIOUS'],
    [version(3)]: ['AWSCURRENT', 'AWSPENDING'],
  })
})

test('UpdateSecretVersionStage attaches, moves and removes a custom label without touching AWSPREVIOUS', async () => {
  const SecretId = 'stage/custom'
  const ARN = await secretOf(SecretId, 2)
  const stage = (ids: { MoveToVersionId?: string; RemoveFromVersionId?: string }) =>
    secrets.updateSecretVersionStage({ SecretId, VersionStage: 'mine', ...ids })
  const { $metadata: _, ...answer } = await stage({ MoveToVersionId: version(1) })
  assert.deepEqual(answer, { ARN, Name: SecretId })
  assert.deepEqual((await labelsOf(secrets, SecretId))[version(1)], ['AWSPREVIOUS', 'mine'])
  await stage({ MoveToVersionId: version(2), RemoveFromVersionId: version(1) })
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT', 'mine'],
  })
  await stage({ RemoveFromVersionId: version(2) })
  assert.deepEqual((await labelsOf(secrets, SecretId))[version(2)], ['AWSCURRENT'])
})

test('UpdateSecretVersionStage refuses half-said moves in AWS’s words', async () => {
  const SecretId = 'stage/refused'
  await secretOf(SecretId, 3)
  const current = { SecretId, VersionStage: 'AWSCURRENT' }
  await refused(
    secrets.updateSecretVersionStage({ ...current, MoveToVersionId: version(1) }),
    'InvalidParameterException',
    `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${version(3)}, so you must explicitly reference that version in RemoveFromVersionId.`,
  )
  await refused(
    secrets.updateSecretVersionStage({
      ...current,
      MoveToVersionId: version(1),
      RemoveFromVersionId: version(2),
    }),
    'InvalidParameterException',
    'When you move staging label AWSCURRENT, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label AWSCURRENT.',
  )
  await refused(
    secrets.updateSecretVersionStage({ ...current, RemoveFromVersionId: version(3) }),
    'InvalidParameterException',
    'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
  )
  await refused(secrets.updateSecretVersionStage(current), 'InvalidParameterException')
  await refused(
    secrets.updateSecretVersionStage({ ...current, VersionStage: 'x', MoveToVersionId: version(9) }),
    'ResourceNotFoundException',
  )
})
