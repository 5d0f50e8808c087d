import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListTagsLogGroup } from './ListTagsLogGroup.ts'
import { TagLogGroup } from './TagLogGroup.ts'

test('TagLogGroup is TagResource by the name (API_TagLogGroup)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(TagLogGroup, { logGroupName: 'g', tags: {} }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(TagLogGroup, { logGroupName: 'g', tags: { a: '1' } }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(TagLogGroup, { logGroupName: 'g', tags: { a: '1' } })
  assert.deepEqual(await one.run(ListTagsLogGroup, { logGroupName: 'g' }), { tags: { a: '1' } })
})
