import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('TagPolicy adds and replaces tags; keys are one in any spelling (access.md 3.4)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'p',
    PolicyDocument: document(),
    Tags: [{ Key: 'Team', Value: 'red' }],
  })
  const PolicyArn = Policy.Arn
  const tag = (...Tags: { Key: string; Value: string }[]) => ({ PolicyArn, Tags })
  assert.equal(await iam.call('TagPolicy', tag({ Key: 'team', Value: 'blue' }, { Key: 'a', Value: '' })), undefined)
  assert.deepEqual((await iam.call('ListPolicyTags', { PolicyArn })).Tags, [
    { Key: 'a', Value: '' },
    { Key: 'team', Value: 'blue' },
  ])
  await iam.refused('TagPolicy', tag(), 'InvalidInput')
  const twice = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'
  await iam.refused('TagPolicy', tag({ Key: 'x', Value: '' }, { Key: 'X', Value: '' }), 'InvalidInput', twice)
  await iam.refused('TagPolicy', tag({ Key: 'k', Value: 'e\u0301' }), 'ValidationError')
  const many = Array.from({ length: 49 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
  await iam.refused('TagPolicy', tag(...many), 'LimitExceeded', /: 50$/)
  const none = `${PolicyArn}x`
  await iam.refused('TagPolicy', { ...tag(...many), PolicyArn: none }, 'NoSuchEntity', `Policy ${none} was not found.`)
})

test('TagPolicy can be allowed for certain tags and certain policies (access.md 5.7)', async () => {
  await using iam = await trial()
  const Condition = {
    StringEquals: { 'aws:RequestTag/team': 'red', 'aws:ResourceTag/mine': 'yes' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
  }
  const alice = await iam.user('alice', document('iam:TagPolicy', '*', { Condition }))
  const arns: string[] = []
  for (const Value of ['yes', 'no']) {
    const made = { PolicyName: `p-${Value}`, PolicyDocument: document(), Tags: [{ Key: 'mine', Value }] }
    arns.push((await iam.call('CreatePolicy', made)).Policy.Arn)
  }
  const red = [{ Key: 'team', Value: 'red' }]
  await iam.call('TagPolicy', { PolicyArn: arns[0], Tags: red }, alice)
  await iam.refused('TagPolicy', { PolicyArn: arns[1], Tags: red }, 'AccessDenied', undefined, alice)
  const more = [...red, { Key: 'x', Value: '' }]
  await iam.refused('TagPolicy', { PolicyArn: arns[0], Tags: more }, 'AccessDenied', undefined, alice)
})
