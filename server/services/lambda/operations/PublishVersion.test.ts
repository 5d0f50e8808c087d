import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, code, trial } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }

test('a version stays as it was; without a change there is no new one (API_PublishVersion)', async () => {
  await using t = await trial()
  await t.made({ Environment: { Variables: { AA: 'one' } } })
  const first = await t.call('PublishVersion', { ...fun, Description: 'first' })
  assert.deepEqual([first.FunctionArn, first.Version, first.Description], [`${ARN}:1`, '1', 'first'])
  assert.equal((await t.call('PublishVersion', { ...fun, Description: 'again' })).Version, '1')
  await t.call('UpdateFunctionConfiguration', { ...fun, Environment: { Variables: { AA: 'two' } } })
  assert.equal((await t.call('PublishVersion', fun)).Version, '2')
  const kept = await t.call('GetFunctionConfiguration', { ...fun, Qualifier: '1' })
  assert.deepEqual([kept.Environment, kept.Description], [{ Variables: { AA: 'one' } }, 'first'])
  await t.call('UpdateFunctionCode', { ...fun, ZipFile: code('other') })
  assert.equal((await t.call('PublishVersion', fun)).Version, '3')
})

test('only what was meant is published', async () => {
  await using t = await trial()
  const { CodeSha256, RevisionId } = await t.made()
  await t.refused(
    'PublishVersion',
    { ...fun, CodeSha256: 'x' },
    'InvalidParameterValueException',
    `CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
  )
  await t.refused('PublishVersion', { ...fun, RevisionId: 'x' }, 'PreconditionFailedException')
  assert.equal((await t.call('PublishVersion', { ...fun, CodeSha256, RevisionId })).Version, '1')
})
