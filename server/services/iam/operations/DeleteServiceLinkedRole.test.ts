import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

const RoleName = 'AWSServiceRoleForRDS'

test('DeleteServiceLinkedRole deletes at once and answers a task that is done', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const { DeletionTaskId } = await iam.call('DeleteServiceLinkedRole', { RoleName })
  assert.match(DeletionTaskId, /^task\/aws-service-role\/rds\.amazonaws\.com\/AWSServiceRoleForRDS\/[0-9a-f-]{36}$/)
  const { Status } = await iam.call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })
  assert.equal(Status, 'SUCCEEDED')
  const text = `The role with name ${RoleName} cannot be found.`
  await iam.refused('DeleteServiceLinkedRole', { RoleName }, 'NoSuchEntity', text)
})

test('DeleteServiceLinkedRole finds service-linked roles only', async () => {
  await using iam = await trial()
  await role(iam, RoleName)
  await iam.refused('DeleteServiceLinkedRole', { RoleName }, 'NoSuchEntity')
  await iam.call('GetRole', { RoleName })
})

test('DeleteServiceLinkedRole is decided on the role', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const own = 'arn:aws:iam::111122223333:role/aws-service-role/ssm.amazonaws.com/*'
  const lead = await iam.user('lead', document('iam:DeleteServiceLinkedRole', own))
  const text = /iam:DeleteServiceLinkedRole on resource: role AWSServiceRoleForRDS because/
  await iam.refused('DeleteServiceLinkedRole', { RoleName }, 'AccessDenied', text, lead)
})
