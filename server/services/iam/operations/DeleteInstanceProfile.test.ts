import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

test('DeleteInstanceProfile refuses while a role is in it (access.md 3.5)', async () => {
  await using iam = await trial()
  const InstanceProfileName = 'web'
  await iam.call('CreateInstanceProfile', { InstanceProfileName })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST })
  await iam.call('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'r' })
  const text = 'Cannot delete entity, must remove roles from instance profile first.'
  await iam.refused('DeleteInstanceProfile', { InstanceProfileName }, 'DeleteConflict', text)
  await iam.call('RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName: 'r' })
  assert.equal(await iam.call('DeleteInstanceProfile', { InstanceProfileName }), undefined)
  const gone = 'Instance Profile web cannot be found.'
  await iam.refused('DeleteInstanceProfile', { InstanceProfileName }, 'NoSuchEntity', gone)
})
