import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { RowForged } from '#kernel/sealing/row-mac'
import { allow, deny, document, OTHER, to, user, userArn } from '../test/callers.ts'
import { ACCOUNT, MARKED, NOT_FOUND, START, type Trial, trial } from '../test/trial.ts'

// Source of the texts: secretsmanager.md 12, recorded.

const SYNTAX = 'This resource policy contains a syntax error.'
const INVALID = 'This policy has invalid syntax.'
const UNSUPPORTED = 'This resource policy contains an unsupported principal.'
const MALFORMED = 'MalformedPolicyDocumentException'

const SecretId = 'app/db'
const everyone = document(allow('GetSecretValue', to('*')))

const put = (t: Trial, ResourcePolicy: string, more = {}) =>
  t.call('PutResourcePolicy', { SecretId, ResourcePolicy, ...more })

test('a policy replaces the one before, moves LastChangedDate and answers ARN and Name', async () => {
  await using t = await trial()
  const arn = await t.made()
  await t.advance(5000)
  assert.deepEqual(await put(t, everyone), { ARN: arn, Name: SecretId })
  const { LastChangedDate } = await t.call('DescribeSecret', { SecretId })
  assert.equal(LastChangedDate.getTime(), START + 5000)
  const other = document(allow('DescribeSecret', to('*')))
  await put(t, other)
  const { ResourcePolicy } = await t.call('GetResourcePolicy', { SecretId })
  assert.deepEqual(JSON.parse(ResourcePolicy), JSON.parse(other))
  assert.equal((await t.call('GetSecretValue', { SecretId })).SecretString, 'one')
})

const statement = { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' }
const without = (element: string) => {
  const { [element]: _, ...rest } = statement as Record<string, unknown>
  return document(rest)
}

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['no JSON', '{', SYNTAX],
  ['text', 'policy', SYNTAX],
  ['a member twice', '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', SYNTAX],
  ['a number', '5', INVALID],
  ['nothing in it', '{}', INVALID],
  ['a wrong version', document(statement).replace('2012-10-17', '2020-01-01'), INVALID],
  ['no version', JSON.stringify({ Statement: [statement] }), INVALID],
  ['no statement', JSON.stringify({ Version: '2012-10-17' }), INVALID],
  ['no effect', without('Effect'), INVALID],
  ['no principal', without('Principal'), INVALID],
  ['no action', without('Action'), INVALID],
  ['no resource', without('Resource'), INVALID],
  ['an unknown element', document({ ...statement, Principle: '*' }), INVALID],
  ['an unknown operator', document({ ...statement, Condition: { StringIs: { 'aws:username': 'x' } } }), INVALID],
  ['nobody of that name', document(allow('GetSecretValue', to(userArn('ghost')))), UNSUPPORTED],
  [
    'case 35: a wildcard in a session',
    document(allow('GetSecretValue', to(`arn:aws:sts::${ACCOUNT}:assumed-role/app/*`))),
    UNSUPPORTED,
  ],
  ['a wildcard for accounts', document(allow('GetSecretValue', to('arn:aws:iam::*:root'))), UNSUPPORTED],
  ['a canonical user', document({ ...statement, Principal: { CanonicalUser: 'abc' } }), UNSUPPORTED],
]

for (const [said, text, message] of REFUSED) {
  test(`refused before anything is stored: ${said}`, async () => {
    await using t = await trial()
    await t.made()
    await t.refused('PutResourcePolicy', { SecretId, ResourcePolicy: text }, MALFORMED, message)
    await t.refused('ValidateResourcePolicy', { SecretId, ResourcePolicy: text }, MALFORMED, message)
    await t.refused('ValidateResourcePolicy', { ResourcePolicy: text }, MALFORMED, message)
    assert.equal('ResourcePolicy' in (await t.call('GetResourcePolicy', { SecretId })), false)
  })
}

test('the secret must be there and not scheduled for deletion; what is no policy is told before', async () => {
  await using t = await trial()
  for (const name of ['PutResourcePolicy', 'ValidateResourcePolicy']) {
    await t.refused(name, { SecretId, ResourcePolicy: everyone }, 'ResourceNotFoundException', NOT_FOUND)
    await t.refused(name, { SecretId, ResourcePolicy: '{' }, MALFORMED, SYNTAX)
  }
  await t.made()
  await t.call('DeleteSecret', { SecretId })
  for (const name of ['PutResourcePolicy', 'ValidateResourcePolicy']) {
    await t.refused(name, { SecretId, ResourcePolicy: everyone }, 'InvalidRequestException', MARKED)
  }
})

test('Principal * is taken, but not with BlockPublicPolicy; a confined one is (secretsmanager.md 12)', async () => {
  await using t = await trial()
  await t.made()
  await put(t, everyone)
  await put(t, everyone, { BlockPublicPolicy: false })
  const text = 'You can not attach a resource policy that grants Public access to your secret.'
  const asked = { SecretId, ResourcePolicy: everyone, BlockPublicPolicy: true }
  await t.refused('PutResourcePolicy', asked, 'PublicPolicyException', text)
  const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } }
  await put(t, document(allow('GetSecretValue', { ...to('*'), Condition })), { BlockPublicPolicy: true })
  await put(t, document(allow('GetSecretValue', to(OTHER))), { BlockPublicPolicy: true })
})

test('a policy under which the caller could put no other one is refused, and the old one stays', async () => {
  await using t = await trial()
  await t.made()
  await put(t, everyone)
  const lockOut = 'This resource policy will not allow you to manage this secret in the future.'
  const closed = document(deny('PutResourcePolicy', to('*')))
  await t.refused('PutResourcePolicy', { SecretId, ResourcePolicy: closed }, 'AccessDeniedException', lockOut)
  const ada = user('ada', [allow('*')])
  const bob = user('bob', [allow('*')])
  for (const { arn, userId } of [ada, bob]) t.people.ids.set(arn, userId)
  const notBob = { SecretId, ResourcePolicy: document(deny('*', to(bob.arn))) }
  await assert.rejects(
    t.ask('PutResourcePolicy', notBob, bob),
    (error) => error instanceof ApiError && error.message === lockOut && error.denial?.decision.allowed === false,
  )
  await t.ask('PutResourcePolicy', notBob, ada)
  // Who is let in by the policy alone may not take that away from himself.
  const carl = user('carl', [])
  t.people.ids.set(carl.arn, carl.userId)
  const mine = document(allow('*', to(carl.arn)))
  await t.ask('PutResourcePolicy', { SecretId, ResourcePolicy: mine }, ada)
  await assert.rejects(
    t.ask('PutResourcePolicy', { SecretId, ResourcePolicy: everyone }, carl),
    (error) => error instanceof ApiError && error.message === lockOut,
  )
  await t.ask('PutResourcePolicy', { SecretId, ResourcePolicy: mine }, carl)
})

test('the permission is looked at before the document: who has none learns nothing', async () => {
  await using t = await trial()
  await t.made()
  const low = user('low', [])
  const text = `User: ${low.arn} is not authorized to perform: secretsmanager:PutResourcePolicy on resource: app/db because no identity-based policy allows the secretsmanager:PutResourcePolicy action`
  for (const ResourcePolicy of [everyone, '{']) {
    await assert.rejects(
      t.ask('PutResourcePolicy', { SecretId, ResourcePolicy }, low),
      (error) => error instanceof ApiError && error.code === 'AccessDeniedException' && error.message === text,
    )
  }
})

test('a policy goes with its secret: one made again under the name has none; it stays over a deletion taken back', async () => {
  await using t = await trial()
  await t.made()
  await put(t, everyone)
  await t.call('DeleteSecret', { SecretId })
  await t.refused('GetResourcePolicy', { SecretId }, 'InvalidRequestException', MARKED)
  await t.call('RestoreSecret', { SecretId })
  assert.ok((await t.call('GetResourcePolicy', { SecretId })).ResourcePolicy)
  await t.call('DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true })
  await t.made()
  assert.equal((await t.call('GetResourcePolicy', { SecretId })).ResourcePolicy, undefined)
})

const FORGED: Readonly<Record<string, string>> = {
  'another text': `update secret set policy = replace(policy, 'DescribeSecret', 'GetSecretValue') where name = 'app/db'`,
  'other principals': `update secret set policy_principals = '[["x","y"]]' where name = 'app/db'`,
  'another secret’s policy': `update secret set (policy, policy_principals, policy_mac) =
    (select policy, policy_principals, policy_mac from secret where name = 'open') where name = 'app/db'`,
  'no MAC': `update secret set policy_mac = null where name = 'app/db'`,
}
for (const [said, sql] of Object.entries(FORGED)) {
  test(`a policy changed from outside (${said}) lets nobody in`, async () => {
    await using t = await trial()
    await t.made()
    await t.made('open')
    await put(t, document(allow('DescribeSecret', to('*'))))
    await t.call('PutResourcePolicy', { SecretId: 'open', ResourcePolicy: everyone })
    await t.storage.unit('write', async (unit) => {
      unit.touch('secrets')
      assert.equal(await unit.run({ name: `test/${said}`, sql }, {}), 1)
    })
    for (const name of ['GetSecretValue', 'DescribeSecret', 'GetResourcePolicy']) {
      await assert.rejects(t.call(name, { SecretId }), (error) => error instanceof RowForged, name)
    }
    assert.equal((await t.call('GetSecretValue', { SecretId: 'open' })).SecretString, 'one')
  })
}
