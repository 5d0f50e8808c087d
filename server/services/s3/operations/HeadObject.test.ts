import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'
import { HeadObject } from './HeadObject.ts'

test('HeadObject answers what is known of an object, and asks for s3:GetObject (API_HeadObject)', async () => {
  const { run, target } = await trial()
  const input = { Bucket: 'mine', Key: 'b/d 4' }
  const { Metadata, ContentType, Body } = await run(HeadObject, input)
  assert.deepEqual([Metadata, ContentType, Body.length], [{ signature: 'abc' }, 'application/json', 13])
  assert.equal(((await target(HeadObject, input)) as { action: string }).action, 's3:GetObject')
  await assert.rejects(run(HeadObject, { Bucket: 'mine', Key: 'gone' }), code('NoSuchKey', 404))
})
