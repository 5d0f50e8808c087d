import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import * as S3 from '@aws-sdk/client-s3'
import { rootOf, start } from '../start.ts'
import { available, run } from './tool.ts'

/** The façade as the official clients see it. */

const BUCKET = 'audit-of-mine'

async function delivered() {
  const server = await start({ hoursAgo: 2 })
  const root = rootOf(server.account)
  const trails = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'
  await server.inside.local(
    `${trails}.CreateTrail`,
    { Name: 'main', S3BucketName: BUCKET, EnableLogFileValidation: true },
    root,
  )
  await server.inside.local(`${trails}.StartLogging`, { Name: 'main' }, root)
  await server.inside.following.settle()
  await server.clock.advance({ hours: 2 })
  const client = (credentials: { accessKeyId: string; secretAccessKey: string } = server.credentials) =>
    new S3.S3Client({ endpoint: server.url, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
  return { server, client, s3: client(), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const refused = (name: string, status: number) => (error: S3.S3ServiceException) => {
  assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, status])
  return true
}

test('the SDK lists and reads what was delivered, and is refused what is not there or not for it', async () => {
  await using world = await delivered()
  const { s3, server } = world
  const buckets = await s3.send(new S3.ListBucketsCommand())
  assert.deepEqual(
    buckets.Buckets?.map(({ Name }) => Name),
    [BUCKET],
  )
  assert.equal((await s3.send(new S3.GetBucketLocationCommand({ Bucket: BUCKET }))).LocationConstraint, undefined)
  assert.equal((await s3.send(new S3.HeadBucketCommand({ Bucket: BUCKET }))).BucketRegion, 'us-east-1')

  const listed = await s3.send(new S3.ListObjectsV2Command({ Bucket: BUCKET }))
  const first = await s3.send(new S3.ListObjectsCommand({ Bucket: BUCKET, MaxKeys: 1 }))
  assert.equal(first.IsTruncated, true)
  const next = await s3.send(new S3.ListObjectsCommand({ Bucket: BUCKET, Marker: first.Contents?.[0]?.Key }))
  assert.deepEqual(
    [...(first.Contents ?? []), ...(next.Contents ?? [])].map(({ Key }) => Key),
    listed.Contents?.map(({ Key }) => Key),
  )
  const folders = await s3.send(
    new S3.ListObjectsV2Command({ Bucket: BUCKET, Delimiter: '/', Prefix: `AWSLogs/${server.account}/` }),
  )
  assert.deepEqual(
    folders.CommonPrefixes?.map(({ Prefix = '' }) => Prefix.split('/').at(-2)),
    ['CloudTrail-Digest', 'CloudTrail'],
  )

  const digest = listed.Contents?.find(({ Key = '' }) => Key.includes('Digest'))
  const got = await s3.send(new S3.GetObjectCommand({ Bucket: BUCKET, Key: digest?.Key }))
  const body = Buffer.from((await got.Body?.transformToByteArray()) ?? [])
  assert.equal(body.length, digest?.Size)
  assert.equal(got.ETag, digest?.ETag)
  assert.equal(JSON.parse(gunzipSync(body).toString()).digestS3Object, digest?.Key)
  assert.match(got.Metadata?.signature ?? '', /^[0-9a-f]{512}$/)
  const head = await s3.send(new S3.HeadObjectCommand({ Bucket: BUCKET, Key: digest?.Key }))
  assert.deepEqual([head.ContentLength, head.Metadata], [body.length, got.Metadata])
  const part = await s3.send(new S3.GetObjectCommand({ Bucket: BUCKET, Key: digest?.Key, Range: 'bytes=2-5' }))
  assert.deepEqual(Buffer.from((await part.Body?.transformToByteArray()) ?? []), body.subarray(2, 6))
  assert.equal(part.ContentRange, `bytes 2-5/${body.length}`)

  const missing = { Bucket: BUCKET, Key: 'AWSLogs/../../etc/passwd' }
  await assert.rejects(s3.send(new S3.GetObjectCommand(missing)), refused('NoSuchKey', 404))
  await assert.rejects(s3.send(new S3.HeadObjectCommand({ Bucket: BUCKET, Key: 'gone' })), refused('NotFound', 404))
  await assert.rejects(s3.send(new S3.ListObjectsV2Command({ Bucket: 'nobodys' })), refused('NoSuchBucket', 404))
  await assert.rejects(
    s3.send(new S3.PutObjectCommand({ Bucket: BUCKET, Key: 'x', Body: 'y' })),
    refused('MethodNotAllowed', 405),
  )
  await assert.rejects(
    s3.send(new S3.DeleteObjectCommand({ Bucket: BUCKET, Key: digest?.Key })),
    refused('MethodNotAllowed', 405),
  )
  await assert.rejects(s3.send(new S3.GetBucketAclCommand({ Bucket: BUCKET })), refused('NotImplemented', 501))
  const stranger = world.client({ accessKeyId: 'AKIANOBODYNOBODY0000', secretAccessKey: 'x'.repeat(40) })
  await assert.rejects(stranger.send(new S3.ListBucketsCommand()), refused('InvalidAccessKeyId', 403))
  const forger = world.client({ ...server.credentials, secretAccessKey: 'x'.repeat(40) })
  await assert.rejects(forger.send(new S3.ListBucketsCommand()), refused('SignatureDoesNotMatch', 403))

  // Recorded, read-only: who read the trail is what an auditor asks.
  await server.inside.following.settle()
  const { records } = await server.inside.reading.lookup({
    account: server.account,
    attributes: [{ key: 'EventName', value: 'GetObject' }],
    limit: 10,
  })
  assert.ok(records.length >= 3)
  assert.equal(JSON.parse(records[0]?.record ?? '{}').readOnly, true)
})

test('aws s3 ls, cp and a presigned link; other services that are not here answer an error of AWS, no page (trap 41)', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using world = await delivered()
  const { server } = world
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-s3-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // Links of the CLI are signed the old way in us-east-1, unless it is told otherwise.
  writeFileSync(join(folder, 'config'), '[default]\ns3 =\n  signature_version = s3v4\n')
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const aws = (...words: string[]) =>
    run('aws', words, {
      ...inherited,
      AWS_ENDPOINT_URL: server.url,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      NO_PROXY: '127.0.0.1',
    })
  const listed = await aws('s3', 'ls', '--recursive', `s3://${BUCKET}/`)
  assert.equal(listed.code, 0, listed.stderr)
  const key =
    listed.stdout
      .split('\n')
      .find((line) => line.includes('CloudTrail/'))
      ?.split(' ')
      .at(-1) ?? ''
  const copied = await aws('s3', 'cp', `s3://${BUCKET}/${key}`, join(folder, 'log.gz'))
  assert.equal(copied.code, 0, copied.stderr)
  assert.match(gunzipSync(readFileSync(join(folder, 'log.gz'))).toString(), /^\{"Records":\[/)
  const link = (await aws('s3', 'presign', `s3://${BUCKET}/${key}`)).stdout.trim()
  const answer = await fetch(link)
  assert.equal(answer.status, 200, await answer.clone().text())
  const forged = await fetch(link.replace(key, key.replace('CloudTrail/', 'Other/')))
  assert.equal(forged.status, 403)
  assert.match(await forged.text(), /<Code>SignatureDoesNotMatch<\/Code>/)
  const unknown = await aws('ec2', 'describe-instances')
  assert.notEqual(unknown.code, 0)
  assert.ok(!unknown.stderr.includes('<html'))
})
