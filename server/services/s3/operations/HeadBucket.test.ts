import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'
import { HeadBucket } from './HeadBucket.ts'

test('HeadBucket tells the Region of a bucket, and asks for s3:ListBucket (API_HeadBucket)', async () => {
  const { run, target } = await trial()
  assert.deepEqual(await run(HeadBucket, { Bucket: 'mine-in-europe' }), { BucketRegion: 'eu-west-1' })
  assert.equal(((await target(HeadBucket, { Bucket: 'mine' })) as { action: string }).action, 's3:ListBucket')
  for (const Bucket of ['theirs', 'gone']) await assert.rejects(run(HeadBucket, { Bucket }), code('NoSuchBucket', 404))
})
