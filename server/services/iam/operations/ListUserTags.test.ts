import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('ListUserTags pages in the order of the keys, whatever characters they have (API_ListUserTags)', async () => {
  await using iam = await trial()
  const long = '語'.repeat(128)
  const Tags = ['b', long, 'A', 'ü'].map((Key) => ({ Key, Value: 'v' }))
  await iam.call('CreateUser', { UserName: 'alice', Tags })
  const keys: string[] = []
  let Marker: string | undefined
  for (let page = 0; page < 4; page++) {
    const out = await iam.call('ListUserTags', { UserName: 'alice', MaxItems: 1, ...(Marker && { Marker }) })
    keys.push(...out.Tags.map(({ Key }: { Key: string }) => Key))
    assert.equal(out.IsTruncated, page < 3)
    Marker = out.Marker
  }
  assert.deepEqual([keys, Marker], [['A', 'b', 'ü', long], undefined])
  for (const wrong of ['?', 'YWFh', 'LTE']) {
    await iam.refused('ListUserTags', { UserName: 'alice', Marker: wrong }, 'ValidationError', 'Invalid Marker.')
  }
  await iam.refused('ListUserTags', { UserName: 'bob' }, 'NoSuchEntity')
})
