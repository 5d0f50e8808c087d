import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('AttachUserPolicy gives the policy to the user at once; twice is as once', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document('iam:GetUser') })
  for (let n = 0; n < 2; n++) await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  assert.equal((await iam.call('GetPolicy', { PolicyArn: Policy.Arn })).Policy.AttachmentCount, 1)
  assert.equal((await iam.call('GetUser', {}, await iam.callerOf(alice.accessKeyId))).User.UserName, 'alice')
})

test('AttachUserPolicy refuses unknown policies and more than the quota (access.md 3.2, 3.5)', async () => {
  await using iam = await trial({ attachments: 1 })
  await iam.call('CreateUser', { UserName: 'alice' })
  const none = `arn:aws:iam::${ACCOUNT}:policy/none`
  const text = `Policy ${none} does not exist or is not attachable.`
  await iam.refused('AttachUserPolicy', { UserName: 'alice', PolicyArn: none }, 'NoSuchEntity', text)
  const arns: string[] = []
  for (const PolicyName of ['a', 'b']) {
    arns.push((await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn)
  }
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: arns[0] })
  const full = 'Cannot exceed quota for PoliciesPerUser: 1'
  await iam.refused('AttachUserPolicy', { UserName: 'alice', PolicyArn: arns[1] }, 'LimitExceeded', full)
  const { AttachedPolicies } = await iam.call('ListAttachedUserPolicies', { UserName: 'alice' })
  assert.deepEqual(AttachedPolicies, [{ PolicyName: 'a', PolicyArn: arns[0] }])
})

test('AttachUserPolicy can be allowed for certain policies by iam:PolicyARN (access.md 5.7)', async () => {
  await using iam = await trial()
  const arns: string[] = []
  for (const PolicyName of ['good', 'bad']) {
    arns.push((await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn)
  }
  const only = { Condition: { ArnEquals: { 'iam:PolicyARN': arns[0] } } }
  const alice = await iam.user('alice', document('iam:AttachUserPolicy', '*', only))
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: arns[0] }, alice)
  await iam.refused('AttachUserPolicy', { UserName: 'alice', PolicyArn: arns[1] }, 'AccessDenied', undefined, alice)
})

test("AttachUserPolicy attaches AWS's policies beside a namesake of the account; both are listed and detached", async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  const theirs = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'IAMReadOnlyAccess',
    PolicyDocument: document('iam:CreateGroup'),
  })
  for (const PolicyArn of [theirs, Policy.Arn, theirs])
    await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn })
  const alice = await iam.callerOf(accessKeyId)
  await iam.call('ListUsers', {}, alice)
  await iam.call('CreateGroup', { GroupName: 'g' }, alice)
  await iam.refused('CreateUser', { UserName: 'x' }, 'AccessDenied', undefined, alice)
  const seen: string[] = []
  for (let Marker: string | undefined; ; ) {
    const page = await iam.call('ListAttachedUserPolicies', {
      UserName: 'alice',
      MaxItems: 1,
      ...(Marker && { Marker }),
    })
    seen.push(...page.AttachedPolicies.map(({ PolicyArn }: { PolicyArn: string }) => PolicyArn))
    Marker = page.Marker
    if (Marker === undefined) break
  }
  assert.deepEqual(seen, [Policy.Arn, theirs])
  await iam.call('DetachUserPolicy', { UserName: 'alice', PolicyArn: theirs })
  await iam.refused('ListUsers', {}, 'AccessDenied', undefined, await iam.callerOf(accessKeyId))
  const none = 'arn:aws:iam::aws:policy/NoSuchPolicy'
  const text = `Policy ${none} does not exist or is not attachable.`
  await iam.refused('AttachUserPolicy', { UserName: 'alice', PolicyArn: none }, 'NoSuchEntity', text)
})
