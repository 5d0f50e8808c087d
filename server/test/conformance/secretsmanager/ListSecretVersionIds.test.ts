import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListSecretVersionIds } from '@aws-sdk/client-secrets-manager'
import { refused, session, texts, version } from '../session.ts'
import { allow, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.10, 4.1, 4.4, 4.6, 5. */
const { server, ...clients } = await session()
const { secrets, kms } = clients
const wire = wireOf(server)
const DAY = 86_400_000

/** A secret with versions 1 to `count`, each put as the current one. */
async function secretOf(SecretId: string, count: number): Promise<string> {
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  for (let n = 2; n <= count; n++) {
    await secrets.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n) })
  }
  return ARN
}

test('it lists labelled versions, and the others when asked; ARN is the full one', async () => {
  const ARN = await secretOf('list', 3)
  for (const SecretId of ['list', ARN, ARN.slice(0, -7)]) {
    const { json } = await wire('ListSecretVersionIds', { SecretId })
    const { Versions, ...head } = json
    assert.deepEqual(head, { ARN, Name: 'list' })
    assert.deepEqual(
      new Map(Versions.map(({ VersionId, VersionStages }: Record<string, unknown>) => [VersionId, VersionStages])),
      new Map([
        [version(2), ['AWSPREVIOUS']],
        [version(3), ['AWSCURRENT']],
      ]),
    )
    const all = (await wire('ListSecretVersionIds', { SecretId, IncludeDeprecated: true })).json.Versions
    assert.deepEqual(
      all.map(({ VersionId }: { VersionId: string }) => VersionId),
      [1, 2, 3].map(version),
    )
    assert.ok(!('VersionStages' in all[0]))
  }
})

test('an entry has id, labels, creation, key, and the day of the last read when there was one', async () => {
  const SecretId = 'entries'
  await secretOf(SecretId, 1)
  await server.clock.advance({ hours: 1 })
  await secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  await secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })
  const { json } = await wire('ListSecretVersionIds', { SecretId })
  const [one, two] = json.Versions
  const now = server.clock.now()
  const { CreatedDate: first, ...previous } = one
  assert.deepEqual(previous, {
    VersionId: version(1),
    VersionStages: ['AWSPREVIOUS'],
    LastAccessedDate: (now - (now % DAY)) / 1000,
    KmsKeyIds: ['DefaultEncryptionKey'],
  })
  const { CreatedDate: second, ...current } = two
  assert.deepEqual(current, {
    VersionId: version(2),
    VersionStages: ['AWSCURRENT'],
    KmsKeyIds: ['DefaultEncryptionKey'],
  })
  assert.ok(second - first >= 3600)
  const { Arn = '', KeyId } = (await kms.createKey({})).KeyMetadata ?? {}
  await secrets.updateSecret({ SecretId, KmsKeyId: KeyId })
  const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId })
  for (const { KmsKeyIds } of Versions) assert.deepEqual(KmsKeyIds, [Arn])
})

test('a secret without a version has an empty list, and one that is scheduled for deletion is listed', async () => {
  await secrets.createSecret({ Name: 'empty' })
  assert.deepEqual((await wire('ListSecretVersionIds', { SecretId: 'empty' })).json.Versions, [])
  await secretOf('leaving', 2)
  await secrets.deleteSecret({ SecretId: 'leaving' })
  assert.equal((await secrets.listSecretVersionIds({ SecretId: 'leaving' })).Versions?.length, 2)
})

test('pages: every version once for each size, and a token only while something follows', async () => {
  await secretOf('pages', 7)
  for (const IncludeDeprecated of [true, false]) {
    for (const pageSize of [1, 2, 7, 100]) {
      const seen: (string | undefined)[] = []
      const request = { SecretId: 'pages', IncludeDeprecated }
      for await (const page of paginateListSecretVersionIds({ client: secrets, pageSize }, request)) {
        assert.ok((page.Versions ?? []).length <= pageSize)
        seen.push(...(page.Versions ?? []).map(({ VersionId }) => VersionId))
      }
      assert.deepEqual(seen.sort(), (IncludeDeprecated ? [1, 2, 3, 4, 5, 6, 7] : [6, 7]).map(version))
    }
  }
  const { json } = await wire('ListSecretVersionIds', { SecretId: 'pages', MaxResults: 2, IncludeDeprecated: false })
  assert.ok(!('NextToken' in json))
})

test('a token is of one secret and one question; another one, or garbage, is refused', async () => {
  await secretOf('token', 3)
  await secretOf('token/other', 3)
  const list = (more: object) =>
    secrets.listSecretVersionIds({ SecretId: 'token', MaxResults: 1, IncludeDeprecated: true, ...more })
  const { NextToken } = await list({})
  assert.ok(NextToken)
  assert.equal((await list({ NextToken, MaxResults: 2 })).Versions?.length, 2)
  for (const wrong of [
    { NextToken: 'garbage' },
    { NextToken: `${NextToken}x` },
    { NextToken, SecretId: 'token/other' },
    { NextToken, IncludeDeprecated: false },
  ]) {
    await refused(list(wrong), 'InvalidNextTokenException')
  }
  // A secret of the same name that came later is another one.
  await secrets.deleteSecret({ SecretId: 'token', ForceDeleteWithoutRecovery: true })
  await secretOf('token', 3)
  await refused(list({ NextToken }), 'InvalidNextTokenException')
})

test('bounds of its members', async () => {
  const list = (more: object) => secrets.listSecretVersionIds({ SecretId: 'list', ...more })
  for (const [more, text] of [
    [
      { MaxResults: 0 },
      /Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1$/,
    ],
    [
      { MaxResults: 101 },
      /Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100$/,
    ],
    [
      { NextToken: '' },
      /at 'nextToken' failed to satisfy constraint: Member must have length greater than or equal to 1$/,
    ],
    [
      { NextToken: 'x'.repeat(4097) },
      /at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to 4096$/,
    ],
  ] as const) {
    await refused(list(more), 'ValidationException', text)
  }
  await list({ MaxResults: 100 })
  await refused(list({ NextToken: 'x'.repeat(4096) }), 'InvalidNextTokenException')
  await refused(list({ SecretId: 'none', NextToken: 'garbage' }), 'ResourceNotFoundException', texts.noSecret)
})

test('it needs its permission before existence is told', async () => {
  const reader = await personOf(server, clients, 'lister')
  await reader.may(allow('secretsmanager:DescribeSecret'))
  for (const SecretId of ['list', 'none']) {
    const answer = reader.secrets.listSecretVersionIds({ SecretId })
    await refused(answer, 'AccessDeniedException', reader.denied('ListSecretVersionIds', SecretId))
  }
})
