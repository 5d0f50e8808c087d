import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('PutRolePermissionsBoundary bounds the role at once, and replaces a boundary', async () => {
  await using iam = await trial()
  const { RoleId } = await role(iam, 'app')
  const bound = async () => (await iam.iam.callers.principal(ACCOUNT, RoleId))?.boundary?.source
  assert.equal(await bound(), undefined)
  for (const PolicyName of ['one', 'two']) {
    const PolicyDocument = document(`${PolicyName}:*`)
    const { Policy } = await iam.call('CreatePolicy', { PolicyName, PolicyDocument })
    await iam.call('PutRolePermissionsBoundary', { RoleName: 'app', PermissionsBoundary: Policy.Arn })
    assert.equal(await bound(), PolicyDocument)
    const { Role } = await iam.call('GetRole', { RoleName: 'app' })
    assert.equal(Role.PermissionsBoundary.PermissionsBoundaryArn, Policy.Arn)
    assert.equal((await iam.call('GetPolicy', { PolicyArn: Policy.Arn })).Policy.PermissionsBoundaryUsageCount, 1)
  }
})

test('PutRolePermissionsBoundary refuses what is no policy, and changes no service-linked role (access.md 3.5)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const put = (PermissionsBoundary: string, RoleName = 'app') => ({ RoleName, PermissionsBoundary })
  const none = `arn:aws:iam::${ACCOUNT}:policy/none`
  const refused = (members: object, code: string, text?: string | RegExp) =>
    iam.refused('PutRolePermissionsBoundary', { ...members }, code, text)
  await refused(put(none), 'NoSuchEntity', `Policy ${none} does not exist or is not attachable.`)
  const wrong = `arn:aws:iam::${ACCOUNT}:group/none`
  await refused(put(wrong), 'ValidationError', `Value (${wrong}) for parameter PermissionsBoundary is invalid.`)
  await refused(put(none, 'x'), 'NoSuchEntity', 'The role with name x cannot be found.')
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  await refused(put(none, 'AWSServiceRoleForRDS'), 'UnmodifiableEntity')
})

test('PutRolePermissionsBoundary is decided on the boundary that the role shall have (iam:PermissionsBoundary)', async () => {
  await using iam = await trial()
  const arns: string[] = []
  for (const PolicyName of ['edge', 'wide']) {
    arns.push((await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn)
  }
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': arns[0] } }
  const lead = await iam.user('lead', document('iam:PutRolePermissionsBoundary', '*', { Condition }))
  await role(iam, 'app')
  await iam.call('PutRolePermissionsBoundary', { RoleName: 'app', PermissionsBoundary: arns[0] }, lead)
  const wide = { RoleName: 'app', PermissionsBoundary: arns[1] }
  await iam.refused('PutRolePermissionsBoundary', wide, 'AccessDenied', undefined, lead)
})
