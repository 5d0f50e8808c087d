import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, texts } from '../session.ts'
import { allow, deny, documentOf, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.12 and 12, row by row. */
const { server, ...clients } = await session()
const { secrets, iam } = clients
const wire = wireOf(server)

const SYNTAX = 'This resource policy contains a syntax error.'
const INVALID = 'This policy has invalid syntax.'
const PRINCIPAL = 'This resource policy contains an unsupported principal.'
const PUBLIC = 'You can not attach a resource policy that grants Public access to your secret.'
const LOCKED = 'This resource policy will not allow you to manage this secret in the future.'

const { ARN = '' } = await secrets.createSecret({ Name: 'app/db', SecretString: 'x' })
const put = (ResourcePolicy: string, more = {}) =>
  secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy, ...more })
const stored = async (SecretId = 'app/db') => (await secrets.getResourcePolicy({ SecretId })).ResourcePolicy
const to = (AWS: unknown, more = {}) => allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS }, ...more })
const good = documentOf(to(`arn:aws:iam::${server.account}:root`))

test('it answers ARN and name, and replaces whatever policy there was', async () => {
  const { $metadata: _, ...answer } = await put(good)
  assert.deepEqual(answer, { ARN, Name: 'app/db' })
  assert.deepEqual(Object.keys((await wire('PutResourcePolicy', { SecretId: ARN, ResourcePolicy: good })).json), [
    'ARN',
    'Name',
  ])
  await put(documentOf(to(server.account), allow('secretsmanager:DescribeSecret', '*', { Principal: '*' })))
  assert.equal(JSON.parse((await stored()) ?? '').Statement.length, 2)
  await put(good)
  assert.equal(JSON.parse((await stored()) ?? '').Statement.length, 1)
})

test('what it says counts from then on, for who has no permission of his own and against who has (7.2)', async () => {
  const reader = await personOf(server, clients, 'policy-reader')
  const read = () => reader.secrets.getSecretValue({ SecretId: 'app/db' })
  await refused(read(), 'AccessDeniedException')
  await put(documentOf(to(reader.arn)))
  assert.equal((await read()).SecretString, 'x')
  await reader.may(allow('secretsmanager:*'))
  await put(documentOf({ ...to(reader.arn), Effect: 'Deny' }))
  await refused(
    read(),
    'AccessDeniedException',
    `User: ${reader.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: app/db with an explicit deny in a resource-based policy`,
  )
  await put(good)
})

test('a text that is no JSON has a syntax error, JSON that is no policy has invalid syntax (recorded)', async () => {
  for (const text of ['{', 'x', '{"Version":"2012-10-17",}', "{'a':1}", `${good}x`]) {
    await refused(put(text), 'MalformedPolicyDocumentException', SYNTAX)
  }
  const policy = JSON.parse(good)
  const [statement] = policy.Statement
  for (const wrong of [
    { ...policy, Version: '2012-10-18' },
    { Statement: policy.Statement },
    { Version: policy.Version },
    { ...policy, Statement: [{ ...statement, Effect: 'Maybe' }] },
    ...['Effect', 'Principal', 'Action', 'Resource'].map((name) => ({
      ...policy,
      Statement: [Object.fromEntries(Object.entries(statement).filter(([key]) => key !== name))],
    })),
    { ...policy, Nonsense: true },
    { ...policy, Statement: [{ ...statement, Nonsense: true }] },
    [],
  ]) {
    await refused(put(JSON.stringify(wrong)), 'MalformedPolicyDocumentException', INVALID)
  }
  assert.deepEqual(JSON.parse((await stored()) ?? ''), policy)
  // Both versions of the language are taken, and NotPrincipal.
  await put(JSON.stringify({ ...policy, Version: '2008-10-17' }))
  const { Principal, ...rest } = statement
  const notBut = {
    ...rest,
    NotPrincipal: { AWS: `arn:aws:iam::${server.account}:root` },
    Effect: 'Deny',
    Action: 'secretsmanager:DeleteSecret',
  }
  await put(JSON.stringify({ ...policy, Statement: [notBut] }))
  assert.ok(Principal)
})

test('a principal that does not exist, or of a kind that is not supported, is refused (recorded)', async () => {
  const { account } = server
  for (const AWS of [
    `arn:aws:iam::${account}:user/nobody`,
    `arn:aws:iam::${account}:role/nobody`,
    'AIDAAAAAAAAAAAAAAAAAA',
  ]) {
    await refused(put(documentOf(to(AWS))), 'MalformedPolicyDocumentException', PRINCIPAL)
  }
  await iam.createUser({ UserName: 'late' })
  await put(documentOf(to(`arn:aws:iam::${account}:user/late`)))
})

test('everybody is accepted unless BlockPublicPolicy is true (recorded)', async () => {
  const everybody = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: '*' }))
  for (const more of [{}, { BlockPublicPolicy: false }]) await put(everybody, more)
  await put(good)
  const confined = { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-exampleorgid' } } }
  for (const [statement, isPublic] of [
    [{ Principal: '*' }, true],
    [{ Principal: { AWS: '*' } }, true],
    [{ Principal: { AWS: ['*', server.account] } }, true],
    [{ Principal: '*', Condition: { StringLike: { 'aws:PrincipalOrgID': 'o-*' } } }, true],
    [{ Principal: '*', Condition: { StringNotEquals: { 'aws:SourceAccount': '999988887777' } } }, true],
    [{ Principal: '*', Condition: { StringEquals: { 'aws:UserAgent': 'x' } } }, true],
    [{ Principal: { AWS: server.account } }, false],
    [{ Principal: '*', ...confined }, false],
    [{ Principal: '*', Condition: { StringEquals: { 'aws:SourceAccount': server.account } } }, false],
    [{ Principal: '*', Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1a2b3c4d' } } }, false],
    [
      { Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${server.account}:role/x` } } },
      false,
    ],
  ] as const) {
    const policy = documentOf(allow('secretsmanager:GetSecretValue', '*', statement))
    const asked = put(policy, { BlockPublicPolicy: true })
    if (isPublic) await refused(asked, 'PublicPolicyException', PUBLIC)
    else await asked
  }
  // A Deny for everybody gives nobody anything.
  await put(documentOf(deny('secretsmanager:DeleteSecret', '*', { Principal: '*' })), { BlockPublicPolicy: true })
})

test('a policy by which the caller could not put another one is refused, and nothing changes', async () => {
  await put(good)
  for (const Action of ['secretsmanager:PutResourcePolicy', 'secretsmanager:*']) {
    const policy = documentOf(deny(Action, '*', { Principal: '*' }))
    await refused(put(policy), 'AccessDeniedException', LOCKED)
  }
  assert.deepEqual(JSON.parse((await stored()) ?? ''), JSON.parse(good))
  // Who may by the present policy alone, and not by the next one.
  const keeper = await personOf(server, clients, 'keeper')
  const manage = allow('secretsmanager:*ResourcePolicy', '*', { Principal: { AWS: keeper.arn } })
  await put(documentOf(manage))
  const own = (ResourcePolicy: string) => keeper.secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy })
  await refused(own(good), 'AccessDeniedException', LOCKED)
  await own(documentOf(manage, to(server.account)))
  // Somebody else may be locked out.
  await put(documentOf(deny('secretsmanager:*', '*', { Principal: { AWS: keeper.arn } })))
})

test('a text has 1 to 20,480 characters', async () => {
  const long = (length: number) => {
    const statement = to(server.account, { Sid: 'S' })
    const policy = documentOf(statement)
    return policy.replace('"S"', `"${'S'.repeat(length - policy.length + 1)}"`)
  }
  assert.equal(long(20_480).length, 20_480)
  await put(long(20_480))
  await refused(
    put(long(20_481)),
    'ValidationException',
    /at 'resourcePolicy' failed to satisfy constraint: Member must have length less than or equal to 20480$/,
  )
  await refused(
    put(''),
    'ValidationException',
    "1 validation error detected: Value '' at 'resourcePolicy' failed to satisfy constraint: Member must have length greater than or equal to 1",
  )
})

test('order of refusals: permission, document, existence, deletion', async () => {
  const nobody = await personOf(server, clients, 'policy-nobody')
  const ask = (SecretId: string, ResourcePolicy = good, by = secrets) =>
    by.putResourcePolicy({ SecretId, ResourcePolicy })
  await refused(ask('none', '{', nobody.secrets), 'AccessDeniedException', nobody.denied('PutResourcePolicy', 'none'))
  await refused(ask('none', '{'), 'MalformedPolicyDocumentException', SYNTAX)
  await refused(ask('none'), 'ResourceNotFoundException', texts.noSecret)
  await secrets.createSecret({ Name: 'leaving' })
  await secrets.deleteSecret({ SecretId: 'leaving' })
  await refused(ask('leaving'), 'InvalidRequestException', texts.marked)
})

test('BlockPublicPolicy is a condition key, present when it was sent (7.1)', async () => {
  const keeper = await personOf(server, clients, 'blocker')
  const Condition = { Bool: { 'secretsmanager:BlockPublicPolicy': 'true' } }
  await keeper.may(allow('secretsmanager:PutResourcePolicy', '*', { Condition }))
  const own = (more: object) => keeper.secrets.putResourcePolicy({ SecretId: 'app/db', ResourcePolicy: good, ...more })
  await refused(own({}), 'AccessDeniedException', keeper.denied('PutResourcePolicy', 'app/db'))
  await refused(own({ BlockPublicPolicy: false }), 'AccessDeniedException')
  await own({ BlockPublicPolicy: true })
})
