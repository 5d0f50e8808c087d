import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'
import { GetBucketLocation } from './GetBucketLocation.ts'

test('GetBucketLocation says nothing for us-east-1, else the Region (API_GetBucketLocation)', async () => {
  const { run, target } = await trial()
  assert.deepEqual(await run(GetBucketLocation, { Bucket: 'mine' }), { LocationConstraint: '' })
  assert.deepEqual(await run(GetBucketLocation, { Bucket: 'mine-in-europe' }), { LocationConstraint: 'eu-west-1' })
  await assert.rejects(run(GetBucketLocation, { Bucket: 'theirs' }), code('NoSuchBucket', 404))
  assert.deepEqual(await target(GetBucketLocation, { Bucket: 'mine' }), {
    action: 's3:GetBucketLocation',
    resource: 'arn:aws:s3:::mine',
    shown: '"arn:aws:s3:::mine"',
    context: {},
  })
})
