import assert from 'node:assert/strict'
import { test } from 'node:test'
import { session, version } from '../session.ts'
import { refusedOnWire, wireOf } from './rig.ts'

/**
 * The table of constraints: each member of each operation at both ends of its bounds, on either side. Inside, the answer is anything
 * but a ValidationException; outside, it names path and constraint. Source: secretsmanager.md 8.0, 1.6.
 */

const { server } = await session()
const wire = wireOf(server)

/** A value that is refused, and what is said of it. `path`: where it is not the member itself. */
interface Wrong {
  readonly value: unknown
  readonly constraint: string
  readonly path?: string
  /** Sensitive values are not repeated, nor are lists and numbers in quotes of their own. */
  readonly shown?: string
}

interface Bounds {
  readonly good: readonly unknown[]
  readonly wrong: readonly Wrong[]
}

const x = (length: number) => 'x'.repeat(length)
const least = (n: number) => `Member must have length greater than or equal to ${n}`
const most = (n: number) => `Member must have length less than or equal to ${n}`
const atLeast = (n: number) => `Member must have value greater than or equal to ${n}`
const atMost = (n: number) => `Member must have value less than or equal to ${n}`

const text = (from: number, to: number): Bounds => ({
  good: [x(Math.max(from, 0)), x(to)],
  wrong: [
    ...(from === 0 ? [] : [{ value: x(from - 1), constraint: least(from) }]),
    { value: x(to + 1), constraint: most(to) },
  ],
})
const whole = (from: number, to: number): Bounds => ({
  good: [from, to],
  wrong: [
    { value: from - 1, constraint: atLeast(from) },
    { value: to + 1, constraint: atMost(to) },
  ],
})
const oneOf = (...values: string[]): Bounds => ({
  good: values,
  wrong: [{ value: x(3), constraint: 'Member must satisfy enum value set: [' }],
})
const flag: Bounds = { good: [true, false], wrong: [] }
const hidden = ({ good, wrong }: Bounds): Bounds => ({
  good,
  wrong: wrong.map((one) => ({ ...one, shown: '' })),
})
const base64 = (length: number) => Buffer.alloc(length, 'x').toString('base64')

const members: Readonly<Record<string, Bounds>> = {
  Name: text(1, 512),
  SecretId: text(1, 2048),
  ClientRequestToken: text(32, 64),
  VersionId: text(32, 64),
  MoveToVersionId: text(32, 64),
  RemoveFromVersionId: text(32, 64),
  VersionStage: text(1, 256),
  VersionStages: {
    good: [['a'], Array.from({ length: 20 }, (_, n) => `stage-${n}`)],
    wrong: [
      { value: [], constraint: least(1) },
      { value: Array.from({ length: 21 }, (_, n) => `s${n}`), constraint: most(20) },
    ],
  },
  Description: text(0, 2048),
  KmsKeyId: text(0, 2048),
  SecretString: hidden(text(1, 65_536)),
  SecretBinary: {
    good: [base64(1), base64(65_536)],
    wrong: [
      { value: '', constraint: least(1), shown: '' },
      { value: base64(65_537), constraint: most(65_536), shown: '' },
    ],
  },
  Tags: {
    good: [[], [{ Key: x(128), Value: x(256) }], [{ Key: 'k', Value: '' }]],
    wrong: [
      { value: [{ Key: '', Value: '' }], path: 'tags.1.member.key', constraint: least(1) },
      { value: [{ Key: 'k' }, { Key: x(129) }], path: 'tags.2.member.key', constraint: most(128) },
      { value: [{ Key: 'k', Value: x(257) }], path: 'tags.1.member.value', constraint: most(256) },
    ],
  },
  AddReplicaRegions: {
    good: [[{ Region: 'us-east-1' }], [{ Region: 'us-gov-west-1', KmsKeyId: x(2048) }]],
    wrong: [
      { value: [], constraint: least(1) },
      {
        value: [{ Region: 'Nowhere' }],
        path: 'addReplicaRegions.1.member.region',
        constraint: 'Member must satisfy regular expression pattern: ^([a-z]+-)+\\d+$',
      },
      {
        value: [{ Region: 'us-east-1', KmsKeyId: x(2049) }],
        path: 'addReplicaRegions.1.member.kmsKeyId',
        constraint: most(2048),
      },
    ],
  },
  ForceOverwriteReplicaSecret: flag,
  BlockPublicPolicy: flag,
  ForceDeleteWithoutRecovery: flag,
  IncludeDeprecated: flag,
  IncludePlannedDeletion: flag,
  RotateImmediately: flag,
  RequireEachIncludedType: flag,
  IncludeSpace: flag,
  // No range in the model: the service has its own, with its own code.
  RecoveryWindowInDays: { good: [0, 7, 30, 31, 100_000], wrong: [] },
  ResourcePolicy: text(1, 20_480),
  RotationLambdaARN: text(0, 2048),
  RotationRules: {
    good: [
      { AutomaticallyAfterDays: 1 },
      { AutomaticallyAfterDays: 1000, Duration: '1h' },
      { ScheduleExpression: 'r', Duration: '24h' },
    ],
    wrong: [
      { value: { AutomaticallyAfterDays: 0 }, path: 'rotationRules.automaticallyAfterDays', constraint: atLeast(1) },
      {
        value: { AutomaticallyAfterDays: 1001 },
        path: 'rotationRules.automaticallyAfterDays',
        constraint: atMost(1000),
      },
      { value: { Duration: '1' }, path: 'rotationRules.duration', constraint: least(2) },
      { value: { Duration: '100h' }, path: 'rotationRules.duration', constraint: most(3) },
      {
        value: { Duration: 'ah' },
        path: 'rotationRules.duration',
        constraint: 'Member must satisfy regular expression pattern: [0-9]+h',
      },
      { value: { ScheduleExpression: '' }, path: 'rotationRules.scheduleExpression', constraint: least(1) },
      { value: { ScheduleExpression: x(257) }, path: 'rotationRules.scheduleExpression', constraint: most(256) },
      {
        value: { ScheduleExpression: 'a_b' },
        path: 'rotationRules.scheduleExpression',
        constraint: 'Member must satisfy regular expression pattern: [0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+',
      },
    ],
  },
  RotationToken: hidden({
    ...text(36, 256),
    wrong: [
      ...text(36, 256).wrong,
      { value: `${x(36)} `, constraint: 'Member must satisfy regular expression pattern: ^[a-zA-Z0-9\\-]+$' },
    ],
  }),
  ExternalSecretRotationMetadata: {
    good: [[{ Key: x(1), Value: x(1) }], [{ Key: x(256), Value: x(2048) }]],
    wrong: [
      { value: [{ Key: '', Value: 'v' }], path: 'externalSecretRotationMetadata.1.member.key', constraint: least(1) },
      {
        value: [{ Key: x(257), Value: 'v' }],
        path: 'externalSecretRotationMetadata.1.member.key',
        constraint: most(256),
      },
      { value: [{ Key: 'k', Value: '' }], path: 'externalSecretRotationMetadata.1.member.value', constraint: least(1) },
      {
        value: [{ Key: 'k', Value: x(2049) }],
        path: 'externalSecretRotationMetadata.1.member.value',
        constraint: most(2048),
      },
    ],
  },
  ExternalSecretRotationRoleArn: text(20, 2048),
  Type: text(0, 256),
  Filters: {
    good: [[], [{ Key: 'name', Values: ['!a /_+=.@-!:'] }], [{ Key: 'all', Values: [''] }]],
    wrong: [
      {
        value: [
          { Key: 'name', Values: ['a'] },
          { Key: 'no', Values: ['a'] },
        ],
        path: 'filters.2.member.key',
        constraint: 'Member must satisfy enum value set: [',
      },
    ],
  },
  NextToken: text(1, 4096),
  SecretIdList: {
    good: [['a'], Array.from({ length: 20 }, (_, n) => `a${n}`)],
    wrong: [
      { value: [], constraint: least(1) },
      { value: Array.from({ length: 21 }, (_, n) => `a${n}`), constraint: most(20) },
    ],
  },
  SortOrder: oneOf('asc', 'desc'),
  SortBy: oneOf('created-date', 'last-accessed-date', 'last-changed-date', 'name'),
  PasswordLength: whole(1, 4096),
  ExcludeCharacters: text(0, 4096),
}
const maxResults = { list: whole(1, 100), batch: whole(1, 20) }

/** Operation → a request that has what is required, and the members that may be there besides. */
const operations: Readonly<Record<string, readonly [object, string]>> = {
  BatchGetSecretValue: [{}, 'SecretIdList Filters NextToken'],
  CancelRotateSecret: [{ SecretId: 'none' }, 'SecretId'],
  CreateSecret: [
    { Name: 'some' },
    'Name ClientRequestToken Description KmsKeyId SecretString SecretBinary Tags AddReplicaRegions ForceOverwriteReplicaSecret Type',
  ],
  DeleteResourcePolicy: [{ SecretId: 'none' }, 'SecretId'],
  DeleteSecret: [{ SecretId: 'none' }, 'SecretId RecoveryWindowInDays ForceDeleteWithoutRecovery'],
  DescribeSecret: [{ SecretId: 'none' }, 'SecretId'],
  GetRandomPassword: [{}, 'PasswordLength ExcludeCharacters RequireEachIncludedType IncludeSpace'],
  GetResourcePolicy: [{ SecretId: 'none' }, 'SecretId'],
  GetSecretValue: [{ SecretId: 'none' }, 'SecretId VersionId VersionStage'],
  ListSecretVersionIds: [{ SecretId: 'none' }, 'SecretId NextToken IncludeDeprecated'],
  ListSecrets: [{}, 'Filters IncludePlannedDeletion NextToken SortOrder SortBy'],
  PutResourcePolicy: [{ SecretId: 'none', ResourcePolicy: '{}' }, 'SecretId ResourcePolicy BlockPublicPolicy'],
  PutSecretValue: [
    { SecretId: 'none' },
    'SecretId ClientRequestToken SecretString SecretBinary VersionStages RotationToken',
  ],
  RestoreSecret: [{ SecretId: 'none' }, 'SecretId'],
  RotateSecret: [
    { SecretId: 'none' },
    'SecretId ClientRequestToken RotationLambdaARN RotationRules RotateImmediately ExternalSecretRotationMetadata ExternalSecretRotationRoleArn',
  ],
  TagResource: [{ SecretId: 'none', Tags: [] }, 'SecretId Tags'],
  UntagResource: [{ SecretId: 'none', TagKeys: [] }, 'SecretId'],
  UpdateSecret: [
    { SecretId: 'none' },
    'SecretId ClientRequestToken Description KmsKeyId SecretString SecretBinary Type',
  ],
  UpdateSecretVersionStage: [
    { SecretId: 'none', VersionStage: 's' },
    'SecretId VersionStage RemoveFromVersionId MoveToVersionId',
  ],
  ValidateResourcePolicy: [{ ResourcePolicy: '{}' }, 'SecretId ResourcePolicy'],
}

async function check(operation: string, request: object, member: string, { good, wrong }: Bounds): Promise<void> {
  for (const value of good) {
    const { json } = await wire(operation, { ...request, [member]: value })
    assert.notEqual(json?.__type, 'ValidationException', `${operation} ${member}: ${json?.message}`)
    assert.notEqual(json?.__type, 'SerializationException', `${operation} ${member}`)
  }
  const own = member.charAt(0).toLowerCase() + member.slice(1)
  for (const { value, constraint, path = own, shown } of wrong) {
    const answer = await wire(operation, { ...request, [member]: value })
    const { message = '' } = answer.json ?? {}
    refusedOnWire(answer, 'ValidationException', /^\d validation errors? detected: Value /, 'message')
    // A sensitive value is not repeated.
    if (shown === '') assert.match(message, /^1 validation error detected: Value at '/)
    assert.ok(
      message.includes(`at '${path}' failed to satisfy constraint: ${constraint}`),
      `${operation} ${member}: ${message.slice(-200)}`,
    )
  }
}

for (const [operation, [request, names]] of Object.entries(operations))
  test(`${operation}: the bounds of its members`, async () => {
    for (const name of names.split(' ')) await check(operation, request, name, members[name] as Bounds)
  })

test('MaxResults: 1 to 100 in lists, 1 to 20 in a batch', async () => {
  await check('ListSecrets', {}, 'MaxResults', maxResults.list)
  await check('ListSecretVersionIds', { SecretId: 'none' }, 'MaxResults', maxResults.list)
  await check('BatchGetSecretValue', { Filters: [] }, 'MaxResults', maxResults.batch)
})

test('texts in lists: labels of 1 to 256 characters, keys of tags of 1 to 128, ids of a batch of 1 to 2048', async () => {
  for (const [operation, member, value, range] of [
    [
      'PutSecretValue',
      'VersionStages',
      '',
      '[Member must have length less than or equal to 256, Member must have length greater than or equal to 1]',
    ],
    [
      'PutSecretValue',
      'VersionStages',
      x(257),
      '[Member must have length less than or equal to 256, Member must have length greater than or equal to 1]',
    ],
    [
      'UntagResource',
      'TagKeys',
      x(129),
      '[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]',
    ],
    [
      'BatchGetSecretValue',
      'SecretIdList',
      x(2049),
      '[Member must have length less than or equal to 2048, Member must have length greater than or equal to 1]',
    ],
  ] as const) {
    const id = operation === 'BatchGetSecretValue' ? {} : { SecretId: 'none', ClientRequestToken: version(1) }
    const answer = await wire(operation, { ...id, [member]: ['good', value] })
    refusedOnWire(answer, 'ValidationException', /^/, 'message')
    const path = member.charAt(0).toLowerCase() + member.slice(1)
    // Form assumed: the whole list is the value.
    assert.ok(
      answer.json.message.endsWith(
        `at '${path}' failed to satisfy constraint: Member must satisfy constraint: ${range}`,
      ),
      answer.json.message.slice(-250),
    )
  }
})

test('kinds: a number for a text, a text for a number, a list for an object, is no JSON of the operation’s', async () => {
  for (const [operation, input] of [
    ['CreateSecret', { Name: 7 }],
    ['CreateSecret', { Name: 'x', Tags: {} }],
    ['CreateSecret', { Name: 'x', SecretBinary: 'no base64!' }],
    ['DeleteSecret', { SecretId: 'x', RecoveryWindowInDays: 'seven' }],
    ['DeleteSecret', { SecretId: 'x', ForceDeleteWithoutRecovery: 'yes' }],
    ['RotateSecret', { SecretId: 'x', RotationRules: [] }],
    ['ListSecrets', { MaxResults: '5' }],
    ['ListSecrets', { Filters: ['name'] }],
  ] as const) {
    const answer = await wire(operation, input)
    assert.equal(answer.json.__type, 'SerializationException', `${operation} ${JSON.stringify(input)}`)
    assert.equal(answer.status, 400)
  }
})
