import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListTagsLogGroup } from './ListTagsLogGroup.ts'

test('ListTagsLogGroup is ListTagsForResource by the name (API_ListTagsLogGroup)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(ListTagsLogGroup, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(ListTagsLogGroup, { logGroupName: 'g' }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g', tags: { a: '' } })
  assert.deepEqual(await one.run(ListTagsLogGroup, { logGroupName: 'g' }), { tags: { a: '' } })
})
