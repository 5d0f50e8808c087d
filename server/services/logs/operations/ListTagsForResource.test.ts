import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListTagsForResource } from './ListTagsForResource.ts'

test('ListTagsForResource answers tags, or that there is no such group (API_ListTagsForResource)', async () => {
  await using one = await trial()
  await assert.rejects(one.run(ListTagsForResource, { resourceArn: GROUP_ARN }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  assert.deepEqual(await one.run(ListTagsForResource, { resourceArn: `${GROUP_ARN}:*` }), { tags: {} })
})
