import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('GetPolicy answers the description and always the tags (access.md 3.4)', async () => {
  await using iam = await trial()
  const { Policy: made } = await iam.call('CreatePolicy', {
    PolicyName: 'p',
    PolicyDocument: document(),
    Description: 'text',
  })
  const { Policy } = await iam.call('GetPolicy', { PolicyArn: made.Arn })
  assert.deepEqual(Policy, { ...made, Description: 'text', Tags: [] })
})

test('GetPolicy wants the very ARN (access.md 3.5)', async () => {
  await using iam = await trial()
  await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document(), Path: '/a/' })
  for (const arn of [
    `arn:aws:iam::${ACCOUNT}:policy/p`,
    `arn:aws:iam::${ACCOUNT}:policy/a/P`,
    'arn:aws:iam::999999999999:policy/a/p',
  ]) {
    await iam.refused('GetPolicy', { PolicyArn: arn }, 'NoSuchEntity', `Policy ${arn} was not found.`)
  }
  const text = 'Invalid ARN:  Could not be parsed!'
  await iam.refused('GetPolicy', { PolicyArn: 'not an arn, only long enough' }, 'ValidationError', text)
  const user = `arn:aws:iam::${ACCOUNT}:user/alice`
  await iam.refused('GetPolicy', { PolicyArn: user }, 'InvalidInput', `ARN ${user} is not valid.`)
})

test("GetPolicy shows AWS's policies to every account, with the account's own counts", async () => {
  await using iam = await trial()
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
  await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary: PolicyArn })
  await iam.call('CreateUser', { UserName: 'bob' })
  for (const UserName of ['alice', 'bob']) await iam.call('AttachUserPolicy', { UserName, PolicyArn })
  const { Policy } = await iam.call('GetPolicy', { PolicyArn })
  assert.match(Policy.PolicyId, /^ANPA[A-Z0-9]{17}$/)
  assert.deepEqual(
    [Policy.PolicyName, Policy.Path, Policy.Arn, Policy.DefaultVersionId, Policy.IsAttachable, Policy.Tags],
    ['AWSLambdaBasicExecutionRole', '/service-role/', PolicyArn, 'v1', true, []],
  )
  assert.deepEqual([Policy.AttachmentCount, Policy.PermissionsBoundaryUsageCount], [2, 1])
  const none = 'arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole'
  await iam.refused('GetPolicy', { PolicyArn: none }, 'NoSuchEntity', `Policy ${none} was not found.`)
})
