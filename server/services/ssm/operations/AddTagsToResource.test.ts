import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, DAY, trial } from '../test/trial.ts'

const ResourceType = 'Parameter'
const tag = (Key: string, Value = '') => ({ Key, Value })
const F6 = /^The parameter doesn't meet the parameter name requirements\./

test('adds, and replaces by key; an empty value is a value (parameterstore.md 7.10, recorded)', async () => {
  await using one = await trial()
  await one.put('/a/b')
  assert.deepEqual(
    await one.call('AddTagsToResource', { ResourceType, ResourceId: '/a/b', Tags: [tag('z', '1'), tag('Z', '2')] }),
    {},
  )
  await one.call('AddTagsToResource', { ResourceType, ResourceId: '/a/b', Tags: [tag('a'), tag('z', '3')] })
  const { TagList } = await one.call('ListTagsForResource', { ResourceType, ResourceId: '/a/b' })
  assert.deepEqual(TagList, [tag('z', '3'), tag('Z', '2'), tag('a')])
})

test('either spelling of a name at the root is the same parameter (trap 6)', async () => {
  await using one = await trial()
  await one.put('x')
  await one.call('AddTagsToResource', { ResourceType, ResourceId: '/x', Tags: [tag('a', '1')] })
  assert.deepEqual(await one.call('ListTagsForResource', { ResourceType, ResourceId: 'x' }), {
    TagList: [tag('a', '1')],
  })
})

test('a parameter that is not there is InvalidResourceId, without text (trap 34)', async () => {
  await using one = await trial()
  await one.refused('AddTagsToResource', { ResourceType, ResourceId: '/a/b', Tags: [] }, 'InvalidResourceId', '')
})

test('what is no name is a ValidationException (F6); an ARN is none (trap 45)', async () => {
  await using one = await trial()
  await one.put('/a/b')
  for (const ResourceId of ['a/b', arnOf('/a/b'), '/a/b:1', '']) {
    await one.refused('AddTagsToResource', { ResourceType, ResourceId, Tags: [] }, 'ValidationException', F6)
  }
})

test('other resources have no tags here: InvalidResourceType, without text', async () => {
  await using one = await trial()
  for (const other of ['Document', 'PatchBaseline']) {
    const input = { ResourceType: other, ResourceId: '/a/b', Tags: [] }
    await one.refused('AddTagsToResource', input, 'InvalidResourceType', '')
  }
})

test('the fifty-first tag is TooManyTagsError without text, and none of the call is added', async () => {
  await using one = await trial()
  await one.put('/a', 'v', { Tags: Array.from({ length: 49 }, (_, i) => tag(`k${i}`)) })
  const add = (...keys: string[]) => ({ ResourceType, ResourceId: '/a', Tags: keys.map((key) => tag(key)) })
  await one.refused('AddTagsToResource', add('k49', 'k50'), 'TooManyTagsError', '')
  await one.call('AddTagsToResource', add('k49'))
  await one.refused('AddTagsToResource', add('k50'), 'TooManyTagsError', '')
  assert.equal((await one.call('ListTagsForResource', { ResourceType, ResourceId: '/a' })).TagList.length, 50)
})

test("keys of AWS's own are refused", async () => {
  await using one = await trial()
  await one.put('/a')
  const Tags = [tag('aws:cloudformation:stack-name', 's')]
  const text = 'aws: prefixed tag key names are not allowed for external use.'
  await one.refused('AddTagsToResource', { ResourceType, ResourceId: '/a', Tags }, 'ValidationException', text)
})

test('makes no version and no event, and moves no date (trap 44)', async () => {
  await using one = await trial()
  await one.put('/a')
  const before = await one.call('DescribeParameters', {})
  const events = (await one.announced()).length
  await one.pass(DAY / 24)
  await one.call('AddTagsToResource', { ResourceType, ResourceId: '/a', Tags: [tag('k', 'v')] })
  assert.deepEqual(await one.call('DescribeParameters', {}), before)
  assert.equal((await one.announced()).length, events)
})

test('tags stay when the parameter is overwritten, and go with it', async () => {
  await using one = await trial()
  await one.put('/a', 'one', { Tags: [tag('k', 'v')] })
  await one.put('/a', 'two', { Overwrite: true })
  const list = () => one.call('ListTagsForResource', { ResourceType, ResourceId: '/a' })
  assert.deepEqual(await list(), { TagList: [tag('k', 'v')] })
  await one.call('DeleteParameter', { Name: '/a' })
  await one.put('/a')
  assert.deepEqual(await list(), { TagList: [] })
})

test('PutParameter takes as many, refuses one more alike, and writes nothing then', async () => {
  await using one = await trial()
  const put = (count: number, more: object = {}) => ({
    ...{ Name: '/a', Value: 'v', Type: 'String', ...more },
    Tags: Array.from({ length: count }, (_, i) => tag(`k${i}`)),
  })
  await one.refused('PutParameter', put(51), 'TooManyTagsError', '')
  await one.refused('PutParameter', { ...put(0), Tags: [tag('a'), tag('a')] }, 'ValidationException')
  await one.refused('PutParameter', { ...put(0), Tags: [tag('aws:x')] }, 'ValidationException')
  await one.call('PutParameter', put(50))
  assert.equal((await one.call('ListTagsForResource', { ResourceType, ResourceId: '/a' })).TagList.length, 50)
})
