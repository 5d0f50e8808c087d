import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badName } from '../model/refusals.ts'
import { allow, arnOf, OTHER, trial, user } from '../test/trial.ts'

type Version = Record<string, unknown>
const numbers = ({ Parameters }: { Parameters: Version[] }) => Parameters.map(({ Version }) => Version)

test('all versions, oldest first, each as it was written (recorded: 7.5)', async () => {
  await using one = await trial()
  await one.put('/a/b', 'one', { Description: 'first', AllowedPattern: '.*' })
  const made = one.clock.now()
  one.clock.set(made + 1000)
  await one.put('/a/b', 'two', { Overwrite: true, Type: 'SecureString', KeyId: 'mine', Tier: 'Advanced' })
  const { Parameters, ...rest } = await one.call('GetParameterHistory', { Name: '/a/b', WithDecryption: true })
  assert.deepEqual(rest, {})
  const by = 'arn:aws:iam::111122223333:root'
  assert.deepEqual(Parameters, [
    {
      Name: '/a/b',
      Type: 'String',
      LastModifiedDate: new Date(made),
      LastModifiedUser: by,
      Description: 'first',
      AllowedPattern: '.*',
      Value: 'one',
      Version: 1,
      Labels: [],
      Tier: 'Standard',
      Policies: [],
      DataType: 'text',
    },
    {
      Name: '/a/b',
      Type: 'SecureString',
      KeyId: 'mine',
      LastModifiedDate: new Date(made + 1000),
      LastModifiedUser: by,
      Description: 'first',
      AllowedPattern: '.*',
      Value: 'two',
      Version: 2,
      Labels: [],
      Tier: 'Advanced',
      Policies: [],
      DataType: 'text',
    },
  ])
})

test('labels stand with their versions, and an empty list where there are none (trap 28)', async () => {
  await using one = await trial()
  await one.versions('x', 3)
  await one.call('LabelParameterVersion', { Name: 'x', ParameterVersion: 1, Labels: ['b', 'a'] })
  await one.call('LabelParameterVersion', { Name: 'x', ParameterVersion: 3, Labels: ['c'] })
  const { Parameters } = await one.call('GetParameterHistory', { Name: 'x' })
  assert.deepEqual(
    Parameters.map(({ Labels }: Version) => Labels),
    [['a', 'b'], [], ['c']],
  )
})

test('by name in either spelling of the root, or by ARN; with a selector it is no name (2.4)', async () => {
  await using one = await trial()
  await one.put('x')
  for (const Name of ['x', '/x', ' x ', arnOf('x')]) {
    const { Parameters } = await one.call('GetParameterHistory', { Name })
    assert.deepEqual(
      Parameters.map(({ Name }: Version) => Name),
      ['x'],
    )
  }
  for (const Name of ['x:1', 'x:label', `${arnOf('x')}:1`, 'a/b', 'x/']) {
    await one.refused('GetParameterHistory', { Name }, 'ValidationException', badName().message)
  }
  const elsewhere = `arn:aws:ssm:eu-west-1:111122223333:parameter/x`
  for (const Name of ['y', arnOf('y'), elsewhere, '/aws/reference/secretsmanager/x', '/aws/service/x']) {
    await one.refused('GetParameterHistory', { Name }, 'ParameterNotFound', '')
  }
})

test('50 versions a page unless fewer are asked for; the token is gone at the end (trap 24)', async () => {
  await using one = await trial()
  await one.versions('x', 53)
  const pages = await one.pages('GetParameterHistory', { Name: 'x' })
  assert.deepEqual(
    pages.map(({ Parameters }) => Parameters.length),
    [50, 3],
  )
  assert.deepEqual(
    pages.flatMap(numbers),
    Array.from({ length: 53 }, (_, n) => n + 1),
  )
  assert.deepEqual(
    (await one.pages('GetParameterHistory', { Name: 'x', MaxResults: 27 })).map(({ Parameters }) => Parameters.length),
    [27, 26],
  )
})

test('a token is for its own parameter, also when that has been made anew', async () => {
  await using one = await trial()
  await one.versions('x', 2)
  await one.versions('y', 2)
  const { NextToken } = await one.call('GetParameterHistory', { Name: 'x', MaxResults: 1 })
  assert.deepEqual(numbers(await one.call('GetParameterHistory', { Name: '/x', NextToken })), [2])
  await one.refused(
    'GetParameterHistory',
    { Name: 'y', NextToken },
    'InvalidNextToken',
    `The following token is invalid: ${NextToken}.`,
  )
})

test('values are decrypted only when that is asked for, and one that can not be fails the call (5)', async () => {
  await using one = await trial()
  await one.put('x', 'one', { Type: 'SecureString', KeyId: 'mine' })
  await one.put('x', 'two', { Overwrite: true, Type: 'String' })
  one.keys.asked.length = 0
  const { Parameters } = await one.call('GetParameterHistory', { Name: 'x' })
  assert.equal(one.keys.asked.length, 0)
  assert.notEqual(Parameters[0].Value, 'one')
  assert.equal(Parameters[1].Value, 'two')
  one.keys.states.set(one.keys.arnOf('mine'), 'gone')
  await one.refused('GetParameterHistory', { Name: 'x', WithDecryption: true }, 'InvalidKeyId', /NotFoundException/)
})

test('permission is asked for the parameter; GetParameterHistory alone reads its values (6)', async () => {
  await using one = await trial()
  await one.put('/a/b', 'v')
  const reader = user('ann', [allow('GetParameterHistory', arnOf('/a/*'))])
  assert.equal((await one.ask('GetParameterHistory', { Name: '/a/b' }, reader)).Parameters[0].Value, 'v')
  await assert.rejects(
    one.ask('GetParameterHistory', { Name: '/b' }, reader),
    /ssm:GetParameterHistory on .*parameter\/b$/,
  )
  // Nobody learns from a refusal whether there is such a parameter.
  const other = user('eve', [allow('*')], OTHER)
  for (const name of ['/a/b', '/a/none']) {
    await assert.rejects(one.ask('GetParameterHistory', { Name: arnOf(name) }, other), /ssm:GetParameterHistory on/)
  }
})
