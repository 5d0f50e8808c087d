import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('labels on the version go, all others are told in the order asked, whatever their form (recorded: 7.9)', async () => {
  await using one = await trial()
  await one.versions('x', 2)
  await one.call('LabelParameterVersion', { Name: 'x', ParameterVersion: 1, Labels: ['a', 'b'] })
  await one.call('LabelParameterVersion', { Name: 'x', ParameterVersion: 2, Labels: ['c'] })
  const input = { Name: 'x', ParameterVersion: 1, Labels: ['c', 'b', '1 bad', 'a', 'none'] }
  assert.deepEqual(await one.call('UnlabelParameterVersion', input), {
    RemovedLabels: ['b', 'a'],
    InvalidLabels: ['c', '1 bad', 'none'],
  })
  const { Parameters } = await one.call('GetParameterHistory', { Name: 'x' })
  assert.deepEqual(
    Parameters.map(({ Labels }: { Labels: string[] }) => Labels),
    [[], ['c']],
  )
  assert.deepEqual(await one.call('UnlabelParameterVersion', input), {
    RemovedLabels: [],
    InvalidLabels: ['c', 'b', '1 bad', 'a', 'none'],
  })
})

test('a label that was taken off finds nothing any more', async () => {
  await using one = await trial()
  await one.put('x')
  await one.call('LabelParameterVersion', { Name: 'x', Labels: ['stable'] })
  assert.equal((await one.call('GetParameter', { Name: 'x:stable' })).Parameter.Version, 1)
  await one.call('UnlabelParameterVersion', { Name: '/x', ParameterVersion: 1, Labels: ['stable'] })
  await one.refused(
    'GetParameter',
    { Name: 'x:stable' },
    'ParameterVersionNotFound',
    /has the specified label, stable\./,
  )
})

test('what is not there (7.9)', async () => {
  await using one = await trial()
  await one.put('/a/b')
  const gone = { Name: '/none', ParameterVersion: 1, Labels: ['x'] }
  await one.refused('UnlabelParameterVersion', gone, 'ParameterNotFound', '')
  const version = { Name: '/a/b', ParameterVersion: 2, Labels: ['x'] }
  const text = 'Systems Manager could not find version 2 of /a/b. Verify the version and try again.'
  await one.refused('UnlabelParameterVersion', version, 'ParameterVersionNotFound', text)
  await one.refused('UnlabelParameterVersion', { ...gone, Name: arnOf('/a/b') }, 'ValidationException')
})
