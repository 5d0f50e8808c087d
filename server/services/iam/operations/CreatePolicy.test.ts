import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('CreatePolicy answers tags but no description (access.md 3.4)', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'k', Value: 'v' }]
  const input = { PolicyName: 'Read', Path: '/team/', PolicyDocument: document(), Description: 'reads', Tags }
  const { Policy } = await iam.call('CreatePolicy', input)
  assert.match(Policy.PolicyId, /^ANPA[A-Z2-7]{17}$/)
  assert.deepEqual(Policy, {
    PolicyName: 'Read',
    PolicyId: Policy.PolicyId,
    Arn: `arn:aws:iam::${ACCOUNT}:policy/team/Read`,
    Path: '/team/',
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(START),
    UpdateDate: new Date(START),
    Tags,
  })
})

test('CreatePolicy refuses taken names, old versions, too much text and too many (access.md 3.2, 3.5, 3.6)', async () => {
  await using iam = await trial({ policies: 1 })
  const make = (PolicyName: string, PolicyDocument: string) => ({ PolicyName, PolicyDocument })
  const old = document().replace('2012', '2008')
  await iam.refused('CreatePolicy', make('p', old), 'MalformedPolicyDocument', /version 2012-10-17 or greater/)
  const long = document('a:b', `arn:aws:s3:::${'x'.repeat(6200)}`)
  await iam.refused('CreatePolicy', make('p', long), 'LimitExceeded', 'Cannot exceed quota for PolicySize: 6144')
  await iam.call('CreatePolicy', make('p', document()))
  const taken = 'A policy called P already exists. Duplicate names are not allowed.'
  await iam.refused('CreatePolicy', make('P', document()), 'EntityAlreadyExists', taken)
  await iam.refused('CreatePolicy', make('q', document()), 'LimitExceeded', /PoliciesPerAccount: 1/)
})

test('CreatePolicy with tags needs iam:TagPolicy too (API_CreatePolicy)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:CreatePolicy'))
  const made = { PolicyName: 'p', PolicyDocument: document() }
  const refusal = /is not authorized to perform: iam:TagPolicy on resource: arn:aws:iam::111122223333:policy\/p because/
  await iam.refused('CreatePolicy', { ...made, Tags: [{ Key: 'team', Value: 'red' }] }, 'AccessDenied', refusal, alice)
  await iam.call('CreatePolicy', made, alice)
})

test('CreatePolicy refuses a document of little text and much white space', async () => {
  await using iam = await trial()
  const padded = (size: number) => document().padEnd(size, ' ')
  const text = 'Cannot exceed quota for PolicySize: 6144'
  await iam.refused('CreatePolicy', { PolicyName: 'p', PolicyDocument: padded(130_000) }, 'LimitExceeded', text)
  await iam.refused('CreatePolicy', { PolicyName: 'p', PolicyDocument: padded(4 * 6144 + 1) }, 'LimitExceeded', text)
  await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: padded(4 * 6144) })
})
