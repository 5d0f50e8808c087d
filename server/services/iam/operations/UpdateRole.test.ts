import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { trial } from '../test/trial.ts'

test('UpdateRole changes what is given and answers an empty result (access.md 3.4)', async () => {
  await using iam = await trial()
  await role(iam, 'app', undefined, { Description: 'before', Tags: [{ Key: 'k', Value: 'v' }] })
  const now = async () => {
    const { Description, MaxSessionDuration, Tags } = (await iam.call('GetRole', { RoleName: 'app' })).Role
    return [Description, MaxSessionDuration, Tags.length]
  }
  assert.deepEqual(await iam.call('UpdateRole', { RoleName: 'app', MaxSessionDuration: 7200 }), {})
  assert.deepEqual(await now(), ['before', 7200, 1])
  await iam.call('UpdateRole', { RoleName: 'app', Description: 'after' })
  assert.deepEqual(await now(), ['after', 7200, 1])
  await iam.call('UpdateRole', { RoleName: 'app', Description: '', MaxSessionDuration: 3600 })
  assert.deepEqual(await now(), [undefined, 3600, 1])
})

test('UpdateRole refuses roles that are not there and durations out of bounds', async () => {
  await using iam = await trial()
  await iam.refused('UpdateRole', { RoleName: 'app' }, 'NoSuchEntity', 'The role with name app cannot be found.')
  await role(iam, 'app')
  await iam.refused(
    'UpdateRole',
    { RoleName: 'app', MaxSessionDuration: 60 },
    'ValidationError',
    "1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
  )
})

test('UpdateRole changes the description of a service-linked role and nothing else', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const RoleName = 'AWSServiceRoleForRDS'
  await iam.call('UpdateRole', { RoleName, Description: 'databases' })
  assert.equal((await iam.call('GetRole', { RoleName })).Role.Description, 'databases')
  await iam.refused('UpdateRole', { RoleName, MaxSessionDuration: 7200 }, 'UnmodifiableEntity')
})
