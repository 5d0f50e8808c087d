import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { trial } from '../test/trial.ts'

test('ListRoleTags pages in the order of keys', async () => {
  await using iam = await trial()
  const Tags = ['c', 'A', 'b'].map((Key) => ({ Key, Value: 'v' }))
  await role(iam, 'app', undefined, { Tags })
  const keys = (out: { Tags: { Key: string }[] }) => out.Tags.map(({ Key }) => Key)
  const first = await iam.call('ListRoleTags', { RoleName: 'app', MaxItems: 2 })
  assert.deepEqual([keys(first), first.IsTruncated], [['A', 'b'], true])
  const rest = await iam.call('ListRoleTags', { RoleName: 'app', Marker: first.Marker })
  assert.deepEqual([keys(rest), rest.IsTruncated], [['c'], false])
  await iam.refused('ListRoleTags', { RoleName: 'x' }, 'NoSuchEntity', 'The role with name x cannot be found.')
})
