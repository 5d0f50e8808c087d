import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, test } from 'node:test'
import type { ListSecretsRequest } from '@aws-sdk/client-secrets-manager'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { Accessed } from '../accessed.ts'
import { secretArn } from '../model/identity.ts'
import type { Secret } from '../model/secret.ts'
import type { Env } from '../operation.ts'
import { pagingWith } from '../paging.ts'
import { migrations } from '../schema.ts'
import { Policies } from '../policies.ts'
import { Secrets } from '../store.ts'
import { ListSecrets } from './ListSecrets.ts'

const DAY = 86_400_000
const call = { account: '111122223333', region: 'us-east-1', now: 0 } as Call
const paging = pagingWith(createSecretKey(Buffer.alloc(32, 7)))
const storage = await openSqlite({ file: ':memory:', migrations, clock: { now: () => 0 } })
const accessed = new Accessed()
const policies = new Policies(createSecretKey(Buffer.alloc(32, 8)))
after(() => storage.close())

function secretOf(name: string, at: Partial<Secret> = {}): Secret {
  return {
    account: call.account,
    region: call.region,
    id: `id-${name}`,
    arn: secretArn(call.region, call.account, name, 'abcDEF'),
    name,
    type: undefined,
    description: undefined,
    kmsKeyId: undefined,
    owningService: undefined,
    tags: undefined,
    createdAt: 0,
    changedAt: 0,
    accessedDay: 0,
    deletedAt: undefined,
    purgeAt: undefined,
    ...at,
  }
}

/** Names of 60 secrets; creation, change and access hold many equal values, so that the name decides. */
const stored = Array.from({ length: 60 }, (_, n) =>
  secretOf(`${n % 2 === 0 ? 'even' : 'odd'}/${String((n * 37) % 60).padStart(2, '0')}`, {
    createdAt: (n % 7) * 1000,
    changedAt: (n % 5) * 1000,
    accessedDay: (n % 3) * DAY,
    ...(n % 10 === 9 && { deletedAt: 5, purgeAt: 6 }),
  }),
)
await storage.unit('write', async (unit) => {
  const secrets = new Secrets(unit, call, accessed, policies)
  for (const secret of stored) await secrets.insert(secret)
  await secrets.saveStages(stored[0] as Secret, new Map(), new Map([['AWSCURRENT', 'version-1']]), 0)
  await secrets.insert(secretOf('elsewhere', { region: 'eu-west-1' }))
  await secrets.insert(secretOf('foreign', { account: '444455556666' }))
})

function list(input: ListSecretsRequest, asked = call) {
  return storage.unit('read', (unit) =>
    ListSecrets.run(input, { secrets: new Secrets(unit, asked, accessed, policies), paging } as Env, asked),
  )
}

async function walkedNames(input: ListSecretsRequest): Promise<string[]> {
  const names: string[] = []
  for (let NextToken: string | undefined; ; ) {
    const page = await list({ ...input, ...(NextToken && { NextToken }) })
    assert.ok(page.SecretList.length <= (input.MaxResults ?? 100))
    names.push(...page.SecretList.map(({ Name }) => Name ?? ''))
    NextToken = page.NextToken
    if (NextToken === undefined) return names
  }
}

const fields = {
  'created-date': ({ createdAt }: Secret) => createdAt,
  'last-changed-date': ({ changedAt }: Secret) => changedAt,
  'last-accessed-date': ({ accessedDay }: Secret) => accessedDay,
  name: () => 0,
} as const

test('ListSecrets walks every secret once in each order, whatever the page size', async () => {
  for (const SortBy of ['created-date', 'last-changed-date', 'last-accessed-date', 'name'] as const) {
    const field = fields[SortBy]
    const ascending = stored
      .filter(({ deletedAt }) => deletedAt === undefined)
      .toSorted((a, b) => field(a) - field(b) || (a.name < b.name ? -1 : 1))
      .map(({ name }) => name)
    for (const MaxResults of [1, 7, 100]) {
      assert.deepEqual(await walkedNames({ SortBy, MaxResults }), ascending, `${SortBy} by ${MaxResults}`)
      const descending = await walkedNames({ SortBy, SortOrder: 'desc', MaxResults })
      assert.deepEqual(descending, ascending.toReversed(), `${SortBy} descending by ${MaxResults}`)
    }
  }
})

test('ListSecrets pages by the stored day of access while later days are only noted', async () => {
  for (const { id } of stored.slice(0, 30)) accessed.note(call.account, call.region, id, 'version-1', 9 * DAY)
  const all = await walkedNames({ SortBy: 'last-accessed-date', MaxResults: 4 })
  accessed.clear()
  assert.equal(new Set(all).size, 54)
  assert.equal(all.length, 54)
})

test('ListSecrets shows secrets scheduled for deletion only when asked', async () => {
  assert.equal((await walkedNames({})).length, 54)
  assert.equal((await walkedNames({ IncludePlannedDeletion: true, MaxResults: 11 })).length, 60)
})

test('ListSecrets filters while it pages', async () => {
  const Filters = [{ Key: 'name' as const, Values: ['odd/'] }]
  const odd = stored.filter(({ name, deletedAt }) => name.startsWith('odd/') && deletedAt === undefined)
  assert.deepEqual(
    await walkedNames({ Filters, MaxResults: 4, SortBy: 'name' }),
    odd.map(({ name }) => name).toSorted(),
  )
})

test('ListSecrets leaves out what a secret does not have', async () => {
  const { SecretList } = await list({ MaxResults: 1 })
  const { name, arn } = stored[0] as Secret
  assert.deepEqual(SecretList, [
    {
      ARN: arn,
      Name: name,
      LastChangedDate: new Date(0),
      SecretVersionsToStages: { 'version-1': ['AWSCURRENT'] },
      CreatedDate: new Date(0),
    },
  ])
})

test('ListSecrets shows description, key, tags, type, owner and days that a secret has', async () => {
  const full = secretOf('full', {
    description: 'of all',
    kmsKeyId: 'alias/mine',
    tags: new Map([
      ['b', '1'],
      ['a', ''],
    ]),
    type: 'DatadogApiKey',
    owningService: 'rds',
    accessedDay: 3 * DAY,
    createdAt: 99_000,
    changedAt: 100_000,
  })
  const bare = secretOf('full-bare', { description: '', tags: new Map(), createdAt: 100_000 })
  await storage.unit('write', async (unit) => {
    for (const secret of [full, bare]) await new Secrets(unit, call, accessed, policies).insert(secret)
  })
  const { SecretList } = await list({ Filters: [{ Key: 'name', Values: ['full'] }] })
  assert.deepEqual(SecretList, [
    {
      ARN: full.arn,
      Name: 'full',
      Type: 'DatadogApiKey',
      Description: 'of all',
      KmsKeyId: 'alias/mine',
      LastChangedDate: new Date(100_000),
      LastAccessedDate: new Date(3 * DAY),
      Tags: [
        { Key: 'b', Value: '1' },
        { Key: 'a', Value: '' },
      ],
      OwningService: 'rds',
      CreatedDate: new Date(99_000),
    },
    { ARN: bare.arn, Name: 'full-bare', Tags: [], LastChangedDate: new Date(0), CreatedDate: new Date(100_000) },
  ])
})

test('ListSecrets refuses a token of another question, account or region', async () => {
  const { NextToken = '' } = await list({ MaxResults: 1 })
  const others: [ListSecretsRequest, Call][] = [
    [{ SortBy: 'name' }, call],
    [{ SortOrder: 'desc' }, call],
    [{ IncludePlannedDeletion: true }, call],
    [{ Filters: [{ Key: 'name', Values: ['x'] }] }, call],
    [{}, { ...call, region: 'eu-west-1' }],
    [{}, { ...call, account: '444455556666' }],
  ]
  for (const [input, asked] of others) {
    await assert.rejects(
      list({ ...input, NextToken }, asked),
      (error) => error instanceof ApiError && error.code === 'InvalidNextTokenException',
    )
  }
  // The page size is not part of the question, nor is the default order when it is said.
  assert.equal(
    (await list({ NextToken, MaxResults: 5, SortBy: 'created-date', SortOrder: 'asc' })).SecretList.length,
    5,
  )
})

test('ListSecrets has no resource: it must be allowed on * (source: secretsmanager.md 7.1)', async () => {
  assert.deepEqual(await ListSecrets.target({}, {} as Env, call), { resource: '*' })
})
