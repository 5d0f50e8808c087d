import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('GetUserPolicy answers the document percent-encoded and the name as asked (access.md 3.1; 7, 21)', async () => {
  await using iam = await trial()
  const text = document('s3:*', '*', { Condition: { StringEquals: { 'aws:username': "it's (*)!" } } })
  await iam.user('alice', text)
  const found = await iam.call('GetUserPolicy', { UserName: 'alice', PolicyName: 'OWN' })
  assert.equal(found.PolicyName, 'OWN')
  assert.equal(found.UserName, 'alice')
  assert.match(found.PolicyDocument, /^[A-Za-z0-9\-._~%]+$/)
  assert.equal(decodeURIComponent(found.PolicyDocument), text)
})

test('GetUserPolicy answers NoSuchEntity for a policy or user that is not there (access.md 3.5)', async () => {
  await using iam = await trial()
  await iam.user('alice')
  const text = 'The user policy with name none cannot be found.'
  await iam.refused('GetUserPolicy', { UserName: 'alice', PolicyName: 'none' }, 'NoSuchEntity', text)
  await iam.refused('GetUserPolicy', { UserName: 'bob', PolicyName: 'none' }, 'NoSuchEntity')
})
