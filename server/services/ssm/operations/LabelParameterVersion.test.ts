import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badName } from '../model/refusals.ts'
import { ACCOUNT, allow, arnOf, OTHER, trial, type Trial, user } from '../test/trial.ts'

const LIMIT =
  'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.'
const label = (one: Trial, Labels: string[], ParameterVersion?: number) =>
  one.call('LabelParameterVersion', { Name: 'x', Labels, ...(ParameterVersion && { ParameterVersion }) })

/** `{ 1: 'a b', 3: 'c' }` */
async function labels(one: Trial): Promise<Record<number, string>> {
  const { Parameters } = await one.call('GetParameterHistory', { Name: 'x' })
  const on = Parameters as { Version: number; Labels: string[] }[]
  return Object.fromEntries(on.flatMap(({ Version, Labels }) => (Labels.length ? [[Version, Labels.join(' ')]] : [])))
}

test('the newest version is labelled unless another is named; InvalidLabels is always there (recorded: 7.8)', async () => {
  await using one = await trial()
  await one.versions('x', 3)
  assert.deepEqual(await label(one, ['stable']), { InvalidLabels: [], ParameterVersion: 3 })
  assert.deepEqual(await label(one, ['old'], 1), { InvalidLabels: [], ParameterVersion: 1 })
  assert.deepEqual(await labels(one), { 1: 'old', 3: 'stable' })
})

test('bad labels are told in a 200 and the good ones are put; all bad is a 200 too (trap 31)', async () => {
  await using one = await trial()
  await one.put('x')
  const { InvalidLabels } = await label(one, ['ok', '1x', 'awsome', 'ssm', '1x', 'fine'])
  assert.deepEqual(InvalidLabels.toSorted(), ['1x', 'awsome', 'ssm'])
  assert.deepEqual(await labels(one), { 1: 'fine ok' })
  assert.deepEqual(await label(one, ['9']), { InvalidLabels: ['9'], ParameterVersion: 1 })
})

test('a label moves silently, and a new version has none (trap 32)', async () => {
  await using one = await trial()
  await one.versions('x', 2)
  await label(one, ['stable', 'other'], 1)
  await label(one, ['stable'], 2)
  assert.deepEqual(await labels(one), { 1: 'other', 2: 'stable' })
  await one.put('x', 'next', { Overwrite: true })
  assert.deepEqual(await labels(one), { 1: 'other', 2: 'stable' })
  assert.equal((await one.call('GetParameter', { Name: 'x:stable' })).Parameter.Version, 2)
})

test('the eleventh label is refused, and nothing moves (4.3)', async () => {
  await using one = await trial()
  await one.versions('x', 2)
  await label(one, ['away'], 1)
  await label(
    one,
    Array.from({ length: 10 }, (_, n) => `l${n}`),
    2,
  )
  const input = { Name: 'x', ParameterVersion: 2, Labels: ['away'] }
  await one.refused('LabelParameterVersion', input, 'ParameterVersionLabelLimitExceeded', LIMIT)
  assert.equal((await labels(one))[1], 'away')
  // Those that it has already take no more room.
  assert.deepEqual(await label(one, ['l0', 'l9'], 2), { InvalidLabels: [], ParameterVersion: 2 })
})

test('labelling changes no date (trap 44)', async () => {
  await using one = await trial()
  await one.put('x')
  const made = one.clock.now()
  one.clock.set(made + 60_000)
  await label(one, ['stable'])
  const { Parameter } = await one.call('GetParameter', { Name: 'x' })
  assert.equal(Parameter.LastModifiedDate.getTime(), made)
})

test('what is not there: the parameter without a text, the version with one (recorded: 7.8, trap 1)', async () => {
  await using one = await trial()
  await one.put('/a/b')
  await one.refused('LabelParameterVersion', { Name: '/a/c', Labels: ['x'] }, 'ParameterNotFound', '')
  const input = { Name: '/a/b', ParameterVersion: 99, Labels: ['x'] }
  const text = 'Systems Manager could not find version 99 of /a/b. Verify the version and try again.'
  await one.refused('LabelParameterVersion', input, 'ParameterVersionNotFound', text)
  for (const Name of ['/a/b:1', arnOf('/a/b'), 'a/b']) {
    await one.refused('LabelParameterVersion', { Name, Labels: ['x'] }, 'ValidationException', badName().message)
  }
})

test('labels of the parameter that was deleted are not those of its namesake', async () => {
  await using one = await trial()
  await one.put('x')
  await label(one, ['stable'])
  await one.storage.unit('write', async (unit) => {
    const { parameters } = one.service.env(unit, one.request())
    const found = await parameters.find('x')
    assert.ok(found)
    await parameters.remove(found.parameter)
  })
  await one.put('x')
  assert.deepEqual(await labels(one), {})
})

test('permission is asked for the parameter, in either spelling of a root name (6)', async () => {
  await using one = await trial()
  await one.put('x')
  const labeller = user('ann', [allow('LabelParameterVersion', arnOf('x'))])
  await one.ask('LabelParameterVersion', { Name: '/x', Labels: ['a'] }, labeller)
  assert.deepEqual(await labels(one), { 1: 'a' })
  await assert.rejects(one.ask('LabelParameterVersion', { Name: 'y', Labels: ['a'] }, labeller), /on arn.*parameter\/y/)
})

test('each label that moves is announced once, with the version that it leaves; others are not (reported: 10)', async () => {
  await using one = await trial()
  await one.versions('x', 2)
  await label(one, ['stable'], 1)
  const { length } = await one.announced()
  await label(one, ['stable', 'fresh', '1bad'], 2)
  await label(one, ['stable'], 2)
  const common = { operation: 'LabelParameterVersion', name: 'x', type: 'String', toVersion: '2' }
  assert.deepEqual(
    (await one.announced(length)).map(({ detail, resources }) => [detail, resources]),
    [
      [{ ...common, label: 'stable', fromVersion: '1' }, [arnOf('x')]],
      [{ ...common, label: 'fresh', fromVersion: '' }, [arnOf('x')]],
    ],
  )
})

test('the record names the parameter and what became of the labels (18)', async () => {
  await using one = await trial()
  await one.put('x')
  for (const [name, more] of [
    ['LabelParameterVersion', {}],
    ['UnlabelParameterVersion', { ParameterVersion: 1 }],
  ] as const) {
    const input = { Name: '/x', Labels: ['a', '1'], ...more }
    const { audit } = one.operation(name)
    const out = await one.call(name, input)
    const resources = [{ accountId: ACCOUNT, ARN: arnOf('x') }]
    assert.deepEqual(audit?.resources?.(input, out, one.request()), resources)
    assert.deepEqual(audit?.response?.(out)?.invalidLabels, ['1'])
  }
  const { audit } = one.operation('GetParameterHistory')
  assert.deepEqual(audit?.resources?.({ Name: arnOf('x', OTHER) }, undefined, one.request()), [
    { accountId: OTHER, ARN: arnOf('x', OTHER) },
  ])
})
