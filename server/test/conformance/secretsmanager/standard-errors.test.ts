import assert from 'node:assert/strict'
import { test } from 'node:test'
import { session, texts, version } from '../session.ts'
import { documentOf, personOf, refusedOnWire, wireOf } from './rig.ts'

/**
 * What operations on one secret have in common: its id, its state, and the permission, in the order of AWS's checks, for 8.13 to 8.23.
 * Source: secretsmanager.md 1.6, 1.7, 6, 7.4, 8 ("std").
 */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const nobody = await personOf(server, clients, 'nobody')

const ResourcePolicy = documentOf({
  ...{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
  Principal: { AWS: `arn:aws:iam::${server.account}:root` },
})

/** Operation → a request that is good but for its secret. */
const requests: Readonly<Record<string, object>> = {
  PutSecretValue: { SecretString: 'x', ClientRequestToken: version(7) },
  RestoreSecret: {},
  RotateSecret: {
    ClientRequestToken: version(7),
    RotationLambdaARN: 'arn:aws:lambda:us-east-1:111122223333:function:f',
  },
  TagResource: { Tags: [{ Key: 'a', Value: '1' }] },
  UntagResource: { TagKeys: ['a'] },
  UpdateSecret: { Description: 'x', ClientRequestToken: version(7) },
  UpdateSecretVersionStage: { VersionStage: 'mine', MoveToVersionId: version(1) },
  ValidateResourcePolicy: { ResourcePolicy },
}
const operations = Object.entries(requests)

await secrets.createSecret({ Name: 'there', SecretString: 'x', ClientRequestToken: version(1) })
const { ARN: leaving = '' } = await secrets.createSecret({
  Name: 'leaving',
  SecretString: 'x',
  ClientRequestToken: version(1),
})
await secrets.deleteSecret({ SecretId: 'leaving' })

test('the id is a member with a length, and then a name with AWS’s characters: before anything else is looked at', async () => {
  for (const [operation, request] of operations) {
    const form = (value: string, constraint: string) =>
      `1 validation error detected: Value ${value} at 'secretId' failed to satisfy constraint: ${constraint}`
    const ask = (id: object) => wire(operation, { ...request, ...id })
    if (operation !== 'ValidateResourcePolicy')
      for (const id of [{}, { SecretId: null }])
        refusedOnWire(await ask(id), 'ValidationException', form('null', 'Member must not be null'), 'message')
    const least = form("''", 'Member must have length greater than or equal to 1')
    refusedOnWire(await ask({ SecretId: '' }), 'ValidationException', least, 'message')
    const long = 'x'.repeat(2049)
    const most = form(`'${long}'`, 'Member must have length less than or equal to 2048')
    refusedOnWire(await ask({ SecretId: long }), 'ValidationException', most, 'message')
    for (const SecretId of ['no name', 'a*b', 'ümlaut', 'a:b'])
      for (const keys of [server.credentials, nobody.credentials]) {
        const answer = await wire(operation, { ...request, SecretId }, { keys })
        refusedOnWire(answer, 'ValidationException', texts.invalidName, 'message')
      }
  }
})

test('no secret: ResourceNotFoundException for who may, and the same refusal as for one that is there for who may not', async () => {
  for (const [operation, request] of operations) {
    for (const SecretId of ['none', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:none-a1B2c3', `${leaving}x`])
      refusedOnWire(await wire(operation, { ...request, SecretId }), 'ResourceNotFoundException', texts.noSecret)
    for (const SecretId of ['none', 'there', 'leaving', leaving]) {
      const answer = await wire(operation, { ...request, SecretId }, { keys: nobody.credentials })
      refusedOnWire(answer, 'AccessDeniedException', nobody.denied(operation, SecretId))
    }
  }
})

test('a secret scheduled for deletion is marked, for all but RestoreSecret (6)', async () => {
  for (const [operation, request] of operations) {
    if (operation === 'RestoreSecret') continue
    for (const SecretId of ['leaving', leaving])
      refusedOnWire(await wire(operation, { ...request, SecretId }), 'InvalidRequestException', texts.marked)
  }
})

test('members that are not the operation’s are ignored, null is absent, a wrong kind is a SerializationException (1.1)', async () => {
  for (const [operation, request] of operations) {
    const none = { ...request, SecretId: 'none' }
    const more = await wire(operation, { ...none, NoSuchMember: { deep: [1] }, Description: null, KmsKeyId: null })
    refusedOnWire(more, 'ResourceNotFoundException', texts.noSecret)
    const answer = await wire(operation, { ...request, SecretId: ['there'] })
    assert.equal(answer.json.__type, 'SerializationException')
    assert.equal(answer.status, 400)
  }
})

test('what the request alone gets wrong is told before the secret is looked for (1.7)', async () => {
  const SecretId = 'none'
  for (const [operation, request, code, text] of [
    ['PutSecretValue', { SecretString: 'x' }, 'InvalidRequestException', texts.noToken],
    [
      'PutSecretValue',
      { ClientRequestToken: version(7) },
      'InvalidRequestException',
      'You must provide either SecretString or SecretBinary.',
    ],
    [
      'PutSecretValue',
      { ClientRequestToken: version(7), SecretString: 'x', SecretBinary: 'eA==' },
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    ],
    ['UpdateSecret', { SecretString: 'x' }, 'InvalidRequestException', texts.noToken],
    [
      'UpdateSecret',
      { ClientRequestToken: version(7), SecretString: 'x', SecretBinary: 'eA==' },
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    ],
    // Recorded: another code than the others have for the same text.
    ['RotateSecret', {}, 'InvalidParameterException', texts.noToken],
    [
      'RotateSecret',
      {
        ClientRequestToken: version(7),
        RotationRules: { AutomaticallyAfterDays: 3, ScheduleExpression: 'rate(3 days)' },
      },
      'InvalidParameterException',
      'You cannot specify both rotation frequency and schedule expression together.',
    ],
    ['TagResource', { Tags: [{ Key: 'aws:mine', Value: '' }] }, 'InvalidParameterException', /./],
    ['UpdateSecretVersionStage', { VersionStage: 'x' }, 'InvalidParameterException', /./],
    [
      'ValidateResourcePolicy',
      { ResourcePolicy: '{' },
      'MalformedPolicyDocumentException',
      'This resource policy contains a syntax error.',
    ],
  ] as const)
    refusedOnWire(await wire(operation, { SecretId, ...request }), code, text)
})

test('every broken constraint is told, in one sentence', async () => {
  const { json } = await wire('PutSecretValue', {
    SecretId: '',
    ClientRequestToken: 'short',
    SecretString: '',
    VersionStages: [],
  })
  assert.equal(json.__type, 'ValidationException')
  assert.match(json.message, /^4 validation errors detected: /)
  const parts = json.message.replace(/^4 validation errors detected: /, '').split('; ')
  assert.deepEqual(
    parts.toSorted(),
    [
      "Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1",
      "Value 'short' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
      "Value '[]' at 'versionStages' failed to satisfy constraint: Member must have length greater than or equal to 1",
      "Value at 'secretString' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ].toSorted(),
  )
})
