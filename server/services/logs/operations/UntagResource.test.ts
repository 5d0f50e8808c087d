import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListTagsForResource } from './ListTagsForResource.ts'
import { UntagResource } from './UntagResource.ts'

test('UntagResource takes off what is there (API_UntagResource)', async () => {
  await using one = await trial()
  const input = { resourceArn: GROUP_ARN, tagKeys: ['a', 'none'] }
  await assert.rejects(one.run(UntagResource, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g', tags: { a: '1', b: '2' } })
  await one.run(UntagResource, input)
  assert.deepEqual(await one.run(ListTagsForResource, { resourceArn: GROUP_ARN }), { tags: { b: '2' } })
})
