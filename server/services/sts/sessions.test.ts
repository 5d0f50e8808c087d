import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import type { Credential } from '#kernel/signature/credential'
import { Sessions } from './sessions.ts'
import { ACCOUNT, policy, type Trial, trial, trust } from './test/trial.ts'

/** A role that alice may assume, and the credentials of a session of it. */
async function session(sts: Trial, more: object = {}, of: Record<string, unknown> = {}) {
  const alice = await sts.user('alice')
  const role = await sts.role(
    'app',
    trust(alice.arn, { Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }),
    of,
  )
  const { Credentials } = await sts.call('AssumeRole', { RoleArn: role, RoleSessionName: 's1', ...more }, alice)
  const find = (id = Credentials.AccessKeyId, token = Credentials.SessionToken) => sts.sts.sessions.find(id, token)
  return { alice, role, Credentials, find }
}

test('a session is found by its token, with the role as it is', async () => {
  await using sts = await trial()
  const { role, Credentials, find } = await session(
    sts,
    { SourceIdentity: 'alice.a' },
    { Path: '/team/', Policy: policy('secretsmanager:*') },
  )
  const found = (await find()) as Credential
  assert.equal(found.secret.reveal(), Credentials.SecretAccessKey)
  assert.equal(found.active, true)
  assert.deepEqual(found.sessionToken, {
    digest: hash('sha256', Credentials.SessionToken, 'buffer'),
    expiresAt: Credentials.Expiration.getTime(),
  })
  const { caller } = found
  assert.equal(caller.kind, 'role')
  assert.equal(caller.arn, 'arn:aws:sts::111122223333:assumed-role/app/s1')
  assert.equal(caller.principalArn, 'arn:aws:iam::111122223333:role/team/app')
  assert.equal(role, caller.principalArn)
  assert.match(caller.userId, /^AROA[A-Z2-7]{17}:s1$/)
  assert.equal(caller.userName, undefined)
  assert.equal(caller.policies.length, 1)
  assert.equal(caller.boundary, undefined)
  assert.equal(caller.sessionPolicies, undefined)
  assert.deepEqual(caller.session, {
    issuedAt: sts.iam.clock.now(),
    expiresAt: sts.iam.clock.now() + 3_600_000,
    issuer: { type: 'Role', principalId: caller.userId.slice(0, 21), arn: role, accountId: ACCOUNT, userName: 'app' },
    sourceIdentity: 'alice.a',
  })
})

test('what was opened once is answered at once, and is the same object for one generation of IAM', async () => {
  await using sts = await trial()
  const { find } = await session(sts)
  const first = await find()
  assert.equal(find(), first)
  await sts.user('bob')
  const second = await find()
  assert.notEqual(second, first)
  assert.equal(find(), second)
})

test('a session that is over is still found: its refusal is the verifier’s', async () => {
  await using sts = await trial()
  const { find, Credentials } = await session(sts)
  sts.iam.clock.set(Credentials.Expiration.getTime() + 1)
  assert.equal((await find())?.sessionToken?.expiresAt, Credentials.Expiration.getTime())
})

test('a token finds nothing with another id, without it, altered, or as that of a long-term key', async () => {
  await using sts = await trial()
  const { alice, find, Credentials } = await session(sts)
  const { AccessKeyId, SessionToken } = Credentials
  const other = (await sts.call('GetSessionToken', {}, alice)).Credentials
  assert.equal(await find(other.AccessKeyId, SessionToken), undefined)
  assert.equal(await find(AccessKeyId, other.SessionToken), undefined)
  assert.equal(await find(alice.accessKeyId, SessionToken), undefined)
  assert.equal(await sts.sts.sessions.find(AccessKeyId, undefined), undefined)
  const altered = SessionToken.slice(0, -1) + (SessionToken.endsWith('A') ? 'B' : 'A')
  assert.equal(await find(AccessKeyId, altered), undefined)
  // Neither before nor after the right one was seen.
  assert.ok(await find())
  assert.equal(await find(AccessKeyId, altered), undefined)
  assert.equal(await find(AccessKeyId, other.SessionToken), undefined)
  assert.ok(find())
})

test('look tells what is foreign from what is over', async () => {
  await using sts = await trial()
  const { role, Credentials } = await session(sts)
  const { AccessKeyId, SessionToken } = Credentials
  const look = (id: string, token?: string) => sts.sts.sessions.look(id, token)
  assert.equal(look('AKIAIOSFODNN7EXAMPLE'), 'foreign')
  assert.equal(look(AccessKeyId), 'foreign')
  assert.equal(look('ASIAIOSFODNN7EXAMPLE', 'IQoJb3JpZ2luX2VjEEXAMPLE'), 'foreign')
  assert.equal(look(AccessKeyId, `${SessionToken}A`), 'over')
  assert.equal(look('ASIAQNZGKIQY56JQ7WML', SessionToken), 'over')
  assert.equal(typeof (await look(AccessKeyId, SessionToken)), 'object')
  await sts.iam.call('DeleteRole', { RoleName: role.slice(role.lastIndexOf('/') + 1) })
  assert.equal(await look(AccessKeyId, SessionToken), 'over')
  const asked: string[] = []
  const find = sts.sts.sessions.before((id) => {
    asked.push(id)
    return undefined
  })
  assert.equal(await find(AccessKeyId, SessionToken), undefined)
  assert.deepEqual(asked, [])
  await find('AKIAIOSFODNN7EXAMPLE', undefined)
  assert.deepEqual(asked, ['AKIAIOSFODNN7EXAMPLE'])
})

test('deleting the role ends its sessions at once; a namesake does not take them up (access.md 7, 22 and 23)', async () => {
  await using sts = await trial()
  const { alice, find } = await session(sts)
  assert.ok(await find())
  await sts.iam.call('DeleteRole', { RoleName: 'app' })
  assert.equal(await find(), undefined)
  await sts.role('app', trust(alice.arn))
  assert.equal(await find(), undefined)
})

test('a change of the role changes its sessions at once', async () => {
  await using sts = await trial()
  const { find } = await session(sts, { Tags: [{ Key: 'team', Value: 'red' }] })
  assert.equal((await find())?.caller.policies.length, 0)
  await sts.iam.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'p', PolicyDocument: policy('kms:*') })
  await sts.iam.call('TagRole', {
    RoleName: 'app',
    Tags: [
      { Key: 'TEAM', Value: 'blue' },
      { Key: 'env', Value: 'prod' },
    ],
  })
  await sts.iam.call('PutRolePermissionsBoundary', {
    RoleName: 'app',
    PermissionsBoundary: 'arn:aws:iam::aws:policy/AdministratorAccess',
  })
  const caller = (await find())?.caller
  assert.equal(caller?.policies.length, 1)
  assert.deepEqual(Object.fromEntries(caller?.tags ?? []), { env: 'prod', team: 'red' })
  assert.equal(caller?.boundary?.origin?.id, 'arn:aws:iam::aws:policy/AdministratorAccess')
})

test('session policies stand in their order and live: a new default version counts (access.md 4.1, recorded)', async () => {
  await using sts = await trial()
  const made = await sts.iam.call('CreatePolicy', {
    PolicyName: 'narrow',
    PolicyDocument: policy('secretsmanager:Get*'),
  })
  const PolicyArn = made.Policy.Arn
  const { find } = await session(sts, { Policy: policy('secretsmanager:*'), PolicyArns: [{ arn: PolicyArn }] })
  const sources = async () => (await find())?.caller.sessionPolicies?.map(({ source }) => source)
  assert.deepEqual(await sources(), [policy('secretsmanager:*'), policy('secretsmanager:Get*')])
  const origins = (await find())?.caller.sessionPolicies?.map(({ origin }) => origin)
  assert.deepEqual(origins, [
    { kind: 'session', id: '', holder: 'role/app' },
    { kind: 'session', id: PolicyArn, holder: 'role/app' },
  ])
  await sts.iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: policy('kms:*'), SetAsDefault: true })
  assert.deepEqual(await sources(), [policy('secretsmanager:*'), policy('kms:*')])
})

test('a session whose one session policy was deleted may do nothing', async () => {
  await using sts = await trial()
  const made = await sts.iam.call('CreatePolicy', { PolicyName: 'narrow', PolicyDocument: policy('*') })
  const PolicyArn = made.Policy.Arn
  const { find } = await session(sts, { PolicyArns: [{ arn: PolicyArn }] }, { Policy: policy('*') })
  await sts.iam.call('DeletePolicy', { PolicyArn })
  const bounds = (await find())?.caller.sessionPolicies
  assert.deepEqual(
    bounds?.map(({ statements }) => statements.length),
    [0],
  )
})

test('a session of a user goes on when the key that got it is deactivated, and ends with the user', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('secretsmanager:*'))
  const { Credentials } = await sts.call('GetSessionToken', {}, alice)
  const find = () => sts.sts.sessions.find(Credentials.AccessKeyId, Credentials.SessionToken)
  await sts.iam.call('UpdateAccessKey', { UserName: 'alice', AccessKeyId: alice.accessKeyId, Status: 'Inactive' })
  const { caller } = (await find()) as Credential
  assert.deepEqual(
    [caller.kind, caller.arn, caller.userId, caller.userName],
    ['user', alice.arn, alice.userId, 'alice'],
  )
  assert.equal(caller.accessKeyId, Credentials.AccessKeyId)
  assert.deepEqual(caller.session?.issuer, {
    type: 'IAMUser',
    principalId: alice.userId,
    arn: alice.arn,
    accountId: ACCOUNT,
    userName: 'alice',
  })
  await sts.iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: alice.accessKeyId })
  assert.ok(await find())
  await sts.iam.call('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'own' })
  await sts.iam.call('DeleteUser', { UserName: 'alice' })
  assert.equal(await find(), undefined)
})

test('a federated user has the policies of its user, and of root all', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:*'))
  const bob = await sts.callerOf(await sts.call('GetFederationToken', { Name: 'bob' }, alice))
  assert.deepEqual(
    [bob.kind, bob.arn, bob.principalArn, bob.userId, bob.userName, bob.parentArn, bob.parentId],
    [
      'federated',
      'arn:aws:sts::111122223333:federated-user/bob',
      'arn:aws:sts::111122223333:federated-user/bob',
      '111122223333:bob',
      undefined,
      alice.arn,
      alice.userId,
    ],
  )
  assert.deepEqual(
    bob.policies.map(({ source }) => source),
    [policy('sts:*')],
  )
  assert.deepEqual(bob.sessionPolicies, [])
  const root = await sts.callerOf(
    await sts.call('GetFederationToken', { Name: 'carol', Policy: policy('kms:*') }, sts.root),
  )
  assert.equal(root.parentArn, 'arn:aws:iam::111122223333:root')
  assert.deepEqual(
    root.policies.map(({ statements }) => statements.length),
    [1],
  )
  assert.deepEqual(
    root.sessionPolicies?.map(({ source }) => source),
    [policy('kms:*')],
  )
})

test('sessions survive a restart: another instance over the same vault finds them', async () => {
  await using sts = await trial()
  const { Credentials } = await session(sts)
  const again = new Sessions(sts.iam.vault, sts.iam.iam.callers)
  assert.equal((await again.find(Credentials.AccessKeyId, Credentials.SessionToken))?.caller.kind, 'role')
})

test('what is kept is bounded by its characters; what was pushed out is opened again', async () => {
  await using sts = await trial()
  const { alice, role } = await session(sts)
  const few = new Sessions(sts.iam.vault, sts.iam.iam.callers, 10_000)
  const made = []
  for (let i = 0; i < 20; i++) {
    made.push(
      (await sts.call('AssumeRole', { RoleArn: role, RoleSessionName: `s${i}`, Policy: policy('kms:*') }, alice))
        .Credentials,
    )
  }
  for (const { AccessKeyId, SessionToken } of made) assert.ok(await few.find(AccessKeyId, SessionToken))
  assert.ok(few.size >= 5 && few.size <= 12, `${few.size}`)
  for (const { AccessKeyId, SessionToken } of made) assert.ok(await few.find(AccessKeyId, SessionToken))
  few.clear()
  assert.equal(few.size, 0)
})

test('what was read while IAM changed is good for one request only', async () => {
  await using sts = await trial()
  const { Credentials } = await session(sts)
  const { callers } = sts.iam.iam
  let generation = 1
  const sessions = new Sessions(sts.iam.vault, {
    generation: () => generation,
    principal: async (account, id) => {
      const found = await callers.principal(account, id)
      generation++
      return found
    },
    managed: (account, arn) => callers.managed(account, arn),
  })
  const first = await sessions.find(Credentials.AccessKeyId, Credentials.SessionToken)
  const second = await sessions.find(Credentials.AccessKeyId, Credentials.SessionToken)
  assert.ok(first !== undefined && second !== undefined)
  assert.notEqual(first, second)
})
