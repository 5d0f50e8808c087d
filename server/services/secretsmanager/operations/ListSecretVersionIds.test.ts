import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOT_FOUND, START, token, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('ListSecretVersionIds lists labelled versions, with IncludeDeprecated all, in order of creation', async () => {
  await using t = await trial()
  const ARN = await t.made()
  for (const version of ['v2', 'v3']) {
    t.clock.set(t.clock.now() + 1)
    await t.put(version)
  }
  const entry = (version: string, at: number, ...VersionStages: string[]) => ({
    VersionId: token(version),
    ...(VersionStages.length > 0 && { VersionStages }),
    CreatedDate: new Date(at),
    KmsKeyIds: ['DefaultEncryptionKey'],
  })
  const labelled = [entry('v2', START + 1, 'AWSPREVIOUS'), entry('v3', START + 2, 'AWSCURRENT')]
  assert.deepEqual(await t.call('ListSecretVersionIds', { SecretId }), { ARN, Name: SecretId, Versions: labelled })
  assert.deepEqual(await t.call('ListSecretVersionIds', { SecretId, IncludeDeprecated: true }), {
    ARN,
    Name: SecretId,
    Versions: [entry('v1', START), ...labelled],
  })
})

test('pages together are the whole list, each version once, also when many were made at the same time', async () => {
  await using t = await trial()
  await t.made()
  for (let n = 2; n <= 25; n++) await t.put(`v${n}`)
  const seen: string[] = []
  let NextToken: string | undefined
  do {
    const page = await t.call('ListSecretVersionIds', {
      SecretId,
      IncludeDeprecated: true,
      MaxResults: 7,
      ...(NextToken && { NextToken }),
    })
    assert.ok(page.Versions.length <= 7)
    seen.push(...page.Versions.map(({ VersionId }: { VersionId: string }) => VersionId))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  assert.equal(seen.length, 25)
  assert.equal(new Set(seen).size, 25)
})

test('a token of another question, or of none, is refused', async () => {
  await using t = await trial()
  await t.made()
  await t.put('v2')
  const { NextToken } = await t.call('ListSecretVersionIds', { SecretId, MaxResults: 1 })
  const refused = (input: object) =>
    t.refused('ListSecretVersionIds', { SecretId, ...input }, 'InvalidNextTokenException')
  await refused({ NextToken: 'garbage' })
  await refused({ NextToken, IncludeDeprecated: true })
  await t.made('other')
  await refused({ SecretId: 'other', NextToken })
  await t.refused('ListSecretVersionIds', { SecretId: 'nobody', NextToken }, 'ResourceNotFoundException', NOT_FOUND)
})

test('the empty version of a rotation is listed without keys', async () => {
  await using t = await trial()
  await t.made()
  await t.placeholder('v2')
  const { Versions } = await t.call('ListSecretVersionIds', { SecretId })
  assert.deepEqual(
    Versions.find(({ VersionId }: { VersionId: string }) => VersionId === token('v2')),
    { VersionId: token('v2'), VersionStages: ['AWSPENDING'], CreatedDate: new Date(START) },
  )
})
