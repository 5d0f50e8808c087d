import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { ListTagsForResource } from './ListTagsForResource.ts'
import { TagResource } from './TagResource.ts'

test('TagResource adds tags, for which the ARN without the star is asked about (API_TagResource)', async () => {
  await using one = await trial()
  const input = { resourceArn: GROUP_ARN, tags: { a: '1' } }
  assert.equal(await one.resource(TagResource, input), GROUP_ARN)
  await assert.rejects(one.run(TagResource, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(TagResource, input)
  assert.deepEqual(await one.run(ListTagsForResource, { resourceArn: GROUP_ARN }), { tags: { a: '1' } })
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, '']))
  await assert.rejects(one.run(TagResource, { ...input, tags: many }), { code: 'TooManyTagsException' })
  await assert.rejects(one.run(TagResource, { ...input, resourceArn: 'arn:aws:s3:::x' }), {
    code: 'InvalidParameterException',
  })
})
