import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { trial } from '../test/trial.ts'

test('UpdateRoleDescription answers the role with its new description (access.md 3.4)', async () => {
  await using iam = await trial()
  const made = await role(iam, 'app')
  const { Role } = await iam.call('UpdateRoleDescription', { RoleName: 'app', Description: 'new' })
  assert.deepEqual(Role, { ...made, Description: 'new', MaxSessionDuration: 3600 })
  const emptied = await iam.call('UpdateRoleDescription', { RoleName: 'app', Description: '' })
  assert.equal(emptied.Role.Description, undefined)
  await iam.refused('UpdateRoleDescription', { RoleName: 'app' }, 'ValidationError', /Value null at 'description'/)
  await iam.refused('UpdateRoleDescription', { RoleName: 'x', Description: '' }, 'NoSuchEntity')
})

test('UpdateRoleDescription also describes service-linked roles', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const members = { RoleName: 'AWSServiceRoleForRDS', Description: 'databases' }
  assert.equal((await iam.call('UpdateRoleDescription', members)).Role.Description, 'databases')
})
