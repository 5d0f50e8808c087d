import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, test } from 'node:test'
import type { BatchGetSecretValueRequest } from '@aws-sdk/client-secrets-manager'
import { compile } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { Accessed } from '../accessed.ts'
import type { Readers } from '../readers.ts'
import { secretArn } from '../model/identity.ts'
import type { Secret } from '../model/secret.ts'
import type { Env } from '../operation.ts'
import { pagingWith } from '../paging.ts'
import { migrations } from '../schema.ts'
import { Policies } from '../policies.ts'
import { Secrets } from '../store.ts'
import { BatchGetSecretValue } from './BatchGetSecretValue.ts'

const cell = { account: '111122223333', region: 'us-east-1' }
const storage = await openSqlite({ file: ':memory:', migrations, clock: { now: () => 0 } })
after(() => storage.close())
const accessed = new Accessed()
const readers = { note: () => undefined } as Partial<Readers> as Readers
const policies = new Policies(createSecretKey(Buffer.alloc(32, 8)))
const paging = pagingWith(createSecretKey(Buffer.alloc(32, 7)))
const DAY = 86_400_000

const arnOf = (name: string) => secretArn(cell.region, cell.account, name, 'abcDEF')

/** Makes a secret; its value is its name, in a version that is `kind`. */
async function store(name: string, kind: 'string' | 'binary' | 'none', at: Partial<Secret> = {}): Promise<void> {
  await storage.unit('write', async (unit) => {
    const secrets = new Secrets(unit, cell, accessed, policies)
    const none = { type: undefined, description: undefined, kmsKeyId: undefined, owningService: undefined }
    const times = { createdAt: 0, changedAt: 0, accessedDay: 0, deletedAt: undefined, purgeAt: undefined }
    const secret: Secret = {
      ...cell,
      id: `id-${name}`,
      arn: arnOf(name),
      name,
      tags: undefined,
      ...none,
      ...times,
      ...at,
    }
    await secrets.insert(secret)
    if (kind === 'none') return
    await secrets.insertVersion(secret, {
      id: `version-of-${name}`,
      kind,
      createdAt: 5000,
      accessedDay: 0,
      keyArn: 'arn:aws:kms:us-east-1:111122223333:key/k',
      defaultKey: true,
      dataKey: Buffer.from('k'),
      sealed: Buffer.from(name),
    })
    await secrets.saveStages(secret, new Map(), new Map([['AWSCURRENT', `version-of-${name}`]]), 0)
  })
}

for (let n = 0; n < 25; n++) await store(`many/${String(n).padStart(2, '0')}`, 'string', { createdAt: n })
await store('binary', 'binary')
await store('bare', 'none')
await store('leaving', 'string', { deletedAt: 1, purgeAt: 2 })
await store('many/leaving', 'string', { deletedAt: 1, purgeAt: 2 })
await store('broken', 'string')

/** A cipher that knows no secret: values are stored in clear, and `broken` says what KMS would. */
const cipher = {
  async open({ arn }: { arn: string }, { sealed }: { sealed: Uint8Array }) {
    if (arn === arnOf('broken')) throw new ApiError('DecryptionFailure', 'the key is disabled')
    return Buffer.from(sealed)
  },
} as unknown as Env['cipher']

const root: Caller = {
  kind: 'root',
  account: cell.account,
  arn: `arn:aws:iam::${cell.account}:root`,
  principalArn: `arn:aws:iam::${cell.account}:root`,
  userId: cell.account,
  accessKeyId: 'AKIAEXAMPLE',
  tags: new Map(),
  policies: [],
}

function callOf(caller: Caller = root): Call {
  const from = { sourceIp: '127.0.0.1', userAgent: 'test', secure: false }
  return { requestId: 'r', caller, ...cell, now: 3 * DAY + 1000, ...from, events: [] }
}

function batch(input: BatchGetSecretValueRequest, call = callOf()) {
  return storage.unit('read', (unit) => {
    const secrets = new Secrets(unit, cell, accessed, policies)
    const env = { secrets, cipher, accessed, readers, paging, random: systemRandom } as Partial<Env> as Env
    return BatchGetSecretValue.run(input, env, call)
  })
}

async function refusalOf(input: BatchGetSecretValueRequest): Promise<string> {
  try {
    await batch(input)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return `${error.code}: ${error.message}`
  }
  return 'taken'
}

test('BatchGetSecretValue answers the current version of each secret once, however it is named', async () => {
  const { SecretValues, Errors } = await batch({ SecretIdList: ['many/00', arnOf('many/00'), 'many/00', 'binary'] })
  assert.deepEqual(Errors, [])
  assert.deepEqual(SecretValues, [
    {
      ARN: arnOf('many/00'),
      Name: 'many/00',
      VersionId: 'version-of-many/00',
      SecretString: 'many/00',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(5000),
    },
    {
      ARN: arnOf('binary'),
      Name: 'binary',
      VersionId: 'version-of-binary',
      SecretBinary: Buffer.from('binary'),
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(5000),
    },
  ])
})

test('BatchGetSecretValue puts what it can’t read into Errors, under the id as sent', async () => {
  const SecretIdList = ['none', 'bare', 'leaving', 'broken', 'no name', 'binary']
  const { SecretValues, Errors } = await batch({ SecretIdList })
  assert.deepEqual(
    SecretValues.map(({ Name }) => Name),
    ['binary'],
  )
  assert.deepEqual(
    Errors.map(({ SecretId, ErrorCode }) => `${SecretId}: ${ErrorCode}`),
    [
      'none: ResourceNotFoundException',
      'bare: ResourceNotFoundException',
      'leaving: InvalidRequestException',
      'broken: DecryptionFailure',
      'no name: ValidationException',
    ],
  )
  assert.equal(Errors[0]?.Message, "Secrets Manager can't find the specified secret.")
  assert.equal(
    Errors[1]?.Message,
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  )
})

test('BatchGetSecretValue leaves a GetSecretValue event for each secret, with the code of what was refused', async () => {
  const call = callOf()
  await batch({ SecretIdList: ['many/01', 'none'] }, call)
  assert.deepEqual(
    call.events.map(({ eventName, readOnly, requestParameters, responseElements, errorCode }) => [
      eventName,
      readOnly,
      requestParameters,
      responseElements,
      errorCode,
    ]),
    [
      ['GetSecretValue', true, { secretId: 'many/01' }, null, undefined],
      ['GetSecretValue', true, { secretId: 'none' }, null, 'ResourceNotFoundException'],
    ],
  )
  assert.doesNotMatch(JSON.stringify(call.events.map((event) => ({ ...event, call: undefined }))), /SecretString/)
})

test('BatchGetSecretValue asks for GetSecretValue on each secret, as the caller', async () => {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: `${arnOf('many/0')}`.replace('-abcDEF', '*'),
      },
    ],
  }
  const arn = `arn:aws:iam::${cell.account}:user/reader`
  const policies = [compile(JSON.stringify(policy))]
  const reader: Caller = { ...root, kind: 'user', arn, principalArn: arn, userName: 'reader', policies }
  const call = callOf(reader)
  const { SecretValues, Errors } = await batch({ SecretIdList: ['many/02', 'many/12', 'none'] }, call)
  assert.deepEqual(
    SecretValues.map(({ SecretString }) => SecretString),
    ['many/02'],
  )
  const denied = (id: string) => ({
    SecretId: id,
    ErrorCode: 'AccessDeniedException',
    Message: `User: ${arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${id} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
  })
  // Who may not read does not learn that there is nothing to read.
  assert.deepEqual(Errors, [denied('many/12'), denied('none')])
  assert.deepEqual(
    call.events.map(({ errorCode }) => errorCode),
    [undefined, 'AccessDeniedException', 'AccessDeniedException'],
  )
})

test('BatchGetSecretValue with filters walks all that they select, 20 at a time, none scheduled for deletion', async () => {
  const Filters = [{ Key: 'name' as const, Values: ['many/'] }]
  const names: (string | undefined)[] = []
  const sizes: number[] = []
  for (let NextToken: string | undefined, pages = 0; pages < 5; pages++) {
    const page = await batch({ Filters, ...(NextToken && { NextToken }) })
    names.push(...page.SecretValues.map(({ Name }) => Name))
    sizes.push(page.SecretValues.length)
    assert.deepEqual(page.Errors, [])
    NextToken = page.NextToken
    if (NextToken === undefined) break
  }
  assert.deepEqual(sizes, [20, 5])
  assert.deepEqual(
    names,
    Array.from({ length: 25 }, (_, n) => `many/${String(n).padStart(2, '0')}`),
  )
})

test('BatchGetSecretValue refuses both lists, none, and pages of ids', async () => {
  const Filters = [{ Key: 'name' as const, Values: ['many/'] }]
  const either = "InvalidParameterException: Either 'SecretIdList' or 'Filters' must be provided, but not both."
  assert.equal(await refusalOf({}), either)
  assert.equal(await refusalOf({ SecretIdList: ['binary'], Filters }), either)
  assert.equal(
    await refusalOf({ SecretIdList: ['binary'], MaxResults: 5 }),
    "InvalidParameterException: 'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
  )
  assert.match(await refusalOf({ SecretIdList: ['binary'], NextToken: 'x' }), /^InvalidNextTokenException: /)
  assert.match(await refusalOf({ Filters, NextToken: 'x' }), /^InvalidNextTokenException: /)
  const { NextToken = '' } = await batch({ Filters, MaxResults: 1 })
  const others = [{ Key: 'name' as const, Values: ['other'] }]
  assert.match(await refusalOf({ Filters: others, NextToken }), /^InvalidNextTokenException: /)
  assert.equal((await batch({ Filters, NextToken, MaxResults: 2 })).SecretValues[0]?.Name, 'many/01')
})

test('BatchGetSecretValue must be allowed on *, and with filters ListSecrets too (source: secretsmanager.md 7.2)', async () => {
  const target = (input: BatchGetSecretValueRequest) => BatchGetSecretValue.target(input, {} as Env, callOf())
  assert.deepEqual(await target({ SecretIdList: ['binary'] }), { resource: '*' })
  assert.deepEqual(await target({ Filters: [] }), [
    { resource: '*' },
    { resource: '*', action: 'secretsmanager:ListSecrets' },
  ])
})

test('BatchGetSecretValue counts as access of each secret it read', async () => {
  accessed.clear()
  await batch({ SecretIdList: ['many/03', 'none'] })
  assert.equal(accessed.ofSecret('id-many/03', 0), 3 * DAY)
  assert.equal(accessed.ofSecret('id-many/04', 0), 0)
})

test('a failure of ours fails the whole batch', async () => {
  const broken = new Error('the store is gone')
  const env = { secrets: { read: () => Promise.reject(broken) }, random: systemRandom } as unknown as Env
  await assert.rejects(async () => BatchGetSecretValue.run({ SecretIdList: ['a'] }, env, callOf()), broken)
})
