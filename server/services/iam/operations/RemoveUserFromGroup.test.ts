import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('RemoveUserFromGroup takes the user out; one that is not in the group is no error (observed)', async () => {
  await using iam = await trial()
  const leave = { GroupName: 'g', UserName: 'alice' }
  await iam.refused('RemoveUserFromGroup', leave, 'NoSuchEntity', 'The group with name g cannot be found.')
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.refused('RemoveUserFromGroup', leave, 'NoSuchEntity', 'The user with name alice cannot be found.')
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AddUserToGroup', leave)
  for (let n = 0; n < 2; n++) assert.equal(await iam.call('RemoveUserFromGroup', leave), undefined)
  assert.deepEqual((await iam.call('GetGroup', { GroupName: 'g' })).Users, [])
})
