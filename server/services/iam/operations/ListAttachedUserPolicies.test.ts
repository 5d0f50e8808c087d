import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListAttachedUserPolicies pages and filters by path', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  for (const [PolicyName, Path] of [
    ['b', '/x/'],
    ['a', '/y/'],
    ['c', '/x/'],
  ]) {
    const { Policy } = await iam.call('CreatePolicy', { PolicyName, Path, PolicyDocument: document() })
    await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  }
  const names = (out: { AttachedPolicies: { PolicyName: string }[] }) =>
    out.AttachedPolicies.map(({ PolicyName }) => PolicyName)
  const first = await iam.call('ListAttachedUserPolicies', { UserName: 'alice', MaxItems: 1 })
  assert.deepEqual(names(first), ['a'])
  assert.deepEqual(names(await iam.call('ListAttachedUserPolicies', { UserName: 'alice', Marker: first.Marker })), [
    'b',
    'c',
  ])
  assert.deepEqual(names(await iam.call('ListAttachedUserPolicies', { UserName: 'alice', PathPrefix: '/x/' })), [
    'b',
    'c',
  ])
})
