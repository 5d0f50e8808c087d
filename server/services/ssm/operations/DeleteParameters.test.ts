import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, deny, trial, user } from '../test/trial.ts'

test('lists what went and what was not there, sorted, each text once (7.7)', async () => {
  await using one = await trial()
  for (const name of ['/b', '/a/b', 'x']) await one.put(name)
  const Names = ['x', '/zz', '/b', '/b', '/a/b', 'gone', '/x']
  assert.deepEqual(await one.call('DeleteParameters', { Names }), {
    DeletedParameters: ['/a/b', '/b', '/x', 'x'],
    InvalidParameters: ['/zz', 'gone'],
  })
  assert.deepEqual(await one.call('DeleteParameters', { Names: ['x'] }), {
    DeletedParameters: [],
    InvalidParameters: ['x'],
  })
  const deleted = (await one.announced()).filter(({ detail }) => detail.operation === 'Delete')
  assert.deepEqual(deleted.map(({ detail }) => detail.name).sort(), ['/a/b', '/b', 'x'])
})

test('asks for each name, and a denial or a malformed name deletes nothing (6)', async () => {
  await using one = await trial()
  await one.put('/a/one')
  const ann = user('ann', [allow('DeleteParameters', arnOf('/a/*')), deny('DeleteParameters', arnOf('/a/two'))])
  await assert.rejects(one.ask('DeleteParameters', { Names: ['/a/one', '/a/two'] }, ann), {
    code: 'AccessDeniedException',
    message: `ssm:DeleteParameters on ${arnOf('/a/two')}`,
  })
  await one.refused('DeleteParameters', { Names: ['/a/one', 'a/b'] }, 'ValidationException')
  assert.equal((await one.call('GetParameter', { Name: '/a/one' })).Parameter.Version, 1)
})
