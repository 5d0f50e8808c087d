import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, trial } from '../test/trial.ts'

const put = (PolicyName: string, PolicyDocument: string) => ({ RoleName: 'app', PolicyName, PolicyDocument })

test('PutRolePolicy is what the role may do, from the next request on; a name keeps its first spelling (access.md 7, 21)', async () => {
  await using iam = await trial()
  const { RoleId } = await role(iam, 'app')
  const policies = async () => {
    const principal = await iam.iam.callers.principal(ACCOUNT, RoleId)
    return principal?.policies.map(({ source, origin }) => [source, origin?.kind, origin?.id, origin?.holder])
  }
  assert.deepEqual(await policies(), [])
  await iam.call('PutRolePolicy', put('Own', document('a:b')))
  assert.deepEqual(await policies(), [[document('a:b'), 'inline', 'Own', 'role/app']])
  await iam.call('PutRolePolicy', put('oWN', document('c:d')))
  assert.deepEqual(await policies(), [[document('c:d'), 'inline', 'Own', 'role/app']])
})

test('PutRolePolicy counts all inline policies of the role without white space (access.md 3.2, 3.5)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const third = document('a:b', `arn:aws:s3:::${'x'.repeat(3200)}`)
  for (const name of ['one', 'two', 'three', 'three']) await iam.call('PutRolePolicy', put(name, third))
  const text = 'Maximum policy size of 10240 bytes exceeded for role app'
  await iam.refused('PutRolePolicy', put('four', third), 'LimitExceeded', text)
})

test('PutRolePolicy refuses what is no policy, and changes no service-linked role (access.md 3.6)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  await iam.refused('PutRolePolicy', put('p', '{'), 'MalformedPolicyDocument', 'Syntax errors in policy.')
  const principal = document('a:b', '*', { Principal: '*' })
  const text = 'Policy document should not specify a principal.'
  await iam.refused('PutRolePolicy', put('p', principal), 'MalformedPolicyDocument', text)
  await iam.refused('PutRolePolicy', { ...put('p', document()), RoleName: 'App' }, 'NoSuchEntity')
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const linked = { ...put('p', document()), RoleName: 'AWSServiceRoleForRDS' }
  await iam.refused('PutRolePolicy', linked, 'UnmodifiableEntity')
})

test('whoever changes what a role may do can be bound to roles with a boundary (iam:PermissionsBoundary)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': PolicyArn } }
  const lead = await iam.user('lead', document(['iam:*RolePolicy', 'iam:*RolePermissionsBoundary'], '*', { Condition }))
  await role(iam, 'bounded', undefined, { PermissionsBoundary: PolicyArn })
  await role(iam, 'free')
  const calls: readonly [string, object][] = [
    ['PutRolePolicy', { PolicyName: 'p', PolicyDocument: document() }],
    ['AttachRolePolicy', { PolicyArn }],
    ['DetachRolePolicy', { PolicyArn }],
    ['DeleteRolePolicy', { PolicyName: 'p' }],
    ['DeleteRolePermissionsBoundary', {}],
  ]
  for (const [name, members] of calls) {
    await iam.call(name, { RoleName: 'bounded', ...members }, lead)
    const refusal = new RegExp(`iam:${name} on resource: role (free|nobody) because`)
    for (const RoleName of ['free', 'nobody']) {
      await iam.refused(name, { RoleName, ...members }, 'AccessDenied', refusal, lead)
    }
  }
})
