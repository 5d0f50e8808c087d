import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, deny, trial, user } from '../test/trial.ts'

type Shown = { Name: string; Selector?: string; Value: string; Version: number }

test('trap 19: both lists always, sorted by name; equal texts are one, spellings are not; within a name selectors come first (7.3, recorded)', async () => {
  await using one = await trial()
  await one.versions('/a/b', 2)
  await one.put('x')
  const Names = ['x', '/zz', '/a/b', '/a/b:1', '/a/b', arnOf('/a/b'), '/x', 'gone:1', '/a/b:9', '/a/b:2']
  const { Parameters, InvalidParameters } = await one.call('GetParameters', { Names })
  assert.deepEqual(
    Parameters.map(({ Name, Selector, Value }: Shown) => [Name, Selector, Value]),
    [
      ['/a/b', ':1', 'value 1'],
      ['/a/b', ':2', 'value 2'],
      ['/a/b', undefined, 'value 2'],
      ['/a/b', undefined, 'value 2'],
      ['/x', undefined, 'value of x'],
      ['x', undefined, 'value of x'],
    ],
  )
  assert.deepEqual(InvalidParameters, ['/a/b:9', '/zz', 'gone:1'])
  assert.deepEqual(await one.call('GetParameters', { Names: ['gone', 'gone'] }), {
    Parameters: [],
    InvalidParameters: ['gone'],
  })
  assert.deepEqual((await one.call('GetParameters', { Names: ['x'] })).InvalidParameters, [])
})

test('trap 20: more than ten names are an error by the model, as are none', async () => {
  await using one = await trial()
  const { input } = one.operation('GetParameters')
  assert.deepEqual(input.Names, { ...input.Names, kind: 'list', length: [1, 10], required: true })
})

test('a malformed name or selector fails the call (7.3, inferred)', async () => {
  await using one = await trial()
  await one.put('x')
  const text = /^Parameter name: can't be prefixed with "ssm"/
  await one.refused('GetParameters', { Names: ['x', 'a/b'] }, 'ValidationException', text)
  await one.refused('GetParameters', { Names: ['x:1:2', 'x'] }, 'ValidationException', /^Invalid parameter name\./)
})

test('one value that can’t be decrypted fails the call (5, inferred)', async () => {
  await using one = await trial()
  await one.put('/a', 'v', { Type: 'SecureString' })
  await one.put('/b', 'v', { Type: 'SecureString', KeyId: 'alias/own' })
  one.keys.states.set(one.keys.arnOf('alias/own'), 'disabled')
  const Names = ['/a', '/b']
  await one.refused('GetParameters', { Names, WithDecryption: true }, 'InvalidKeyId')
  assert.equal((await one.call('GetParameters', { Names })).Parameters.length, 2)
  const only = await one.call('GetParameters', { Names: ['/a'], WithDecryption: true })
  assert.equal(only.Parameters[0].Value, 'v')
})

test('each name asks for its own permission; one denial fails the call and names that ARN (6)', async () => {
  await using one = await trial()
  await one.put('/app/a')
  const ann = user('ann', [allow('GetParameters', arnOf('/app/*')), deny('GetParameters', arnOf('/app/b'))])
  const ask = (...Names: string[]) => one.ask('GetParameters', { Names }, ann)
  assert.equal((await ask('/app/a', '/app/c')).Parameters.length, 1)
  await assert.rejects(ask('/app/a', '/app/b:1'), {
    code: 'AccessDeniedException',
    message: `ssm:GetParameters on ${arnOf('/app/b')}`,
  })
  await assert.rejects(ask('/other/x'), { message: `ssm:GetParameters on ${arnOf('/other/x')}` })
  await assert.rejects(one.ask('GetParameters', { Names: ['/app/a'] }, user('bob', [allow('GetParameter')])), {
    code: 'AccessDeniedException',
  })
})
