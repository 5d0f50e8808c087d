import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'
import { ListBuckets } from './ListBuckets.ts'

test("ListBuckets shows the account's buckets, page by page (API_ListBuckets)", async () => {
  const { run, target } = await trial()
  const all = await run(ListBuckets, {})
  assert.deepEqual(all.Buckets, [
    { Name: 'mine', CreationDate: new Date('2026-01-02T03:04:05Z'), BucketRegion: 'us-east-1' },
    { Name: 'mine-in-europe', CreationDate: new Date('2026-01-02T03:04:06Z'), BucketRegion: 'eu-west-1' },
  ])
  const first = await run(ListBuckets, { MaxBuckets: 1 })
  assert.deepEqual([first.Buckets.length, first.ContinuationToken], [1, 'mine'])
  const rest = await run(ListBuckets, { MaxBuckets: 1, ContinuationToken: 'mine' })
  assert.deepEqual([rest.Buckets[0].Name, rest.ContinuationToken], ['mine-in-europe', undefined])
  assert.deepEqual(await target(ListBuckets, {}), { action: 's3:ListAllMyBuckets', resource: '*' })
})
