import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

test('RemoveRoleFromInstanceProfile takes out the role that is in it', async () => {
  await using iam = await trial()
  const remove = { InstanceProfileName: 'web', RoleName: 'r' }
  await iam.refused('RemoveRoleFromInstanceProfile', remove, 'NoSuchEntity', 'Instance Profile web cannot be found.')
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'web' })
  for (const RoleName of ['r', 's']) await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
  await iam.call('AddRoleToInstanceProfile', remove)
  await iam.refused('RemoveRoleFromInstanceProfile', { ...remove, RoleName: 's' }, 'NoSuchEntity')
  assert.equal(await iam.call('RemoveRoleFromInstanceProfile', remove), undefined)
  const { InstanceProfile } = await iam.call('GetInstanceProfile', { InstanceProfileName: 'web' })
  assert.deepEqual(InstanceProfile.Roles, [])
  await iam.refused('RemoveRoleFromInstanceProfile', remove, 'NoSuchEntity', 'The role with name r cannot be found.')
  await iam.call('AddRoleToInstanceProfile', { ...remove, RoleName: 's' })
})
