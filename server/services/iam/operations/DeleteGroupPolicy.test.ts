import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeleteGroupPolicy takes the permission away at once, whatever the case of the name (access.md 7, 21)', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'Own', PolicyDocument: document('iam:ListUsers') })
  await iam.call('ListUsers', {}, await iam.callerOf(accessKeyId))
  assert.equal(await iam.call('DeleteGroupPolicy', { GroupName: 'g', PolicyName: 'own' }), undefined)
  await iam.refused('ListUsers', {}, 'AccessDenied', undefined, await iam.callerOf(accessKeyId))
  const text = 'The group policy with name own cannot be found.'
  await iam.refused('DeleteGroupPolicy', { GroupName: 'g', PolicyName: 'own' }, 'NoSuchEntity', text)
})
