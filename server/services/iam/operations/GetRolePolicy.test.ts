import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

test('GetRolePolicy echoes the spelling asked for, and the document percent-encoded (access.md 3.1; 7, 21)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const PolicyDocument = document('a:*')
  await iam.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'Own', PolicyDocument })
  const found = await iam.call('GetRolePolicy', { RoleName: 'app', PolicyName: 'oWN' })
  assert.deepEqual([found.RoleName, found.PolicyName], ['app', 'oWN'])
  assert.match(found.PolicyDocument, /^%7B%22Version%22.*a%3A%2A/)
  assert.equal(decodeURIComponent(found.PolicyDocument), PolicyDocument)
})

test('GetRolePolicy refuses roles and policies that are not there', async () => {
  await using iam = await trial()
  await iam.refused(
    'GetRolePolicy',
    { RoleName: 'app', PolicyName: 'p' },
    'NoSuchEntity',
    'The role with name app cannot be found.',
  )
  await role(iam, 'app')
  await iam.refused(
    'GetRolePolicy',
    { RoleName: 'app', PolicyName: 'p' },
    'NoSuchEntity',
    'The role policy with name p cannot be found.',
  )
})
