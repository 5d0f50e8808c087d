// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('GetContextKeysForCustomPolicy lists keys of conditions and variables, each once', async () => {
  await using iam = await trial()
  const PolicyInputList = [
    document('a:b', 'arn:aws:s3:::b/${aws:username}', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    document('a:b', '*', {
      Condition: { StringEquals: { 'AWS:SECURETRANSPORT': 'x', 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } },
    }),
  ]
  const { ContextKeyNames } = await iam.call('GetContextKeysForCustomPolicy', { PolicyInputList })
  assert.deepEqual(ContextKeyNames, [
    'aws:PrincipalTag/team',
    'aws:ResourceTag/team',
    'aws:SecureTransport',
    'aws:username',
  ])
  assert.deepEqual(await iam.call('GetContextKeysForCustomPolicy', { PolicyInputList: [] }), { ContextKeyNames: [] })
  const bad = { PolicyInputList: ['{}'] }
  await iam.refused('GetContextKeysForCustomPolicy', bad, 'InvalidInput', 'Syntax errors in policy.')
  await iam.refused('GetContextKeysForCustomPolicy', {}, 'ValidationError')
})
