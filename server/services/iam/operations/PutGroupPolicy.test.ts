import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const put = (PolicyName: string, PolicyDocument: string) => ({ GroupName: 'g', PolicyName, PolicyDocument })

test('PutGroupPolicy replaces a policy of the same name in any case and keeps the first spelling (access.md 7, 21)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  assert.equal(await iam.call('PutGroupPolicy', put('Own', document('iam:GetUser'))), undefined)
  await iam.call('PutGroupPolicy', put('OWN', document('iam:ListUsers')))
  assert.deepEqual((await iam.call('ListGroupPolicies', { GroupName: 'g' })).PolicyNames, ['Own'])
  const { PolicyDocument } = await iam.call('GetGroupPolicy', { GroupName: 'g', PolicyName: 'own' })
  assert.equal(decodeURIComponent(PolicyDocument), document('iam:ListUsers'))
})

test('PutGroupPolicy counts all inline policies without white space, 5120 characters (access.md 3.2, 3.5)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  const size = (characters: number) => {
    const empty = document('a:b', 'arn:aws:s3:::')
    return document('a:b', `arn:aws:s3:::${'x'.repeat(characters - empty.length)}`)
  }
  await iam.call('PutGroupPolicy', put('one', size(2560)))
  await iam.call('PutGroupPolicy', put('two', `${size(2560)}   `))
  await iam.call('PutGroupPolicy', put('two', size(2560)))
  const text = 'Maximum policy size of 5120 bytes exceeded for group g'
  await iam.refused('PutGroupPolicy', put('TWO', size(2561)), 'LimitExceeded', text)
  await iam.refused('PutGroupPolicy', put('three', document('a:b')), 'LimitExceeded', text)
})

test('PutGroupPolicy refuses what is no policy, and a group that is not there (access.md 3.5, 3.6)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.refused('PutGroupPolicy', put('p', '{'), 'MalformedPolicyDocument', 'Syntax errors in policy.')
  await iam.refused('PutGroupPolicy', put('p', document('a')), 'MalformedPolicyDocument', /prefaced by a vendor/)
  await iam.refused('PutGroupPolicy', { ...put('p', document()), GroupName: 'G' }, 'NoSuchEntity')
})
