import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session } from '../session.ts'
import { allow, deny, documentOf, personOf, refusedOnWire, wireOf } from './rig.ts'

/** Resource policies of secrets and ValidateResourcePolicy. Source: secretsmanager.md 12, 8.23, 7.2. */

const { server, ...clients } = await session()
const { secrets, iam } = clients
const wire = wireOf(server)
const root = `arn:aws:iam::${server.account}:root`
const get = 'secretsmanager:GetSecretValue'
const SecretId = 'policies/one'
const { ARN } = await secrets.createSecret({ Name: SecretId, SecretString: 'x' })

const broad = {
  CheckName: 'BlockPublicPolicyCheck',
  ErrorMessage: 'You can not attach a resource policy that grants Public access to your secret.',
}
const lockOut = {
  CheckName: 'LockOutCheck',
  ErrorMessage: 'This resource policy will not allow you to manage this secret in the future.',
}
const to = (Principal: unknown, more: object = {}) => documentOf(allow(get, '*', { Principal, ...more }))
const put = (ResourcePolicy: string, more: object = {}) =>
  wire('PutResourcePolicy', { SecretId, ResourcePolicy, ...more })

test('ValidateResourcePolicy stores nothing, with and without SecretId alike: what passes, and what does not (recorded)', async () => {
  for (const [document, ValidationErrors] of [
    [to({ AWS: root }), []],
    [to({ AWS: server.account }), []],
    [to('*'), [broad]],
    [to({ AWS: '*' }), [broad]],
    [to('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } } }), []],
    [documentOf(deny('secretsmanager:PutResourcePolicy', '*', { Principal: '*' })), [lockOut]],
    [
      documentOf(allow(get, '*', { Principal: '*' }), deny('secretsmanager:*', '*', { Principal: '*' })),
      [broad, lockOut],
    ],
  ] as const)
    for (const id of [{}, { SecretId }, { SecretId: ARN }]) {
      const { status, json } = await wire('ValidateResourcePolicy', { ...id, ResourcePolicy: document })
      assert.equal(status, 200, json.Message)
      assert.deepEqual(json, { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors })
    }
  assert.equal((await secrets.getResourcePolicy({ SecretId })).ResourcePolicy, undefined)
})

test('what is no policy: a syntax error, invalid syntax, an unsupported principal; in both operations (recorded)', async () => {
  const invalid = 'This policy has invalid syntax.'
  const unsupported = 'This resource policy contains an unsupported principal.'
  const statement = { ...allow(get), Principal: { AWS: root } }
  const without = (member: string) =>
    documentOf(Object.fromEntries(Object.entries(statement).filter(([name]) => name !== member)))
  for (const [document, text] of [
    ['{', 'This resource policy contains a syntax error.'],
    ['no policy', 'This resource policy contains a syntax error.'],
    [to({ AWS: root }).replace('2012-10-17', '2012-10-18'), invalid],
    [JSON.stringify({ Statement: [statement] }), invalid],
    [JSON.stringify({ Version: '2012-10-17' }), invalid],
    ...['Effect', 'Principal', 'Action', 'Resource'].map((member) => [without(member), invalid] as const),
    [to({ AWS: `arn:aws:iam::${server.account}:user/nobody` }), unsupported],
    [to({ AWS: `arn:aws:iam::${server.account}:role/nobody` }), unsupported],
  ] as const)
    for (const operation of ['PutResourcePolicy', 'ValidateResourcePolicy'])
      refusedOnWire(
        await wire(operation, { SecretId, ResourcePolicy: document }),
        'MalformedPolicyDocumentException',
        text,
      )
  // Of 2008 is a policy too.
  assert.equal((await put(to({ AWS: root }).replace('2012-10-17', '2008-10-17'))).status, 200)
  for (const operation of ['PutResourcePolicy', 'ValidateResourcePolicy']) {
    const long = `${'x'.repeat(20_480)}y`
    const answer = await wire(operation, { SecretId, ResourcePolicy: long })
    assert.equal(answer.json.__type, 'ValidationException')
    assert.match(
      answer.json.message,
      /at 'resourcePolicy' failed to satisfy constraint: Member must have length less than or equal to 20480$/,
    )
    const empty = await wire(operation, { SecretId, ResourcePolicy: '' })
    assert.match(empty.json.message, /Member must have length greater than or equal to 1$/)
  }
  // As long as can be.
  const padded = to({ AWS: root })
  assert.equal((await put(padded + ' '.repeat(20_480 - padded.length))).status, 200)
})

test('BlockPublicPolicy refuses broad access unless a condition confines it; without it * is taken (recorded)', async () => {
  const confined = (Condition: object) => to('*', { Condition })
  for (const document of [to('*'), to({ AWS: '*' })]) {
    const answer = await put(document, { BlockPublicPolicy: true })
    refusedOnWire(answer, 'PublicPolicyException', broad.ErrorMessage)
    for (const more of [{}, { BlockPublicPolicy: false }, { BlockPublicPolicy: null }])
      assert.deepEqual((await put(document, more)).json, { ARN, Name: SecretId })
  }
  for (const condition of [
    { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    { StringEquals: { 'aws:SourceAccount': '444455556666' } },
    { StringEquals: { 'aws:SourceVpce': 'vpce-0123456789abcdef0' } },
    { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:role/*' } },
  ])
    assert.equal((await put(confined(condition), { BlockPublicPolicy: true })).status, 200)
  for (const condition of [
    { StringNotEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    { StringLike: { 'aws:SourceAccount': '*' } },
    { StringEqualsIfExists: { 'aws:SourceAccount': '444455556666' } },
    { Bool: { 'aws:SecureTransport': 'true' } },
  ])
    refusedOnWire(
      await put(confined(condition), { BlockPublicPolicy: true }),
      'PublicPolicyException',
      broad.ErrorMessage,
    )
})

test('a policy under which the caller could put no other is refused and the old one stays', async () => {
  await put(to({ AWS: root }))
  const before = (await secrets.getResourcePolicy({ SecretId })).ResourcePolicy
  const closed = documentOf(deny('secretsmanager:PutResourcePolicy', '*', { Principal: '*' }))
  refusedOnWire(await put(closed), 'AccessDeniedException', lockOut.ErrorMessage)
  assert.equal((await secrets.getResourcePolicy({ SecretId })).ResourcePolicy, before)
  const person = await personOf(server, clients, 'locked')
  await person.may(allow('secretsmanager:*'))
  const notHim = documentOf(deny('secretsmanager:*', '*', { Principal: { AWS: person.arn } }))
  const his = person.secrets.putResourcePolicy({ SecretId, ResourcePolicy: notHim })
  await refused(his, 'AccessDeniedException', lockOut.ErrorMessage)
  assert.equal((await put(notHim)).status, 200)
  const start = `User: ${person.arn} is not authorized to perform: ${get} on resource: ${SecretId}`
  const read = person.secrets.getSecretValue({ SecretId })
  await refused(read, 'AccessDeniedException', `${start} with an explicit deny in a resource-based policy`)
})

test('a deleted principal is shown by its unique id, and whoever has the name next is not meant', async () => {
  const { User } = await iam.createUser({ UserName: 'leaver' })
  await put(to({ AWS: User?.Arn }))
  await iam.deleteUser({ UserName: 'leaver' })
  const { ResourcePolicy = '' } = await secrets.getResourcePolicy({ SecretId })
  assert.equal(JSON.parse(ResourcePolicy).Statement[0].Principal.AWS, User?.UserId)
  assert.match(User?.UserId ?? '', /^AIDA/)
  const again = await personOf(server, clients, 'leaver')
  const read = again.secrets.getSecretValue({ SecretId })
  await refused(read, 'AccessDeniedException', again.denied('GetSecretValue', SecretId))
})

test('a policy alone lets somebody of the account in; it survives a deletion taken back; a secret made again has none', async () => {
  const person = await personOf(server, clients, 'guest')
  const { ARN: old } = await secrets.createSecret({ Name: 'policies/two', SecretString: 'y' })
  const two = { SecretId: 'policies/two' }
  await secrets.putResourcePolicy({ ...two, ResourcePolicy: to({ AWS: person.arn }) })
  assert.equal((await person.secrets.getSecretValue(two)).SecretString, 'y')
  await secrets.deleteSecret({ ...two, RecoveryWindowInDays: 7 })
  await secrets.restoreSecret(two)
  assert.equal((await person.secrets.getSecretValue(two)).ARN, old)
  await secrets.deleteSecret({ ...two, ForceDeleteWithoutRecovery: true })
  await secrets.createSecret({ Name: 'policies/two', SecretString: 'z' })
  assert.equal((await secrets.getResourcePolicy(two)).ResourcePolicy, undefined)
  await refused(
    person.secrets.getSecretValue(two),
    'AccessDeniedException',
    person.denied('GetSecretValue', two.SecretId),
  )
})

test('ValidateResourcePolicy needs PutResourcePolicy besides its own permission (7.2)', async () => {
  const person = await personOf(server, clients, 'validator')
  const ask = () => person.secrets.validateResourcePolicy({ SecretId, ResourcePolicy: to({ AWS: root }) })
  await person.may(allow('secretsmanager:ValidateResourcePolicy'))
  await refused(ask(), 'AccessDeniedException', person.denied('PutResourcePolicy', SecretId))
  await person.may(allow('secretsmanager:PutResourcePolicy'))
  await refused(ask(), 'AccessDeniedException', person.denied('ValidateResourcePolicy', SecretId))
  await person.may(allow(['secretsmanager:PutResourcePolicy', 'secretsmanager:ValidateResourcePolicy']))
  assert.equal((await ask()).PolicyValidationPassed, true)
})
