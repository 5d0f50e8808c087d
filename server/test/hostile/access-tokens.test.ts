import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../start.ts'
import { clientsOf, refused } from '../conformance/session.ts'
import { allow, deny, documentOf, keysOf, outcome, READ, siege, trusting } from './siege.ts'
import { garrison } from './garrison.ts'

/**
 * Session tokens in the hands of an attacker: too old, altered, of somebody else, of another deployment; and what becomes of
 * sessions when that on which they rest changes. Sources: access.md 1.2 (rows 14, 15), 4, 5.5, 7 (22 to 26).
 */

const place = await siege({ standing: true })
const { server, account, root, person, rule, call, secretOf, signedCall, send } = place
const { iam } = root
const DENIED = 'AccessDeniedException'
const STRANGER = 'UnrecognizedClientException'

const { read, role, user, assume } = await garrison(place)

const altered = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

test('a token that was altered in any place, cut or added to, is nobody’s', async () => {
  const { arn } = await role(allow(READ))
  const keys = await assume(arn)
  assert.equal(await read(keys), '200')
  const { sessionToken } = keys
  const places = Array.from({ length: 40 }, (_, n) => Math.floor((n * sessionToken.length) / 40))
  const forged = [
    ...[...places, 1, 4, 5, sessionToken.length - 1].map((at) => altered(sessionToken, at)),
    sessionToken.slice(0, -1),
    sessionToken.slice(1),
    sessionToken.slice(4),
    `${sessionToken}A`,
    `${sessionToken}=`,
    `${sessionToken}==`,
    `${sessionToken}${sessionToken}`,
    `${sessionToken},${sessionToken}`,
    `${sessionToken.slice(0, 20)} ${sessionToken.slice(20)}`,
    sessionToken.toLowerCase(),
    sessionToken.replaceAll('-', '+').replaceAll('_', '/').concat('+'),
    'SRv1',
    `SRv2${sessionToken.slice(4)}`,
    '*',
    'null',
    '[object Object]',
    '__proto__',
    'A'.repeat(6000),
  ]
  for (const token of forged) assert.equal(await read({ ...keys, sessionToken: token }), STRANGER, token.slice(0, 60))
  assert.equal(await read(keys), '200')
})

test('a token tells nothing of what is in it', async () => {
  const { arn, id } = await role(allow(READ))
  const keys = await assume(arn, { Policy: documentOf(allow(READ)), Tags: [{ Key: 'team', Value: 'needle-in-token' }] })
  const bytes = Buffer.from(keys.sessionToken.slice(4), 'base64url').toString('latin1')
  for (const text of [keys.secretAccessKey, id, account, 'needle-in-token', 'GetSecretValue', 'here']) {
    assert.ok(!bytes.includes(text) && !keys.sessionToken.includes(text), text)
  }
})

test('id, secret and token belong together: no part of another session fits', async () => {
  const { arn } = await role(allow(READ))
  const a = await assume(arn)
  const b = await assume(arn)
  assert.equal(await read({ ...a, sessionToken: b.sessionToken }), STRANGER)
  assert.equal(await read({ ...a, accessKeyId: b.accessKeyId }), STRANGER)
  assert.equal(await read({ ...a, secretAccessKey: b.secretAccessKey }), 'InvalidSignatureException')
  assert.equal(await read({ ...user.keys, sessionToken: a.sessionToken }), STRANGER)
  assert.equal(await read({ ...a, accessKeyId: user.keys.accessKeyId }), STRANGER)
  assert.equal(await read({ ...user.keys, accessKeyId: a.accessKeyId }), STRANGER)
  // Asked right before or after the right one, which is remembered.
  for (const keys of [a, { ...a, sessionToken: b.sessionToken }, b, { ...b, sessionToken: a.sessionToken }, a, b]) {
    assert.equal(await read(keys), keys === a || keys === b ? '200' : STRANGER)
  }
})

test('a token of another deployment is worth nothing, even of one with the same account, names and keys', async () => {
  await using other = await start({ standing: true, account })
  const theirs = clientsOf(other)
  try {
    const { name } = await role(allow(READ))
    await theirs.iam.createRole({ RoleName: name, AssumeRolePolicyDocument: trusting(account) })
    await theirs.iam.createUser({ UserName: user.name })
    const { AccessKey } = await theirs.iam.createAccessKey({ UserName: user.name })
    const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    const PolicyDocument = documentOf(allow('*'))
    await theirs.iam.putUserPolicy({ UserName: user.name, PolicyName: 'all', PolicyDocument })
    const made = clientsOf(other, keys)
    const RoleArn = `arn:aws:iam::${account}:role/${name}`
    for (const { Credentials } of [
      await made.sts.assumeRole({ RoleArn, RoleSessionName: 'here' }),
      await made.sts.getSessionToken({}),
      await made.sts.getFederationToken({ Name: 'here', Policy: PolicyDocument }),
      await theirs.sts.getSessionToken({}),
    ]) {
      assert.equal(await read(keysOf(Credentials)), STRANGER)
      assert.equal(outcome(await call(keysOf(Credentials), 'sts:GetCallerIdentity')), 'InvalidClientTokenId')
    }
    assert.equal(await read(keys), STRANGER)
    made.destroy()
  } finally {
    theirs.destroy()
  }
})

test('a deleted role, or user, ends its sessions; a namesake does not take them up', async () => {
  const PolicyDocument = documentOf(allow('*'))
  const { name, arn } = await role(allow('*'))
  const keys = await assume(arn)
  assert.equal(await read(keys), '200')
  await iam.deleteRolePolicy({ RoleName: name, PolicyName: 'own' })
  await iam.deleteRole({ RoleName: name })
  assert.equal(await read(keys), STRANGER)
  await iam.createRole({ RoleName: name, AssumeRolePolicyDocument: trusting(account) })
  await iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument })
  assert.equal(await read(keys), STRANGER)
  assert.equal(await read(await assume(arn)), '200')

  const victim = await person([allow('*')])
  const sessions = [
    keysOf((await victim.sts.getSessionToken({})).Credentials),
    keysOf((await victim.sts.getFederationToken({ Name: 'here', Policy: PolicyDocument })).Credentials),
  ]
  for (const each of sessions) assert.equal(await read(each), '200')
  await iam.deleteAccessKey({ UserName: victim.name, AccessKeyId: victim.keys.accessKeyId })
  await iam.deleteUserPolicy({ UserName: victim.name, PolicyName: 'own' })
  await iam.deleteUser({ UserName: victim.name })
  for (const each of [...sessions, victim.keys]) assert.equal(await read(each), STRANGER)
  await iam.createUser({ UserName: victim.name })
  await iam.putUserPolicy({ UserName: victim.name, PolicyName: 'own', PolicyDocument })
  for (const each of [...sessions, victim.keys]) assert.equal(await read(each), STRANGER)
})

test('sessions change with what they rest on, at the next request', async () => {
  const { name, arn, permit } = await role(allow(READ))
  const keys = await assume(arn)
  assert.equal(await read(keys), '200')
  await permit(allow('iam:*'))
  assert.equal(await read(keys), DENIED)
  await permit(allow(READ), deny(READ, secretOf('db-*')))
  assert.equal(await read(keys), DENIED)
  assert.equal(await read(keys, 'other'), '200')
  await permit(allow(READ))
  const bound = await iam.createPolicy({ PolicyName: `bound-${name}`, PolicyDocument: documentOf(allow('iam:*')) })
  const PermissionsBoundary = bound.Policy?.Arn ?? ''
  await iam.putRolePermissionsBoundary({ RoleName: name, PermissionsBoundary })
  assert.equal(await read(keys), DENIED)
  await iam.createPolicyVersion({
    PolicyArn: PermissionsBoundary,
    PolicyDocument: documentOf(allow(READ)),
    SetAsDefault: true,
  })
  assert.equal(await read(keys), '200')
  await iam.setDefaultPolicyVersion({ PolicyArn: PermissionsBoundary, VersionId: 'v1' })
  assert.equal(await read(keys), DENIED)
  await iam.deleteRolePermissionsBoundary({ RoleName: name })
  // Whom the role trusts counts when a session is begun; what AWS does to end those that are is a deny by time.
  await iam.updateAssumeRolePolicy({
    RoleName: name,
    PolicyDocument: trusting(server.account, 'sts:AssumeRole', { Null: { 'aws:username': 'true' } }),
  })
  assert.equal(await read(keys), '200')
  await refused(assume(arn), 'AccessDenied', undefined, 403)
  const DateLessThan = { 'aws:TokenIssueTime': new Date(server.clock.now() + 1000).toISOString() }
  await permit(allow(READ), deny('*', '*', { DateLessThan }))
  assert.equal(await read(keys), DENIED)

  const person_ = await person([allow(READ), allow('sts:*')])
  const session = keysOf((await person_.sts.getSessionToken({})).Credentials)
  const federated = keysOf(
    (await person_.sts.getFederationToken({ Name: 'here', Policy: documentOf(allow('*')) })).Credentials,
  )
  for (const each of [session, federated]) assert.equal(await read(each), '200')
  await rule(person_.name, deny(READ), allow('*'))
  for (const each of [session, federated]) assert.equal(await read(each), DENIED)
})

// Last: time goes on from here.
test('a session is over at its end, to the millisecond, on every service and for whoever has the secret or not', async () => {
  const { arn } = await role(allow('*'))
  const made = await user.sts.assumeRole({ RoleArn: arn, RoleSessionName: 'here', DurationSeconds: 900 })
  const keys = keysOf(made.Credentials)
  const other = await assume(arn, { DurationSeconds: 3600 })
  const end = made.Credentials?.Expiration?.getTime() ?? 0
  const lasts = end - server.clock.now()
  assert.ok(lasts > 899_000 && lasts <= 900_000, `${lasts} ms`)
  await server.clock.advance({ seconds: (lasts - 1) / 1000 })
  assert.equal(await read(keys), '200')
  await server.clock.advance({ seconds: 0.001 })
  for (const [action, code, text] of [
    [READ, 'ExpiredTokenException', 'The security token included in the request is expired'],
    ['kms:ListKeys', 'ExpiredTokenException', 'The security token included in the request is expired'],
    ['iam:ListUsers', 'ExpiredToken', 'The security token included in the request is expired'],
    ['sts:GetCallerIdentity', 'ExpiredToken', 'The security token included in the request is expired'],
    ['sts:AssumeRole', 'ExpiredToken', 'The security token included in the request is expired'],
  ] as const) {
    for (const each of [keys, { ...keys, secretAccessKey: 'x'.repeat(40) }]) {
      const answer = await call(each, action, { SecretId: 'db', RoleArn: arn, RoleSessionName: 'more' })
      assert.equal(outcome(answer), code, action)
      assert.ok(answer.text.includes(text), answer.text)
    }
  }
  // An older date of the request does not bring it back.
  const earlier = signedCall(
    keys,
    READ,
    { SecretId: 'db' },
    { date: new Date(server.clock.now() - 60_000).toUTCString() },
  )
  assert.equal(outcome(await send(earlier)), 'ExpiredTokenException')
  assert.equal(await read({ ...keys, sessionToken: altered(keys.sessionToken, 50) }), STRANGER)
  assert.equal(await read({ ...keys, sessionToken: other.sessionToken }), STRANGER)
  assert.equal(await read(other), '200')
  await server.clock.advance({ days: 30 })
  assert.equal(await read(other), 'ExpiredTokenException')
})
