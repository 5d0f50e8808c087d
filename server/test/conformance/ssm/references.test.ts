import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { SSM } from '@aws-sdk/client-ssm'
import type { Position } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { start } from '../../start.ts'
import { clientsOf, refused, region } from '../session.ts'

/**
 * Secrets read as parameters, `/aws/reference/secretsmanager/…`, with the official client: what is answered, and that the caller needs
 * each of three permissions, on the parameter, on the secret and on its key. Source: parameterstore.md 11, recorded where it says so.
 */

const server = await start({ engine: 'file' })
const root = clientsOf(server)
const config = { endpoint: server.url, region, maxAttempts: 1 }
const ssm = new SSM({ ...config, credentials: server.credentials })
const trail = openFileReader(join(server.directory as string, 'audit.db'))
let position: Position = new Map()
const reader = await person('reader')
after(async () => {
  for (const one of [root, ssm, reader]) one.destroy()
  await trail.close()
  await server[Symbol.asyncDispose]()
})

async function person(UserName: string): Promise<SSM> {
  await root.iam.createUser({ UserName })
  const { AccessKey } = await root.iam.createAccessKey({ UserName })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return new SSM({ ...config, credentials: { accessKeyId, secretAccessKey } })
}

interface Recorded {
  readonly eventSource: string
  readonly eventName: string
  readonly errorCode?: string
  readonly requestParameters: Record<string, unknown> | null
  readonly additionalEventData?: unknown
  readonly userIdentity: { readonly userName?: string; readonly invokedBy?: string }
}

/** What has come to the trail since the last look, without the changes of permissions: those come when they come. */
async function recorded(): Promise<Recorded[]> {
  const read = await trail.after(position)
  position = read.position
  const records = read.records.map(({ record }) => JSON.parse(record) as Recorded)
  return records.filter(({ eventSource }) => eventSource !== 'iam.amazonaws.com')
}

const allow = (Action: string | string[], Resource: string | string[]) => ({ Effect: 'Allow', Action, Resource })
async function mayDo(...Statement: object[]): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await root.iam.putUserPolicy({ UserName: 'reader', PolicyName: 'own', PolicyDocument })
}

const BASE = '/aws/reference/secretsmanager/'
const get = (Name: string, client = ssm) => client.getParameter({ Name: `${BASE}${Name}`, WithDecryption: true })
const notFound = (tail: string) =>
  `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/${tail} not found.`
const dependency = 'An error occurred while calling one AWS dependency service.'
const syntax =
  'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>'
const undecrypted = 'WithDecryption flag must be True for retrieving a Secret Manager secret.'

let arn = ''
let first = ''
let second = ''
let keyArn = ''
before(async () => {
  const made = await root.secrets.createSecret({ Name: 'prod/db', SecretString: '{"password":"a=b"}' })
  arn = made.ARN ?? ''
  first = made.VersionId ?? ''
  const put = await root.secrets.putSecretValue({
    SecretId: arn,
    SecretString: 'new',
    VersionStages: ['AWSCURRENT', '1'],
  })
  second = put.VersionId ?? ''
  keyArn = (await root.kms.createKey({})).KeyMetadata?.Arn ?? ''
  await root.secrets.createSecret({ Name: 'own-key', SecretString: 'of own-key', KmsKeyId: keyArn })
  await root.secrets.createSecret({ Name: 'bytes', SecretBinary: Uint8Array.from([0, 128, 255]) })
  await root.secrets.createSecret({ Name: 'leaving', SecretString: 'x' })
  await root.secrets.deleteSecret({ SecretId: 'leaving' })
  await recorded()
})

test('trap 39: a secret is a SecureString of version 0 with the ARN of the secret and without a DataType', async () => {
  const { Parameter } = await get('prod/db')
  const { CreatedDate, VersionStages } = await root.secrets.getSecretValue({ SecretId: arn })
  const { SourceResult = '', ...rest } = Parameter ?? {}
  assert.deepEqual(rest, {
    Name: `${BASE}prod/db`,
    Type: 'SecureString',
    Value: 'new',
    Version: 0,
    LastModifiedDate: CreatedDate,
    ARN: arn,
  })
  assert.match(
    SourceResult,
    /^\{"ARN":"[^"]+","name":"prod\/db","versionId":"[^"]+","secretString":"new","versionStages":\["/,
  )
  const { createdDate, ...source } = JSON.parse(SourceResult)
  assert.deepEqual(source, {
    ARN: arn,
    name: 'prod/db',
    versionId: second,
    secretString: 'new',
    versionStages: VersionStages,
  })
  assert.match(createdDate, /^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M$/)
})

test('a selector is a version id or a stage, taken literally', async () => {
  const value = async (selector: string) => (await get(`prod/db:${selector}`)).Parameter
  for (const selector of [first, 'AWSPREVIOUS']) {
    const parameter = await value(selector)
    assert.equal(parameter?.Value, '{"password":"a=b"}')
    assert.equal(parameter?.Selector, `:${selector}`)
    assert.equal(parameter?.Name, `${BASE}prod/db`)
    assert.ok(parameter?.SourceResult?.includes(String.raw`{\"password\":\"a\u003db\"}`))
  }
  for (const selector of [second, 'AWSCURRENT', '1']) assert.equal((await value(selector))?.Value, 'new')
  for (const selector of ['01', 'nobody', 'two words', '00000000-0000-4000-8000-000000000000']) {
    await refused(value(selector), 'ParameterNotFound', notFound(`prod/db:${selector}`))
  }
})

test('a secret of bytes has no Value; its bytes stand in SourceResult', async () => {
  const { Parameter } = await get('bytes')
  assert.equal(Parameter?.Value, undefined)
  assert.deepEqual(JSON.parse(Parameter?.SourceResult ?? '').secretBinary, {
    ...{ hb: [0, -128, -1], offset: 0, isReadOnly: false, bigEndian: true, nativeByteOrder: false },
    ...{ mark: -1, position: 0, limit: 3, capacity: 3, address: 8 },
  })
})

test('trap 39: what is not there says so in words of its own, with `null` in the place of a selector', async () => {
  await refused(get('nobody'), 'ParameterNotFound', notFound('nobodynull'))
  await refused(get('prod/db/AWSPREVIOUS'), 'ParameterNotFound', notFound('prod/db/AWSPREVIOUSnull'))
  await refused(get('a b'), 'ParameterNotFound', notFound('a bnull'))
  await refused(get('leaving'), 'ValidationException', 'Invalid Request to Secrets Manager')
})

test('the checks come in their order: syntax, WithDecryption, permission, existence', async () => {
  for (const name of ['prod/db:', 'prod/db:a:b', arn]) {
    await refused(ssm.getParameter({ Name: `${BASE}${name}` }), 'ValidationException', syntax)
  }
  for (const name of ['prod/db', 'nobody', 'prod/db:nobody', 'leaving']) {
    await refused(ssm.getParameter({ Name: `${BASE}${name}` }), 'ValidationException', undecrypted)
  }
})

test('trap 40: without GetSecretValue the answer is a ValidationException, whether there is such a secret or not', async () => {
  const read = allow(['ssm:GetParameter', 'ssm:GetParameters'], '*')
  await mayDo(read)
  for (const name of ['prod/db', 'nobody', 'prod/db:nobody', 'leaving']) {
    await refused(get(name, reader), 'ValidationException', dependency)
  }
  // and it sinks a whole batch
  await ssm.putParameter({ Name: 'plain', Value: 'v', Type: 'String', Overwrite: true })
  const Names = ['plain', `${BASE}prod/db`]
  await refused(reader.getParameters({ Names, WithDecryption: true }), 'ValidationException', dependency)
  await mayDo(read, allow('secretsmanager:GetSecretValue', arn))
  assert.deepEqual(
    (await reader.getParameters({ Names, WithDecryption: true })).Parameters?.map(({ Value }) => Value),
    ['new', 'v'],
  )
})

test('all three permissions are needed: on the parameter’s name, on the secret, on its key', async () => {
  const parameter = allow('ssm:GetParameter', `arn:aws:ssm:${region}:${server.account}:parameter${BASE}own-key`)
  const secret = allow(
    'secretsmanager:GetSecretValue',
    `arn:aws:secretsmanager:${region}:${server.account}:secret:own-key-*`,
  )
  const key = {
    ...allow('kms:Decrypt', keyArn),
    Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
  }
  const read = () => get('own-key', reader)
  await mayDo(parameter, secret, key)
  assert.equal((await read()).Parameter?.Value, 'of own-key')
  await mayDo(secret, key)
  await refused(
    read(),
    'AccessDeniedException',
    /not authorized to perform: ssm:GetParameter on resource: .*:parameter\/aws\/reference\/secretsmanager\/own-key because/,
  )
  await mayDo(parameter, key)
  await refused(read(), 'ValidationException', dependency)
  await mayDo(parameter, secret)
  await refused(read(), 'ValidationException', dependency)
  // what the secret's own policy denies is denied here too
  await mayDo(parameter, secret, key)
  const Principal = { AWS: `arn:aws:iam::${server.account}:user/reader` }
  const deny = { Effect: 'Deny', Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' }
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] })
  await root.secrets.putResourcePolicy({ SecretId: 'own-key', ResourcePolicy })
  await refused(read(), 'ValidationException', dependency)
  await root.secrets.deleteResourcePolicy({ SecretId: 'own-key' })
  assert.equal((await read()).Parameter?.Value, 'of own-key')
  // permission to read the secret through Parameter Store only
  const through = { ...secret, Condition: { StringEquals: { 'aws:CalledVia': 'ssm.amazonaws.com' } } }
  await mayDo(parameter, key, { ...through, Condition: { 'ForAnyValue:StringEquals': through.Condition.StringEquals } })
  assert.equal((await read()).Parameter?.Value, 'of own-key')
})

test('a key that is disabled is a failure of the dependency', async () => {
  await root.kms.disableKey({ KeyId: keyArn })
  await refused(get('own-key'), 'ValidationException', dependency)
  await root.kms.enableKey({ KeyId: keyArn })
  assert.equal((await get('own-key')).Parameter?.Value, 'of own-key')
})

test('a reading leaves three records, each as the service that was asked, and none of them the value', async () => {
  await mayDo(allow('*', '*'))
  await recorded()
  await get(`own-key:AWSCURRENT`, reader)
  const records = await recorded()
  assert.deepEqual(
    records.map(({ eventSource, eventName, userIdentity: { userName, invokedBy } }) => [
      eventSource,
      eventName,
      userName,
      invokedBy,
    ]),
    [
      ['kms.amazonaws.com', 'Decrypt', 'reader', 'secretsmanager.amazonaws.com'],
      ['secretsmanager.amazonaws.com', 'GetSecretValue', 'reader', 'ssm.amazonaws.com'],
      ['ssm.amazonaws.com', 'GetParameter', 'reader', undefined],
    ],
  )
  assert.deepEqual(records[1]?.requestParameters, { secretId: 'own-key', versionStage: 'AWSCURRENT' })
  const { ARN, VersionId } = await root.secrets.getSecretValue({ SecretId: 'own-key' })
  // who read the secret, and which version: a reading through Parameter Store is one of the secret
  assert.deepEqual(records[1]?.additionalEventData, { SecretId: ARN, SecretVersionId: VersionId })
  assert.ok(!JSON.stringify(records).includes('of own-key'))
  await mayDo(allow('ssm:*', '*'))
  await recorded()
  await refused(get('own-key', reader), 'ValidationException')
  assert.deepEqual(
    (await recorded()).map(({ eventName, errorCode, additionalEventData }) => [
      eventName,
      errorCode,
      additionalEventData,
    ]),
    [
      ['GetSecretValue', 'AccessDeniedException', { SecretId: ARN }],
      ['GetParameter', 'ValidationException', undefined],
    ],
  )
})

test('the access counts as one of the secret', async () => {
  await root.secrets.createSecret({ Name: 'untouched', SecretString: 'x' })
  await get('untouched')
  await server.inside.flush()
  const { LastAccessedDate } = await root.secrets.describeSecret({ SecretId: 'untouched' })
  assert.equal(LastAccessedDate?.getTime(), Math.floor(server.clock.now() / 86_400_000) * 86_400_000)
})

test('in GetParameters bad syntax, no decryption and what is not there are listed; what is leaving fails the call', async () => {
  const names = ['prod/db', 'prod/db:AWSPREVIOUS', 'nobody', 'prod/db:', 'prod/db:a:b', 'prod/db:nobody'].map(
    (name) => `${BASE}${name}`,
  )
  const read = await ssm.getParameters({ Names: names, WithDecryption: true })
  assert.deepEqual(
    read.Parameters?.map(({ Selector, Value }) => [Selector, Value]),
    [
      [':AWSPREVIOUS', '{"password":"a=b"}'],
      [undefined, 'new'],
    ],
  )
  assert.deepEqual(read.InvalidParameters, names.slice(2).sort())
  assert.deepEqual((await ssm.getParameters({ Names: names })).InvalidParameters, [...names].sort())
  const Names = [`${BASE}leaving`, `${BASE}prod/db`]
  await refused(
    ssm.getParameters({ Names, WithDecryption: true }),
    'ValidationException',
    'Invalid Request to Secrets Manager',
  )
})

test('by its ARN a reference is one of the caller’s own account and region', async () => {
  const byArn = (account: string, place = region) =>
    ssm.getParameter({ Name: `arn:aws:ssm:${place}:${account}:parameter${BASE}prod/db`, WithDecryption: true })
  assert.equal((await byArn(server.account)).Parameter?.Value, 'new')
  assert.equal((await byArn(server.account)).Parameter?.Name, `${BASE}prod/db`)
  await refused(byArn('444455556666'), 'AccessDeniedException')
  await refused(byArn(server.account, 'eu-west-1'), 'ParameterNotFound')
})

test('a name that no secret can have is one that is not there, however long', async () => {
  for (const name of ['x'.repeat(2000), '../..', 'ü', 'a\nb', '*', '%2f']) {
    await refused(get(name), 'ParameterNotFound', notFound(`${name}null`))
  }
})

test('everything else knows of no references', async () => {
  const Name = `${BASE}prod/db`
  await refused(
    ssm.putParameter({ Name, Value: 'x', Type: 'String' }),
    'AccessDeniedException',
    'No access to reserved parameter name: aws/reference/secretsmanager/prod/db.',
  )
  await refused(ssm.deleteParameter({ Name }), 'ParameterNotFound')
  await refused(ssm.getParameterHistory({ Name }), 'ParameterNotFound')
  await refused(ssm.labelParameterVersion({ Name, Labels: ['x'] }), 'ParameterNotFound')
  await refused(ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: Name }), 'InvalidResourceId')
  assert.deepEqual(
    (await ssm.getParametersByPath({ Path: '/aws/reference', Recursive: true, WithDecryption: true })).Parameters,
    [],
  )
  const { Parameters = [] } = await ssm.describeParameters({ MaxResults: 50 })
  assert.ok(Parameters.every((parameter) => !parameter.Name?.includes('reference')))
})
