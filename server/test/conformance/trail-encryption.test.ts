import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import * as S3 from '@aws-sdk/client-s3'
import { type Basis, validate } from '../../beside/delivered.ts'
import { knownIn } from '../../services/cloudtrail/delivery/known.ts'
import { rootOf, start } from '../start.ts'

const BUCKET = 'sealed-audit'

test('log files of a trail with a KMS key are encrypted where they lie, and opened in the name of who reads them (API_CreateTrail)', async () => {
  await using server = await start({ engine: 'file', hoursAgo: 1 })
  const root = rootOf(server.account)
  const done = (target: string, input: object) =>
    server.inside.local(target, input, root) as Promise<Record<string, Record<string, string>>>
  const trails = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${server.account}:root` }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 'kms:GenerateDataKey*',
        Resource: '*',
      },
    ],
  })
  const { KeyMetadata } = await done('TrentService.CreateKey', { Policy })
  const KmsKeyId = KeyMetadata?.Arn ?? ''
  await done(`${trails}.CreateTrail`, { Name: 'main', S3BucketName: BUCKET, EnableLogFileValidation: true, KmsKeyId })
  await done(`${trails}.StartLogging`, { Name: 'main' })
  await server.inside.following.settle()
  await server.clock.advance({ hours: 1 })
  const folder = join(server.directory ?? '', 'trails')
  const [log = ''] = globSync(`${BUCKET}/AWSLogs/*/CloudTrail/**/*.json.gz`, { cwd: folder })
  assert.throws(() => gunzipSync(readFileSync(join(folder, log))))

  const client = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new S3.S3Client({ endpoint: server.url, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
  const asked = { Bucket: BUCKET, Key: log.slice(BUCKET.length + 1) }
  const got = await client(server.credentials).send(new S3.GetObjectCommand(asked))
  const body = Buffer.from((await got.Body?.transformToByteArray()) ?? [])
  assert.match(gunzipSync(body).toString(), /^\{"Records":\[/)
  assert.deepEqual([got.ServerSideEncryption, got.SSEKMSKeyId, got.Metadata], ['aws:kms', KmsKeyId, {}])

  // Who may read the object, but may not use the key, does not get it.
  await done('iam.CreateUser', { UserName: 'reader' })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
  })
  await done('iam.PutUserPolicy', { UserName: 'reader', PolicyName: 'p', PolicyDocument })
  const { AccessKey } = await done('iam.CreateAccessKey', { UserName: 'reader' })
  const reader = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  await assert.rejects(client(reader).send(new S3.GetObjectCommand(asked)), (error: S3.S3ServiceException) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['AccessDenied', 403])
    return /kms:Decrypt/.test(error.message)
  })

  const { vault, storage } = server.inside
  const known = await storage.unit('read', (unit) => knownIn(unit, vault.macKey('cloudtrail/rows')))
  const keys = new Map(
    known.keys.map(({ fingerprint, value }) => [
      fingerprint,
      createPublicKey({ key: Buffer.from(value), format: 'der', type: 'pkcs1' }),
    ]),
  )
  const kinds = async (basis: Basis) => (await validate(folder, basis)).problems.map(({ kind }) => kind)
  assert.deepEqual(await kinds({ keys, known }), [])
  assert.deepEqual(
    await kinds({ keys }),
    known.files.map(() => 'log-encrypted'),
  )
})
