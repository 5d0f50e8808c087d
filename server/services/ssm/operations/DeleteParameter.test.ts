import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, trial, user } from '../test/trial.ts'

test('takes everything of a parameter away, answers an empty object and announces it (7.7)', async () => {
  await using one = await trial()
  await one.versions('/a/b', 3)
  await one.call('LabelParameterVersion', { Name: '/a/b', Labels: ['l'] })
  assert.deepEqual(await one.call('DeleteParameter', { Name: '/a/b' }), {})
  await one.refused('DeleteParameter', { Name: '/a/b' }, 'ParameterNotFound', '')
  for (const table of ['parameter', 'parameter_version', 'parameter_label']) {
    const statement = { name: `test/${table}`, sql: `select count(*) as rows from ${table}` }
    const row = await one.storage.unit('read', (unit) => unit.get<{ rows: number }>(statement, {}))
    assert.equal(row?.rows, 0, table)
  }
  const last = (await one.announced()).at(-1)
  assert.deepEqual(
    [last?.detail, last?.resources],
    [{ operation: 'Delete', name: '/a/b', type: 'String' }, [arnOf('/a/b')]],
  )
})

test('either spelling at the root names it; an ARN, a selector and what is malformed is refused (2.2, 2.4)', async () => {
  await using one = await trial()
  await one.put('x')
  const text = /^Parameter name: can't be prefixed with "ssm"/
  for (const Name of [arnOf('x'), 'x:1', 'a/b', '/x/']) {
    await one.refused('DeleteParameter', { Name }, 'ValidationException', text)
  }
  assert.deepEqual(await one.call('DeleteParameter', { Name: '/x' }), {})
  await one.refused('DeleteParameter', { Name: '/aws/reference/secretsmanager/x' }, 'ParameterNotFound', '')
})

test('permission sees the tags, and comes before existence (6)', async () => {
  await using one = await trial()
  await one.put('/a', 'v', { Tags: [{ Key: 'owner', Value: 'ann' }] })
  await one.put('/b')
  const own = { Condition: { StringEquals: { 'aws:ResourceTag/owner': 'ann' } } }
  const ann = user('ann', [allow('DeleteParameter', '*', own)])
  await assert.rejects(one.ask('DeleteParameter', { Name: '/b' }, ann), { code: 'AccessDeniedException' })
  await assert.rejects(one.ask('DeleteParameter', { Name: '/missing' }, ann), { code: 'AccessDeniedException' })
  assert.deepEqual(await one.ask('DeleteParameter', { Name: '/a' }, ann), {})
})
