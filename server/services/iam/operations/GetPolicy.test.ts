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
    'not an arn, only long enough',
  ]) {
    await iam.refused('GetPolicy', { PolicyArn: arn }, 'NoSuchEntity', `Policy ${arn} was not found.`)
  }
})
