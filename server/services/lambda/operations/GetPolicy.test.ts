import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, BUILT_IN, trial } from '../test/trial.ts'

test('a document of the statements; without any there is none', async () => {
  await using t = await trial()
  await t.made()
  const fun = { FunctionName: 'fun' }
  await t.refused('GetPolicy', fun, 'ResourceNotFoundException', 'The resource you requested does not exist.')
  await t.call('AddPermission', { ...fun, StatementId: 's', Action: 'lambda:InvokeFunction', Principal: '*' })
  const { Policy, RevisionId } = await t.call('GetPolicy', fun)
  const { Version, Id, Statement } = JSON.parse(Policy)
  assert.deepEqual([Version, Id, Statement.length], ['2012-10-17', 'default', 1])
  assert.match(RevisionId, /^[0-9a-f-]{36}$/)
  await t.refused('GetPolicy', { ...fun, Qualifier: '$LATEST' }, 'InvalidParameterValueException')
})

test('a built-in function lets Secrets Manager in for its own account', async () => {
  await using t = await trial()
  const { Policy } = await t.call('GetPolicy', { FunctionName: BUILT_IN })
  const [statement] = JSON.parse(Policy).Statement
  assert.deepEqual(statement.Principal, { Service: 'secretsmanager.amazonaws.com' })
  assert.deepEqual(statement.Condition, { StringEquals: { 'AWS:SourceAccount': ACCOUNT } })
})
