import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }

test('$LATEST has the new code, a version that was published keeps its own, and code that nobody has goes', async () => {
  await using t = await trial()
  const first = await t.made({ Publish: true })
  const second = await t.call('UpdateFunctionCode', { ...fun, ZipFile: code('second') })
  assert.notEqual(second.CodeSha256, first.CodeSha256)
  assert.notEqual(second.RevisionId, first.RevisionId)
  assert.equal((await t.call('GetFunctionConfiguration', { ...fun, Qualifier: '1' })).CodeSha256, first.CodeSha256)
  await t.call('UpdateFunctionCode', { ...fun, ZipFile: code('third') })
  const { AccountUsage } = await t.call('GetAccountSettings', {})
  assert.equal(AccountUsage.TotalCodeSize, code().length + code('third').length)
})

test('DryRun changes nothing, a RevisionId must be the latest, and Publish makes a version', async () => {
  await using t = await trial()
  const { RevisionId, CodeSha256 } = await t.made()
  const dry = await t.call('UpdateFunctionCode', { ...fun, ZipFile: code('x'), DryRun: true })
  assert.notEqual(dry.CodeSha256, CodeSha256)
  assert.equal((await t.call('GetFunctionConfiguration', fun)).CodeSha256, CodeSha256)
  await t.refused(
    'UpdateFunctionCode',
    { ...fun, ZipFile: code('x'), RevisionId: dry.RevisionId },
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  )
  const changed = await t.call('UpdateFunctionCode', { ...fun, ZipFile: code('x'), RevisionId, Publish: true })
  assert.equal(changed.Version, '1')
  await t.refused('UpdateFunctionCode', { FunctionName: 'none', ZipFile: code() }, 'ResourceNotFoundException')
  await t.refused('UpdateFunctionCode', { ...fun, S3Bucket: 'bucket' }, 'InvalidParameterValueException')
})
