import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('AttachGroupPolicy counts as one attachment; twice is as once', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document('iam:GetUser') })
  const attach = { GroupName: 'g', PolicyArn: Policy.Arn }
  for (let n = 0; n < 2; n++) assert.equal(await iam.call('AttachGroupPolicy', attach), undefined)
  assert.equal((await iam.call('GetPolicy', { PolicyArn: Policy.Arn })).Policy.AttachmentCount, 1)
  await iam.refused('DeletePolicy', { PolicyArn: Policy.Arn }, 'DeleteConflict')
})

test('AttachGroupPolicy refuses unknown policies and groups and more than the quota (access.md 3.2, 3.5)', async () => {
  await using iam = await trial({ attachments: 1 })
  await iam.call('CreateGroup', { GroupName: 'g' })
  const none = `arn:aws:iam::${ACCOUNT}:policy/none`
  const text = `Policy ${none} does not exist or is not attachable.`
  await iam.refused('AttachGroupPolicy', { GroupName: 'g', PolicyArn: none }, 'NoSuchEntity', text)
  const arns: string[] = []
  for (const PolicyName of ['a', 'b']) {
    arns.push((await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn)
  }
  await iam.refused('AttachGroupPolicy', { GroupName: 'none', PolicyArn: arns[0] }, 'NoSuchEntity')
  await iam.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn: arns[0] })
  const full = 'Cannot exceed quota for PoliciesPerGroup: 1'
  await iam.refused('AttachGroupPolicy', { GroupName: 'g', PolicyArn: arns[1] }, 'LimitExceeded', full)
})

test('AttachGroupPolicy and DetachGroupPolicy can be allowed for certain policies by iam:PolicyARN (access.md 5.7)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  const arns: string[] = []
  for (const PolicyName of ['good', 'bad']) {
    arns.push((await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn)
  }
  const only = { Condition: { ArnEquals: { 'iam:PolicyARN': arns[0] } } }
  const alice = await iam.user('alice', document('iam:*GroupPolicy', '*', only))
  for (const name of ['AttachGroupPolicy', 'DetachGroupPolicy']) {
    await iam.call(name, { GroupName: 'g', PolicyArn: arns[0] }, alice)
    await iam.refused(name, { GroupName: 'g', PolicyArn: arns[1] }, 'AccessDenied', / group g because/, alice)
  }
})
