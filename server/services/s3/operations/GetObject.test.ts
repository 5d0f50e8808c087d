import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, MADE, trial } from '../test/trial.ts'
import { GetObject } from './GetObject.ts'

const object = { Bucket: 'mine', Key: 'a/1' }

test('GetObject answers the bytes with what stands beside them', async () => {
  const { run, target } = await trial()
  const { Body, ...head } = await run(GetObject, object)
  assert.equal(Body.toString(), 'body of a/1')
  assert.deepEqual(JSON.parse(JSON.stringify(head)), {
    AcceptRanges: 'bytes',
    LastModified: '2026-01-02T03:04:05.000Z',
    ETag: head.ETag,
    ContentType: 'application/json',
    ContentEncoding: 'gzip',
    ServerSideEncryption: 'AES256',
    Metadata: { signature: 'abc' },
    StatusCode: 200,
  })
  assert.match(head.ETag, /^"[0-9a-f]{32}"$/)
  assert.deepEqual(await target(GetObject, object), {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::mine/a/1',
    shown: '"arn:aws:s3:::mine/a/1"',
  })
})

test('GetObject answers a part of it as 206 (API_GetObject)', async () => {
  const { run } = await trial()
  const { Body, ContentRange, StatusCode } = await run(GetObject, { ...object, Range: 'bytes=0-3' })
  assert.deepEqual([Body.toString(), ContentRange, StatusCode], ['body', 'bytes 0-3/11', 206])
  await assert.rejects(run(GetObject, { ...object, Range: 'bytes=99-' }), code('InvalidRange', 416))
})

test('a key that is not there: NoSuchKey to who may list, AccessDenied to who may not (API_GetObject)', async () => {
  const missing = { Bucket: 'mine', Key: '../a/1' }
  await assert.rejects((await trial()).run(GetObject, missing), code('NoSuchKey', 404))
  await assert.rejects((await trial({ lists: false })).run(GetObject, missing), code('AccessDenied', 403))
})

test('a bucket of another account is like one that is not there', async () => {
  const { run } = await trial()
  for (const Bucket of ['theirs', 'nobodys'])
    await assert.rejects(run(GetObject, { ...object, Bucket }), code('NoSuchBucket', 404))
  await assert.rejects(run(GetObject, { ...object, ExpectedBucketOwner: '444455556666' }), code('AccessDenied', 403))
})

test('conditions: 304 for what is the same, 412 for what is another (RFC 9110, 13)', async () => {
  const { run } = await trial()
  const { ETag } = await run(GetObject, object)
  await assert.rejects(run(GetObject, { ...object, IfNoneMatch: ETag }), code('NotModified', 304))
  await assert.rejects(run(GetObject, { ...object, IfModifiedSince: new Date(MADE) }), code('NotModified', 304))
  await assert.rejects(run(GetObject, { ...object, IfMatch: '"other"' }), code('PreconditionFailed', 412))
  await assert.rejects(run(GetObject, { ...object, IfUnmodifiedSince: new Date(0) }), code('PreconditionFailed', 412))
  assert.equal((await run(GetObject, { ...object, IfMatch: ETag, IfNoneMatch: '"x"' })).StatusCode, 200)
})

test('headers that the client chooses are headers: no line of its own', async () => {
  const { run } = await trial()
  const chosen = { ResponseContentType: 'text/plain', ResponseContentDisposition: 'a\r\nSet-Cookie: b' }
  const { ContentType, ContentDisposition } = await run(GetObject, { ...object, ...chosen })
  assert.deepEqual([ContentType, ContentDisposition], ['text/plain', undefined])
})
