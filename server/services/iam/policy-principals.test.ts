import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundPrincipals, UnknownPrincipal } from './port.ts'
import { FOREIGN, foreigner, mayAssume, role, session, shownTrust } from './test/roles.ts'
import { ACCOUNT, document, type Trial, trial, trust } from './test/trial.ts'

const statement = (Principal: unknown) => JSON.stringify({ Statement: { Effect: 'Deny', Principal, Action: 'a:b' } })
const bind = (iam: Trial, principal: unknown) =>
  iam.storage.unit('write', (unit) => iam.iam.identities(unit).principals.bind(statement(principal)))
const user = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`

/** Asserts that the principal is not there, and which one is said. */
async function unknown(iam: Trial, principal: unknown, kind = 'AWS', said = Object.values(principal as object)[0]) {
  await assert.rejects(bind(iam, principal), (error) => {
    assert.ok(error instanceof UnknownPrincipal, String(error))
    assert.deepEqual([error.kind, error.principal], [kind, said])
    return true
  })
}

async function world() {
  const iam = await trial()
  const { User } = await iam.call('CreateUser', { UserName: 'alice', Path: '/team/' })
  const app = await role(iam, 'App', undefined, { Path: '/x/' })
  return { iam, alice: User, app, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

test('users, roles and sessions are bound to their ids; accounts, *, federated users and services stand for themselves', async () => {
  await using it = await world()
  const { iam, alice, app } = it
  const federated = `arn:aws:sts::${ACCOUNT}:federated-user/bob`
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/App/s1`
  const AWS = [alice.Arn, app.Arn, session, federated, ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`, '*']
  const bound = await bind(iam, { AWS, Service: ['lambda.amazonaws.com', 'logs.eu-west-1.amazonaws.com'] })
  assert.deepEqual(
    [...boundPrincipals(bound)],
    [
      [alice.Arn, alice.UserId],
      [app.Arn, app.RoleId],
      [session, `${app.RoleId}:s1`],
    ],
  )
})

test('a name that looks like somebody’s is nobody’s: path, spelling, partition, region, kind', async () => {
  await using it = await world()
  const { iam } = it
  const nobody = [
    user('alice'),
    user('team/Alice'),
    user('TEAM/alice'),
    user('team//alice'),
    user('team/alice/'),
    user('team/../team/alice'),
    user('team/alice '),
    user('team/alic\u212a'),
    user('x/App'),
    `arn:aws:iam::${ACCOUNT}:role/App`,
    `arn:aws:iam::${ACCOUNT}:role/team/alice`,
    `arn:aws:iam::${ACCOUNT}:users/team/alice`,
    `arn:aws:iam::${ACCOUNT}:user`,
    `arn:aws:iam::${ACCOUNT}:`,
    `arn:aws-cn:iam::${ACCOUNT}:user/team/alice`,
    `arn:aws:iam:us-east-1:${ACCOUNT}:user/team/alice`,
    `arn:aws:sts::${ACCOUNT}:user/team/alice`,
    'arn:aws:iam::aws:user/team/alice',
    'arn:aws:iam::111122223334:user/team/alice',
    `arn:aws:sts::${ACCOUNT}:assumed-role/app/s1`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/x/App/s1`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/App`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/App/`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/App/*`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/App/s`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/App/s1/s2`,
    `arn:aws:sts::${ACCOUNT}:federated-user/`,
    `arn:aws:sts::${ACCOUNT}:federated-user/a*`,
    `arn:aws:sts::${ACCOUNT}:federated-user/a/b`,
    '',
    'alice',
    `${ACCOUNT}:bob`,
    'aws:AROA',
    '__proto__',
  ]
  for (const AWS of nobody) await unknown(iam, { AWS })
  await unknown(iam, { AWS: '999999999999' }, 'AWS', 'arn:aws:iam::999999999999:root')
  await unknown(iam, { AWS: 'arn:aws:iam::999999999999:root' })
  await unknown(iam, { AWS: `arn:aws-cn:iam::${ACCOUNT}:root` })
  await unknown(iam, { AWS: `arn:aws:sts::999999999999:federated-user/bob` })
})

test('an id is somebody’s who is there; it is not taken for a pattern, another kind or a session of a user', async () => {
  await using it = await world()
  const { iam, alice, app } = it
  for (const AWS of [alice.UserId, app.RoleId, `${app.RoleId}:s1`]) assert.equal(await bind(iam, { AWS }), '[]')
  const nobody = [
    `${app.RoleId}:*`,
    `${app.RoleId}:`,
    `${app.RoleId}:s1:s2`,
    `${app.RoleId.slice(0, -1)}*`,
    'AROAXXXXXXXXXXXXXXXXX',
    'AROAXXXXXXXXXXXXXXXXX:*',
    'AIDAXXXXXXXXXXXXXXXXX',
    `${alice.UserId}:s1`,
    app.RoleId.replace('AROA', 'AIDA'),
    alice.UserId.replace('AIDA', 'AROA'),
    alice.UserId.toLowerCase(),
    'AKIAIOSFODNN7EXAMPLE',
  ]
  for (const AWS of nobody) await unknown(iam, { AWS })
})

test('services and providers are whole names; providers must be registered', async () => {
  await using it = await world()
  const { iam } = it
  for (const Service of ['*', 'lambda', 'evil.example.com', 'lambda.amazonaws.com.evil.com', 'xamazonaws.com', '']) {
    await unknown(iam, { Service }, 'Service')
  }
  const providers = ['*', 'accounts.google.com', `arn:aws:iam::${ACCOUNT}:oidc-provider/idp.example.com`]
  for (const Federated of providers) await unknown(iam, { Federated }, 'Federated')
})

test('principals of other accounts are found as those of one’s own', async () => {
  await using it = await world()
  const { iam } = it
  const theirs = `arn:aws:iam::${FOREIGN}:user/alice`
  await unknown(iam, { AWS: theirs })
  await unknown(iam, { AWS: FOREIGN }, 'AWS', `arn:aws:iam::${FOREIGN}:root`)
  const root = await foreigner(iam)
  const { User } = await iam.call('CreateUser', { UserName: 'alice' }, root)
  assert.deepEqual(JSON.parse(await bind(iam, { AWS: [theirs, FOREIGN, User.UserId] })), [[theirs, User.UserId]])
})

test('a user who was deleted and made again is not trusted by the old document (access.md 6, case 92)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const { Arn } = await role(iam, 'app', trust(user('alice')))
  assert.equal(await mayAssume(iam, alice, Arn), true)

  await iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: alice.accessKeyId })
  await iam.call('DeleteUser', { UserName: 'alice' })
  const again = await iam.user('alice')
  assert.equal(again.arn, alice.arn)
  assert.equal(await mayAssume(iam, again, Arn), false)
  assert.equal(await shownTrust(iam, 'app'), trust(alice.userId), 'shown by the id of who is gone (access.md 2)')

  await iam.call('UpdateAssumeRolePolicy', { RoleName: 'app', PolicyDocument: trust(user('alice')) })
  assert.equal(await mayAssume(iam, again, Arn), true)
  assert.equal(await shownTrust(iam, 'app'), trust(user('alice')))
})

test('who takes over the name or path of a trusted user is not trusted; who is renamed still is', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const { Arn } = await role(iam, 'app', trust(user('alice')))
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'alicia' })
  const namesake = await iam.user('alice')
  assert.equal(await mayAssume(iam, namesake, Arn), false)
  assert.equal(await mayAssume(iam, await iam.callerOf(alice.accessKeyId), Arn), true)
  assert.equal(await shownTrust(iam, 'app'), trust(user('alicia')))
  await iam.call('UpdateAssumeRolePolicy', { RoleName: 'app', PolicyDocument: await shownTrust(iam, 'app') })
  assert.equal(await mayAssume(iam, await iam.callerOf(alice.accessKeyId), Arn), true)
})

test('sessions of a role that was made again are not trusted, neither by the role nor by the session', async () => {
  await using iam = await trial()
  const first = await role(iam, 'first')
  const byRole = await role(iam, 'by-role', trust(first.Arn))
  const bySession = await role(iam, 'by-session', trust(session(first).arn))
  assert.equal(await mayAssume(iam, session(first), byRole.Arn), true)
  assert.equal(await mayAssume(iam, session(first), bySession.Arn), true)
  assert.equal(await mayAssume(iam, session(first, 's2'), bySession.Arn), false)
  await iam.call('DeleteRole', { RoleName: 'first' })
  const again = await role(iam, 'first')
  assert.equal(again.Arn, first.Arn)
  assert.equal(await mayAssume(iam, session(again), byRole.Arn), false)
  assert.equal(await mayAssume(iam, session(again), bySession.Arn), false)
  assert.equal(await shownTrust(iam, 'by-session'), trust(`${first.RoleId}:s1`))
})

test('the account only delegates; a foreign one needs its own policy too (access.md 6, cases 84 to 87)', async () => {
  await using iam = await trial()
  const may = document('sts:AssumeRole')
  const own = await role(iam, 'own', trust(ACCOUNT))
  assert.equal(await mayAssume(iam, await iam.user('silent'), own.Arn), false)
  assert.equal(await mayAssume(iam, await iam.user('allowed', may), own.Arn), true)
  const root = await foreigner(iam)
  const theirs = await role(iam, 'theirs', trust(FOREIGN))
  await iam.call('CreateUser', { UserName: 'eve' }, root)
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'eve' }, root)
  const eve = () => iam.callerOf(AccessKey.AccessKeyId)
  assert.equal(await mayAssume(iam, await eve(), theirs.Arn), false)
  await iam.call('PutUserPolicy', { UserName: 'eve', PolicyName: 'p', PolicyDocument: may }, root)
  assert.equal(await mayAssume(iam, await eve(), theirs.Arn), true)
  assert.equal(await mayAssume(iam, await eve(), own.Arn), false)
})
