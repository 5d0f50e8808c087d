import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('DescribeTrails shows shadows unless they are not wanted, by name those seen here, by ARN any', async () => {
  await using t = await trial()
  await t.make('here')
  await t.make('everywhere', { IsMultiRegionTrail: true }, { region: 'eu-west-1' })
  await t.make('there', {}, { region: 'eu-west-1' })
  const names = async (input: object) =>
    (await t.call('DescribeTrails', { ...input })).trailList.map(({ Name }: { Name: string }) => Name)
  assert.deepEqual(await names({}), ['everywhere', 'here'])
  assert.deepEqual(await names({ includeShadowTrails: false }), ['here'])
  assert.deepEqual(await names({ trailNameList: ['there', 'here', 'none'] }), ['here'])
  assert.deepEqual(await names({ trailNameList: [arnOf('there', 'eu-west-1')] }), ['there'])
})
