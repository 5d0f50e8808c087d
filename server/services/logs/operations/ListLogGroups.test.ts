import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListLogGroups } from './ListLogGroups.ts'

test('ListLogGroups finds groups by parts of names and by tags (API_ListLogGroups)', async () => {
  await using one = await trial()
  await one.run(CreateLogGroup, { logGroupName: 'app/one', tags: { team: 'blue' } })
  await one.run(CreateLogGroup, { logGroupName: 'my/app' })
  const names = async (input: object) =>
    ((await one.run(ListLogGroups, input)) as { logGroups: { logGroupName: string }[] }).logGroups.map(
      (each) => each.logGroupName,
    )
  assert.deepEqual(await names({}), ['app/one', 'my/app'])
  assert.deepEqual(await names({ logGroupNamePattern: '^app' }), ['app/one'])
  assert.deepEqual(await names({ logGroupNamePattern: '^app|my/' }), ['app/one', 'my/app'])
  assert.deepEqual(await names({ logGroupTags: [{ key: 'team', values: ['bl*'] }] }), ['app/one'])
  assert.deepEqual(await names({ logGroupTags: [{ key: 'team', values: ['!blue'] }] }), [])
  const { nextToken } = (await one.run(ListLogGroups, { limit: 1 })) as { nextToken: string }
  assert.deepEqual(await names({ limit: 1, nextToken }), ['my/app'])
})
