import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Position } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { connections, send, signed } from '../../registry/client.ts'
import { start } from '../../start.ts'
import { clientsOf, refused } from '../session.ts'

// PutParameter, GetParameter(s), DeleteParameter(s) through the SDK, with real permissions, KMS and trail. Source: parameterstore.md.

const server = await start({ engine: 'file' })
const clients = clientsOf(server)
const { ssm, kms, iam } = clients
const trail = openFileReader(join(server.directory as string, 'audit.db'))
let position: Position = new Map()
const agent = connections()
after(async () => {
  agent.destroy()
  clients.destroy()
  await trail.close()
  await server[Symbol.asyncDispose]()
})
const { account } = server
const arnOf = (key: string) => `arn:aws:ssm:us-east-1:${account}:parameter/${key}`

/** The body of an answer as it comes over the wire. */
async function raw(operation: string, input: unknown): Promise<string> {
  const headers = { 'x-amz-target': `AmazonSSM.${operation}`, 'content-type': 'application/x-amz-json-1.1' }
  const draft = { headers, body: JSON.stringify(input) }
  const { credentials, port, clock } = server
  const { text } = await send(agent, port, signed(port, draft, { credentials, service: 'ssm', at: clock.now() }))
  return text
}

/** A client of a user with these statements. */
async function user(UserName: string, ...Statement: object[]) {
  await iam.createUser({ UserName })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  if (Statement.length > 0) await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const clients = clientsOf(server, credentials)
  after(() => clients.destroy())
  return { ...clients, arn: `arn:aws:iam::${account}:user/${UserName}` }
}

const allow = (Action: string | string[], Resource: string | string[]) => ({ Effect: 'Allow', Action, Resource })

test('a parameter is made, read in every form, overwritten and deleted', async () => {
  const put = await ssm.putParameter({ Name: '/app/db', Value: 'hunter2', Type: 'SecureString' })
  assert.deepEqual([put.Version, put.Tier], [1, 'Standard'])
  const { Parameter } = await ssm.getParameter({ Name: '/app/db', WithDecryption: true })
  assert.ok(Parameter?.LastModifiedDate instanceof Date)
  const { LastModifiedDate: _, ...rest } = Parameter
  assert.deepEqual(rest, {
    ...{ Name: '/app/db', Type: 'SecureString', Value: 'hunter2', Version: 1, ARN: arnOf('app/db'), DataType: 'text' },
  })
  const encrypted = (await ssm.getParameter({ Name: '/app/db' })).Parameter?.Value ?? ''
  assert.match(encrypted, /^AQICA/)
  const context = { PARAMETER_ARN: arnOf('app/db') }
  const CiphertextBlob = Buffer.from(encrypted, 'base64')
  const { Plaintext } = await kms.decrypt({ CiphertextBlob, EncryptionContext: context }).catch((error) => {
    // The default key is for use through Systems Manager only. Source: parameterstore.md 5.
    assert.equal(error.name, 'AccessDeniedException')
    return { Plaintext: undefined }
  })
  assert.equal(Plaintext, undefined)
  assert.equal((await ssm.putParameter({ Name: '/app/db', Value: 'next', Overwrite: true })).Version, 2)
  const { Parameters, InvalidParameters } = await ssm.getParameters({
    Names: ['/app/db:1', arnOf('app/db'), '/app/gone', '/app/db:9'],
    WithDecryption: true,
  })
  assert.deepEqual(
    Parameters?.map(({ Value, Selector }) => [Value, Selector]),
    [
      ['hunter2', ':1'],
      ['next', undefined],
    ],
  )
  assert.deepEqual(InvalidParameters, ['/app/db:9', '/app/gone'])
  const { $metadata, ...nothing } = await ssm.deleteParameter({ Name: '/app/db' })
  assert.deepEqual([$metadata.httpStatusCode, nothing], [200, {}])
  const gone = await ssm.deleteParameters({ Names: ['/app/db'] })
  assert.deepEqual([gone.DeletedParameters, gone.InvalidParameters], [[], ['/app/db']])
})

test('trap 1: the body of ParameterNotFound is its code and nothing else (recorded)', async () => {
  assert.equal(await raw('GetParameter', { Name: '/nowhere' }), '{"__type":"ParameterNotFound"}')
  assert.equal(await raw('DeleteParameter', { Name: '/nowhere' }), '{"__type":"ParameterNotFound"}')
  await refused(ssm.getParameter({ Name: '/nowhere' }), 'ParameterNotFound')
})

test('trap 42: the text of most errors is in `message`, of AccessDeniedException in `Message` (1.1)', async () => {
  await ssm.putParameter({ Name: '/casing', Value: 'v', Type: 'String', AllowedPattern: 'v' })
  const bodies = [
    await raw('PutParameter', { Name: '/casing', Value: 'v', Type: 'String' }),
    await raw('PutParameter', { Name: '/casing', Value: 'w', Overwrite: true }),
    await raw('GetParameter', { Name: '/casing:2' }),
    await raw('GetParameter', { Name: 'a/b' }),
    await raw('PutParameter', { Name: '/aws/x', Value: 'v', Type: 'String' }),
  ].map((body) => JSON.parse(body) as Record<string, string>)
  assert.deepEqual(
    bodies.map(({ __type, ...more }) => [__type, Object.keys(more)]),
    [
      ['ParameterAlreadyExists', ['message']],
      ['ParameterPatternMismatchException', ['message']],
      ['ParameterVersionNotFound', ['message']],
      ['ValidationException', ['message']],
      ['AccessDeniedException', ['Message']],
    ],
  )
})

test('trap 43: dates are epoch seconds with a fraction', async () => {
  await ssm.putParameter({ Name: '/date', Value: 'v', Type: 'String' })
  const { Parameter } = JSON.parse(await raw('GetParameter', { Name: '/date' })) as {
    Parameter: { LastModifiedDate: number }
  }
  const seconds = Parameter.LastModifiedDate
  assert.ok(Math.abs(seconds - server.clock.now() / 1000) < 60, String(seconds))
})

test('what the model does not take is told member by member, and a value never (1.2, recorded)', async () => {
  const body = async (operation: string, input: object) =>
    JSON.parse(await raw(operation, input)) as { message: string }
  const told = async (operation: string, input: object) => (await body(operation, input)).message
  const put = { Name: 'x', Value: 'v', Type: 'String' }
  assert.equal(
    await told('PutParameter', { ...put, Value: '' }),
    "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
  )
  assert.equal(
    await told('PutParameter', { ...put, Type: 'Text' }),
    "1 validation error detected: Value 'Text' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]",
  )
  assert.match(
    await told('PutParameter', { ...put, Tier: 'Gold' }),
    /^1 validation error detected: Value 'Gold' at 'tier' failed to satisfy constraint: Member must satisfy enum value set: \[/,
  )
  assert.equal(
    await told('PutParameter', { Value: 'v' }),
    "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
  )
  // Trap 20.
  const Names = Array.from({ length: 11 }, (_, i) => `n${i}`)
  const eleven =
    /^1 validation error detected: Value '\[n0, n1, .*n10\]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10$/
  assert.match(await told('GetParameters', { Names }), eleven)
  assert.match(await told('DeleteParameters', { Names }), eleven)
  assert.match(await told('PutParameter', { ...put, Policies: '' }), /at 'policies' failed to satisfy constraint/)
})

test('permissions are for paths; a denial names the action and the ARN, and nobody learns what is there (6, recorded)', async () => {
  await ssm.putParameter({ Name: '/prod/key', Value: 'v', Type: 'SecureString' })
  const reader = await user('reader', allow(['ssm:GetParameter', 'ssm:GetParameters'], arnOf('prod/*')))
  assert.equal((await reader.ssm.getParameter({ Name: '/prod/key', WithDecryption: true })).Parameter?.Value, 'v')
  await refused(reader.ssm.getParameter({ Name: '/prod/none' }), 'ParameterNotFound')
  for (const Name of ['/other/key', '/casing', '/casing:1', arnOf('casing')]) {
    const key = Name.includes('casing') ? 'casing' : 'other/key'
    await refused(
      reader.ssm.getParameter({ Name }),
      'AccessDeniedException',
      `User: ${reader.arn} is not authorized to perform: ssm:GetParameter on resource: ${arnOf(key)} because no identity-based policy allows the ssm:GetParameter action`,
    )
  }
  await refused(
    reader.ssm.getParameters({ Names: ['/prod/key', '/casing'] }),
    'AccessDeniedException',
    new RegExp(`ssm:GetParameters on resource: ${arnOf('casing')} because`),
  )
  await refused(reader.ssm.putParameter({ Name: '/prod/key', Value: 'w', Overwrite: true }), 'AccessDeniedException')
})

test('the default key serves everybody of the account through Systems Manager; an explicit deny blocks (5)', async () => {
  const some = await user('some', allow('ssm:*', arnOf('some/*')))
  await some.ssm.putParameter({ Name: '/some/key', Value: 'v', Type: 'SecureString' })
  await some.ssm.putParameter({ Name: '/some/large', Value: 'w', Type: 'SecureString', Tier: 'Advanced' })
  const both = await some.ssm.getParameters({ Names: ['/some/key', '/some/large'], WithDecryption: true })
  assert.deepEqual(
    both.Parameters?.map(({ Value }) => Value),
    ['v', 'w'],
  )
  const shut = await user('shut', allow('*', '*'), { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' })
  assert.match((await shut.ssm.getParameter({ Name: '/some/key' })).Parameter?.Value ?? '', /^AQICA/)
  await refused(
    shut.ssm.getParameter({ Name: '/some/key', WithDecryption: true }),
    'AccessDeniedException',
    new RegExp(
      `^User: ${shut.arn} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:${account}:key/[0-9a-f-]{36} with an explicit deny in an identity-based policy \\(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`,
    ),
  )
  await refused(
    shut.ssm.getParameters({ Names: ['/casing', '/some/key'], WithDecryption: true }),
    'AccessDeniedException',
    /kms:Decrypt/,
  )
})

test('the trail has ARNs, hides values, and KMS’s calls stand beside it with their context (18)', async () => {
  await records()
  await ssm.putParameter({
    Name: '/audited',
    Value: 'canary',
    Type: 'SecureString',
    Description: 'd',
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  await ssm.getParameter({ Name: '/audited', WithDecryption: true })
  await refused(ssm.getParameter({ Name: '/nowhere' }), 'ParameterNotFound')
  await ssm.deleteParameters({ Names: ['/audited', '/nowhere'] })
  const resources = [{ accountId: account, ARN: arnOf('audited') }]
  const written = await records()
  const own = written.filter(({ eventSource }) => eventSource === 'ssm.amazonaws.com')
  assert.deepEqual(
    own.map(({ eventName, requestParameters, responseElements, resources, errorCode, readOnly }) => ({
      ...{ eventName, requestParameters, responseElements, resources, errorCode, readOnly },
    })),
    [
      {
        eventName: 'PutParameter',
        requestParameters: {
          ...{ name: '/audited', description: 'd', type: 'SecureString', value: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
          tags: [{ key: 'k', value: 'v' }],
        },
        responseElements: { version: 1, tier: 'Standard' },
        resources,
        errorCode: undefined,
        readOnly: false,
      },
      {
        eventName: 'GetParameter',
        requestParameters: { name: '/audited', withDecryption: true },
        responseElements: null,
        resources,
        errorCode: undefined,
        readOnly: true,
      },
      {
        eventName: 'GetParameter',
        requestParameters: { name: '/nowhere' },
        responseElements: null,
        resources: undefined,
        errorCode: 'ParameterNotFound',
        readOnly: true,
      },
      {
        eventName: 'DeleteParameters',
        requestParameters: { names: ['/audited', '/nowhere'] },
        // What went from what was not there.
        responseElements: { deletedParameters: ['/audited'], invalidParameters: ['/nowhere'] },
        resources,
        errorCode: undefined,
        readOnly: false,
      },
    ],
  )
  const asked = written.filter(({ eventSource }) => eventSource === 'kms.amazonaws.com')
  assert.deepEqual(
    asked.map(({ eventName, requestParameters, userIdentity }) => [
      eventName,
      requestParameters?.encryptionContext,
      userIdentity.invokedBy,
    ]),
    ['Encrypt', 'Decrypt'].map((name) => [name, { PARAMETER_ARN: arnOf('audited') }, 'ssm.amazonaws.com']),
  )
  assert.ok(!JSON.stringify(written).includes('canary'))
})

test('a customer key asks for Encrypt, GenerateDataKey and Decrypt by tier, with the parameter as context (5)', async () => {
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Resource = KeyMetadata?.Arn ?? ''
  await kms.createAlias({ AliasName: 'alias/app', TargetKeyId: KeyId })
  const conditioned = (Action: string) => ({
    ...allow(Action, Resource),
    Condition: {
      StringEquals: {
        'kms:EncryptionContext:PARAMETER_ARN': arnOf('team/one'),
        'kms:ViaService': 'ssm.us-east-1.amazonaws.com',
      },
    },
  })
  const standard = await user('standard', allow('ssm:*', '*'), conditioned('kms:Encrypt'), conditioned('kms:Decrypt'))
  const put = { Value: 'v', Type: 'SecureString', KeyId: 'alias/app' } as const
  await standard.ssm.putParameter({ ...put, Name: '/team/one' })
  await refused(standard.ssm.putParameter({ ...put, Name: '/team/two' }), 'AccessDeniedException', /kms:Encrypt/)
  await refused(
    standard.ssm.putParameter({ ...put, Name: '/team/one', Overwrite: true, Tier: 'Advanced' }),
    'AccessDeniedException',
    /kms:GenerateDataKey/,
  )
  assert.equal((await standard.ssm.getParameter({ Name: '/team/one', WithDecryption: true })).Parameter?.Value, 'v')
  const advanced = await user('advanced', allow('ssm:*', '*'), conditioned('kms:GenerateDataKey'))
  await advanced.ssm.putParameter({ ...put, Name: '/team/one', Overwrite: true, Tier: 'Advanced' })
  assert.equal((await standard.ssm.getParameter({ Name: '/team/one', WithDecryption: true })).Parameter?.Value, 'v')
  // Trap 29: the alias as it was given.
  const { Parameters } = await ssm.describeParameters({ ParameterFilters: [{ Key: 'Name', Values: ['/team/one'] }] })
  assert.equal(Parameters?.[0]?.KeyId, 'alias/app')

  const frame = (code: string) =>
    ` \\(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`
  const read = () => ssm.getParameter({ Name: '/team/one', WithDecryption: true })
  await kms.disableKey({ KeyId })
  await refused(read(), 'InvalidKeyId', new RegExp(`^${Resource} is disabled\\.${frame('DisabledException')}`))
  await kms.enableKey({ KeyId })
  await kms.scheduleKeyDeletion({ KeyId })
  await refused(read(), 'InvalidKeyId', new RegExp(`is pending deletion\\.${frame('KMSInvalidStateException')}`))
  await refused(
    ssm.putParameter({ ...put, Name: '/team/three', KeyId: '11111111-1111-4111-8111-111111111111' }),
    'InvalidKeyId',
    new RegExp(
      `^Key 'arn:aws:kms:us-east-1:${account}:key/1{8}-1{4}-4111-8111-1{12}' does not exist${frame('NotFoundException')}`,
    ),
  )
  await refused(
    ssm.putParameter({ ...put, Name: '/team/three', KeyId: 'alias/none' }),
    'InvalidKeyId',
    new RegExp(`^Alias arn:aws:kms:us-east-1:${account}:alias/none is not found\\.${frame('NotFoundException')}`),
  )
  await server.clock.advance({ days: 40 })
  await refused(
    read(),
    'AccessDeniedException',
    /^The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access\. \(Service: AWSKMS; /,
  )
})

interface Entry {
  readonly eventSource: string
  readonly eventName: string
  readonly requestParameters: Readonly<Record<string, unknown>> | null
  readonly responseElements: Readonly<Record<string, unknown>> | null
  readonly resources?: readonly unknown[]
  readonly errorCode?: string
  readonly readOnly: boolean
  readonly userIdentity: Readonly<Record<string, unknown>>
}

/** The records that were written since the last time. */
async function records(): Promise<readonly Entry[]> {
  await server.inside.trail.settled()
  const all: Entry[] = []
  for (;;) {
    const found = await trail.after(position)
    if (found.records.length === 0) return all
    position = found.position
    for (const { record } of found.records) all.push(JSON.parse(record) as Entry)
  }
}
