import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListTagsLogGroup } from './ListTagsLogGroup.ts'
import { UntagLogGroup } from './UntagLogGroup.ts'

test('UntagLogGroup is UntagResource by the name (API_UntagLogGroup)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(UntagLogGroup, { logGroupName: 'g', tags: [] }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(UntagLogGroup, { logGroupName: 'g', tags: ['a'] }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g', tags: { a: '1' } })
  await one.run(UntagLogGroup, { logGroupName: 'g', tags: ['a'] })
  assert.deepEqual(await one.run(ListTagsLogGroup, { logGroupName: 'g' }), { tags: {} })
})
