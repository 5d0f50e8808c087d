import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('RemoveTagsFromResource takes tags off by key; absent ones are ignored', async () => {
  await using t = await trial()
  const tags = new Map([
    ['team', 'blue'],
    ['stage', 'test'],
  ])
  await t.register('instance', 'shop', { tags })
  const ResourceName = `arn:aws:rds:us-east-1:${ACCOUNT}:db:shop`
  await t.call('RemoveTagsFromResource', { ResourceName, TagKeys: ['team', 'nothing'] })
  assert.deepEqual([...((await t.find('instance', 'shop'))?.tags ?? [])], [['stage', 'test']])
})
