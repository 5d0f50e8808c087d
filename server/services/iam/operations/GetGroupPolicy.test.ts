import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('GetGroupPolicy answers the document percent-encoded and the name as asked (access.md 3.1; 7, 21)', async () => {
  await using iam = await trial()
  const PolicyDocument = document('iam:Get*', 'arn:aws:iam::*:user/(a)')
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'Own', PolicyDocument })
  const found = await iam.call('GetGroupPolicy', { GroupName: 'g', PolicyName: 'OWN' })
  assert.deepEqual([found.GroupName, found.PolicyName], ['g', 'OWN'])
  assert.match(found.PolicyDocument, /^[\w.~%-]+$/)
  assert.equal(decodeURIComponent(found.PolicyDocument), PolicyDocument)
})

test('GetGroupPolicy answers NoSuchEntity for a policy or group that is not there (access.md 3.5)', async () => {
  await using iam = await trial()
  const of = { GroupName: 'g', PolicyName: 'p' }
  await iam.refused('GetGroupPolicy', of, 'NoSuchEntity', 'The group with name g cannot be found.')
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.refused('GetGroupPolicy', of, 'NoSuchEntity', 'The group policy with name p cannot be found.')
})
