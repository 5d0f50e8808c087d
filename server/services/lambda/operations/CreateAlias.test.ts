import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, trial } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }

test('an alias means one version, or two and a share', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  await t.call('UpdateFunctionConfiguration', { ...fun, Timeout: 9 })
  await t.call('PublishVersion', fun)
  const { RevisionId, ...plain } = await t.call('CreateAlias', { ...fun, Name: 'live', FunctionVersion: '1' })
  assert.match(RevisionId, /^[0-9a-f-]{36}$/)
  assert.deepEqual(plain, { AliasArn: `${ARN}:live`, Name: 'live', FunctionVersion: '1', Description: '' })
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.25 } }
  const two = await t.call('CreateAlias', { ...fun, Name: 'two', FunctionVersion: '1', RoutingConfig })
  assert.deepEqual(two.RoutingConfig, RoutingConfig)
  assert.equal(
    (await t.call('CreateAlias', { ...fun, Name: 'new', FunctionVersion: '$LATEST' })).FunctionVersion,
    '$LATEST',
  )
})

test('refusals', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  const create = (more: object) => ({ ...fun, Name: 'live', FunctionVersion: '1', ...more })
  const routed = (weights: object) => create({ RoutingConfig: { AdditionalVersionWeights: weights } })
  await t.refused(
    'CreateAlias',
    create({ FunctionVersion: '2' }),
    'ResourceNotFoundException',
    `Function not found: ${ARN}:2`,
  )
  await t.refused('CreateAlias', create({ Name: '12' }), 'ValidationException')
  await t.refused('CreateAlias', routed({ 1: 0.5 }), 'InvalidParameterValueException')
  await t.refused(
    'CreateAlias',
    routed({ 2: 0.5, 3: 0.1 }),
    'InvalidParameterValueException',
    'Number of items in AdditionalVersionWeights cannot be greater than 1.',
  )
  await t.refused(
    'CreateAlias',
    { ...routed({ 1: 0.5 }), FunctionVersion: '$LATEST' },
    'InvalidParameterValueException',
  )
  await t.refused('CreateAlias', routed({ 2: 0.5 }), 'ResourceNotFoundException')
  await t.refused('CreateAlias', routed({ 2: 1.5 }), 'ValidationException')
  await t.call('CreateAlias', create({}))
  await t.refused('CreateAlias', create({}), 'ResourceConflictException', `Alias already exists: ${ARN}:live`)
})
