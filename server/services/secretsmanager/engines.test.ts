import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { ApiError } from '#kernel/error'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { allow, document, OTHER, to, userArn } from './test/callers.ts'
import { ROTATOR } from './test/functions.ts'
import { DAY, type Trial, token, trial } from './test/trial.ts'

/**
 * The same calls on both engines, with the same chance and clock: every answer and refusal must be the same. What one
 * engine orders, compares or counts in another way shows here.
 */

type Input = Record<string, unknown>

/** Names of every kind of character, so that an order by locale would differ from one by bytes. */
const NAMES = [
  'a',
  'B',
  'b',
  'A',
  'a/b',
  'a-b',
  'a_b',
  'a.b',
  'a+b',
  'a=b',
  'a@b',
  'a!b',
  '1',
  '10',
  '2',
  '/a',
  'Zz',
  'zZ',
]

/** Calls of every operation; answers what was answered. */
async function walk(one: Trial): Promise<unknown[]> {
  const said: unknown[] = []
  const call = async (name: string, input: Input) => {
    try {
      const out = await one.call(name, input)
      said.push([name, input, out])
      return out
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      said.push([name, input, error.code, error.message])
    }
  }
  const pages = async (name: string, input: Input) => {
    for (let NextToken: string | undefined, count = 0; count < 100; count++) {
      const page = await call(name, { ...input, ...(NextToken && { NextToken }) })
      NextToken = page?.NextToken
      if (NextToken === undefined) return
    }
    assert.fail('the pages do not end')
  }

  for (const [at, Name] of NAMES.entries()) {
    const value = at % 2 === 0 ? { SecretString: `é𝄞 ${Name}` } : { SecretBinary: Buffer.from([0, at, 255]) }
    const Tags = [{ Key: `k${at % 3}`, Value: 'ü' }]
    await call('CreateSecret', {
      Name,
      Description: `the ${Name} of À`,
      ClientRequestToken: token(Name),
      Tags,
      ...value,
    })
    if (at % 4 === 0) await one.advance(1000)
  }
  await call('CreateSecret', { Name: 'a', SecretString: 'x', ClientRequestToken: token('other') })
  await call('CreateSecret', { Name: 'empty' })

  const SecretId = 'a/b'
  for (const label of ['one', 'two', 'three', 'four']) {
    const VersionStages = label === 'four' ? ['AWSPENDING', 'mine'] : undefined
    const more = VersionStages && { VersionStages }
    await call('PutSecretValue', { SecretId, SecretString: label, ClientRequestToken: token(label), ...more })
  }
  await call('PutSecretValue', { SecretId, SecretString: 'four', ClientRequestToken: token('four') })
  await call('PutSecretValue', { SecretId, SecretString: 'else', ClientRequestToken: token('four') })
  await call('PutSecretValue', { SecretId: 'empty', SecretString: 'x', ClientRequestToken: token('first') })
  await call('UpdateSecret', { SecretId, Description: '' })
  await call('UpdateSecret', { SecretId, SecretString: 'five', ClientRequestToken: token('five') })
  const move = { SecretId, VersionStage: 'mine', MoveToVersionId: token('five') }
  await call('UpdateSecretVersionStage', { ...move, RemoveFromVersionId: token('four') })
  await call('UpdateSecretVersionStage', { ...move, RemoveFromVersionId: token('four') })
  await call('TagResource', { SecretId, Tags: [{ Key: 'new', Value: '' }] })
  await call('UntagResource', { SecretId, TagKeys: ['k1', 'none'] })
  await pages('ListSecretVersionIds', { SecretId, IncludeDeprecated: true, MaxResults: 2 })
  await pages('ListSecretVersionIds', { SecretId, MaxResults: 1 })

  for (const choice of [{}, { VersionStage: 'AWSPREVIOUS' }, { VersionId: token('one') }, { VersionStage: 'none' }]) {
    await call('GetSecretValue', { SecretId, ...choice })
  }
  await call('BatchGetSecretValue', { SecretIdList: ['a', 'B', 'none', 'empty'] })
  await pages('BatchGetSecretValue', { Filters: [{ Key: 'name', Values: ['a'] }], MaxResults: 3 })
  await call('DescribeSecret', { SecretId })
  await one.service.flush(one.storage)

  one.people.ids.set(userArn('ann'), 'AIDAANNANNANNANN1')
  const policies = [
    document(allow('GetSecretValue', to(userArn('ann'), OTHER))),
    document(allow('*', to('*'))),
    '{"é":1}',
  ]
  for (const ResourcePolicy of policies) {
    await call('ValidateResourcePolicy', { SecretId, ResourcePolicy })
    await call('PutResourcePolicy', { SecretId, ResourcePolicy, BlockPublicPolicy: true })
    await call('GetResourcePolicy', { SecretId })
  }
  one.people.ids.delete(userArn('ann'))
  await call('GetResourcePolicy', { SecretId })
  await call('GetSecretValue', { SecretId })
  await call('DeleteResourcePolicy', { SecretId })
  await call('GetResourcePolicy', { SecretId })

  const rotated = { SecretId: 'Zz', RotationLambdaARN: ROTATOR }
  for (const ScheduleExpression of ['rate(4 hours)', 'cron(0 8 ? * MON-FRI *)', 'cron(0 8 ? * * 2026)']) {
    await call('RotateSecret', { ...rotated, ClientRequestToken: token('rot'), RotationRules: { ScheduleExpression } })
    await call('DescribeSecret', { SecretId: 'Zz' })
    await call('CancelRotateSecret', { SecretId: 'Zz' })
  }
  await call('RotateSecret', { ...rotated, ClientRequestToken: token('rot2') })
  await call('PutSecretValue', { SecretId: 'Zz', SecretString: 'by hand', ClientRequestToken: token('hand') })
  await call('DescribeSecret', { SecretId: 'Zz' })

  await call('DeleteSecret', { SecretId: 'b', RecoveryWindowInDays: 7 })
  await call('DeleteSecret', { SecretId: 'B' })
  await call('DeleteSecret', { SecretId: '10', ForceDeleteWithoutRecovery: true })
  await call('RestoreSecret', { SecretId: 'B' })
  await call('GetSecretValue', { SecretId: 'b' })
  for (const SortBy of ['created-date', 'last-changed-date', 'last-accessed-date', 'name']) {
    for (const SortOrder of ['asc', 'desc']) await pages('ListSecrets', { SortBy, SortOrder, MaxResults: 4 })
  }
  await pages('ListSecrets', { IncludePlannedDeletion: true, MaxResults: 100 })
  await pages('ListSecrets', { Filters: [{ Key: 'description', Values: ['à'] }], MaxResults: 5 })
  await one.advance(8 * DAY)
  for (const name of ['b', 'B', SecretId]) await call('DescribeSecret', { SecretId: name })
  await call('CreateSecret', { Name: 'b', SecretString: 'again', ClientRequestToken: token('again') })
  return said
}

test('SQLite and PostgreSQL answer the same to the same calls', { skip: postgresMissing() ?? false }, async () => {
  await using embedded = await trial()
  const expected = await walk(embedded)

  await using server = await startPostgres()
  const url = await server.database()
  await using central = await trial(undefined, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
  const answers = await walk(central)

  assert.ok(expected.length > 100)
  for (const [at, answer] of answers.entries()) assert.deepEqual(answer, expected[at])
  assert.equal(answers.length, expected.length)
})

test('the order by name is the order of bytes', async () => {
  await using one = await trial()
  for (const Name of NAMES) await one.call('CreateSecret', { Name })
  const { SecretList } = await one.call('ListSecrets', { SortBy: 'name' })
  const bytes = NAMES.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  assert.deepEqual(
    SecretList.map(({ Name }: { Name: string }) => Name),
    bytes,
  )
})
