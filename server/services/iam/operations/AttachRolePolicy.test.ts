import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, trial } from '../test/trial.ts'

const policy = async (iam: Awaited<ReturnType<typeof trial>>, PolicyName: string) =>
  (await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document('a:b') })).Policy.Arn as string

test('AttachRolePolicy gives the policy to the role at once; twice is as once', async () => {
  await using iam = await trial()
  const { RoleId } = await role(iam, 'app')
  const PolicyArn = await policy(iam, 'p')
  for (let n = 0; n < 2; n++) await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn })
  assert.equal((await iam.call('GetPolicy', { PolicyArn })).Policy.AttachmentCount, 1)
  const principal = await iam.iam.callers.principal(ACCOUNT, RoleId)
  assert.deepEqual(
    principal?.policies.map(({ origin }) => origin),
    [{ kind: 'managed', id: PolicyArn, holder: 'role/app' }],
  )
})

test('AttachRolePolicy attaches policies of AWS', async () => {
  await using iam = await trial()
  const { RoleId } = await role(iam, 'app')
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn })
  assert.equal((await iam.iam.callers.principal(ACCOUNT, RoleId))?.policies.length, 1)
})

test('AttachRolePolicy refuses unknown policies and more than the quota (access.md 3.2, 3.5)', async () => {
  await using iam = await trial({ attachments: 1 })
  await role(iam, 'app')
  const none = `arn:aws:iam::${ACCOUNT}:policy/none`
  const text = `Policy ${none} does not exist or is not attachable.`
  await iam.refused('AttachRolePolicy', { RoleName: 'app', PolicyArn: none }, 'NoSuchEntity', text)
  const [a, b] = [await policy(iam, 'a'), await policy(iam, 'b')]
  await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn: a })
  const full = 'Cannot exceed quota for PoliciesPerRole: 1'
  await iam.refused('AttachRolePolicy', { RoleName: 'app', PolicyArn: b }, 'LimitExceeded', full)
  await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn: a })
  await iam.refused('AttachRolePolicy', { RoleName: 'x', PolicyArn: a }, 'NoSuchEntity', /^The role with name x/)
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  await iam.refused('AttachRolePolicy', { RoleName: 'AWSServiceRoleForRDS', PolicyArn: a }, 'UnmodifiableEntity')
})

test('AttachRolePolicy can be allowed for certain policies by iam:PolicyARN (access.md 5.7)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const [good, bad] = [await policy(iam, 'good'), await policy(iam, 'bad')]
  const only = { Condition: { ArnEquals: { 'iam:PolicyARN': good } } }
  const lead = await iam.user('lead', document('iam:AttachRolePolicy', '*', only))
  await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn: good }, lead)
  await iam.refused('AttachRolePolicy', { RoleName: 'app', PolicyArn: bad }, 'AccessDenied', undefined, lead)
})
