import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import * as S3 from '@aws-sdk/client-s3'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../services/iam/accounts.ts'
import { rootOf, start } from '../start.ts'

/**
 * What the loops over the registry say of every operation, of those of S3, whose requests and answers look like no other's: unsigned,
 * denied, recorded once, nothing of another account. Source: S3 API Reference, "Error responses"; access.md 5.6.
 */

const BUCKET = 'audit-of-mine'
const OTHER = '444455556666'
const trails = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string }

async function world() {
  const server = await start({ hoursAgo: 1 })
  const root = rootOf(server.account)
  const done = (target: string, input: object, who = root) =>
    server.inside.local(target, input, who) as Promise<Record<string, Record<string, string>>>
  await done(`${trails}.CreateTrail`, { Name: 'main', S3BucketName: BUCKET, EnableLogFileValidation: true })
  await done(`${trails}.StartLogging`, { Name: 'main' })
  const user = async (UserName: string, statement: object | undefined): Promise<Credentials> => {
    await done('iam.CreateUser', { UserName })
    if (statement !== undefined) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
      await done('iam.PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument })
    }
    const { AccessKey } = await done('iam.CreateAccessKey', { UserName })
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  }
  await server.inside.following.settle()
  await server.clock.advance({ hours: 1 })
  const client = (credentials: Credentials) =>
    new S3.S3Client({ endpoint: server.url, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
  const { Contents } = await client(server.credentials).send(new S3.ListObjectsCommand({ Bucket: BUCKET }))
  const Key = Contents?.[0]?.Key ?? ''
  return { server, done, user, client, Key, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

// biome-ignore lint/suspicious/noExplicitAny: commands of all operations in one table
const commands = (Bucket: string, Key: string): readonly (readonly [string, string, string, any])[] => [
  ['ListBuckets', 's3:ListAllMyBuckets', '*', new S3.ListBucketsCommand()],
  ['GetBucketLocation', 's3:GetBucketLocation', 'bucket', new S3.GetBucketLocationCommand({ Bucket })],
  ['HeadBucket', 's3:ListBucket', 'bucket', new S3.HeadBucketCommand({ Bucket })],
  ['ListObjects', 's3:ListBucket', 'bucket', new S3.ListObjectsCommand({ Bucket })],
  ['ListObjectsV2', 's3:ListBucket', 'bucket', new S3.ListObjectsV2Command({ Bucket })],
  ['GetObject', 's3:GetObject', 'object', new S3.GetObjectCommand({ Bucket, Key })],
  ['HeadObject', 's3:GetObject', 'object', new S3.HeadObjectCommand({ Bucket, Key })],
]

const outcome = (
  client: S3.S3Client,
  command: never,
): Promise<{ name: string; status: number; text: string; id: string }> =>
  client.send(command).then(
    (out: { $metadata: { httpStatusCode?: number; requestId?: string } }) => ({
      name: 'ok',
      status: out.$metadata.httpStatusCode ?? 0,
      text: '',
      id: out.$metadata.requestId ?? '',
    }),
    (error: S3.S3ServiceException) => ({
      name: error.name,
      status: error.$metadata.httpStatusCode ?? 0,
      text: error.message,
      id: error.$metadata.requestId ?? '',
    }),
  )

test('every operation of S3 is in the table', async () => {
  await using server = await start()
  const s3 = server.services.find(({ name }) => name === 's3')
  assert.deepEqual(
    commands('a', 'b')
      .map(([name]) => name)
      .sort(),
    Object.keys(s3?.operations ?? {}).sort(),
  )
})

test('S3: served to who may, refused to who may not, each call recorded once and read-only', async () => {
  await using w = await world()
  const nobody = w.client(await w.user('nobody', undefined))
  const all = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]
  const denied = w.client(await w.user('denied', [...all, { Effect: 'Deny', Action: 's3:*', Resource: '*' }]))
  const allowed = w.client(
    await w.user('allowed', [
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: `arn:aws:s3:::${BUCKET}` },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/AWSLogs/*` },
    ]),
  )
  const ids: [string, string, string][] = []
  for (const [name, action, , command] of commands(BUCKET, w.Key)) {
    const good = await outcome(allowed, command as never)
    assert.deepEqual([good.name, good.status], ['ok', 200], name)
    ids.push([name, good.id, ''])
    for (const client of [nobody, denied]) {
      const refused = await outcome(client, command as never)
      assert.equal(refused.status, 403, name)
      // An answer to HEAD has no body, so clients know no more than its status.
      if (!name.startsWith('Head')) {
        assert.equal(refused.name, 'AccessDenied', name)
        assert.match(refused.text, new RegExp(`is not authorized to perform: ${action}`))
      }
      ids.push([name, refused.id, 'AccessDenied'])
    }
  }
  await w.server.inside.following.settle()
  const { records } = await w.server.inside.reading.lookup({
    account: w.server.account,
    attributes: [{ key: 'EventSource', value: 's3.amazonaws.com' }],
    limit: 100,
  })
  const told = records.map(({ record }) => JSON.parse(record) as Record<string, unknown>)
  for (const [name, id, code] of ids) {
    const its = told.filter(({ requestID }) => requestID === id)
    assert.equal(its.length, 1, `${name} ${id}`)
    assert.deepEqual([its[0]?.eventName, its[0]?.readOnly, its[0]?.errorCode ?? ''], [name, true, code])
  }
})

test('S3: a limit to a prefix holds; who may not list learns of no object that is not there', async () => {
  await using w = await world()
  const narrow = w.client(
    await w.user('narrow', [
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: '*',
        Condition: { StringLike: { 's3:prefix': 'AWSLogs/*' } },
      },
    ]),
  )
  const list = (Prefix: string | undefined) =>
    outcome(narrow, new S3.ListObjectsCommand({ Bucket: BUCKET, Prefix }) as never)
  assert.equal((await list('AWSLogs/')).name, 'ok')
  assert.equal((await list(undefined)).name, 'AccessDenied')
  const reader = w.client(await w.user('reader', { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }))
  const gone = await outcome(reader, new S3.GetObjectCommand({ Bucket: BUCKET, Key: 'gone' }) as never)
  assert.deepEqual([gone.name, gone.status], ['AccessDenied', 403])
})

test('S3: another account gets nothing, and can not tell a bucket that is not its own from none', async () => {
  await using w = await world()
  const { storage, vault } = w.server.inside
  const made = await bootstrap({ storage, vault, random: systemRandom, now: w.server.clock.now(), account: OTHER })
  const theirs = w.client({
    accessKeyId: made.accessKeyId ?? '',
    secretAccessKey: made.secretAccessKey?.reveal() ?? '',
  })
  const shape = async (Bucket: string) =>
    Promise.all(
      commands(Bucket, w.Key).map(async ([name, , , command]) => {
        const { name: code, status } = await outcome(theirs, command as never)
        return `${name} ${code} ${status}`
      }),
    )
  const [there, none] = [await shape(BUCKET), await shape('nobodys-bucket')]
  assert.deepEqual(there, none)
  assert.deepEqual(
    there.filter((each) => each.includes(' ok ')),
    ['ListBuckets ok 200'],
  )
  assert.deepEqual((await theirs.send(new S3.ListBucketsCommand())).Buckets ?? [], [])
  // Nor can it have its own trail deliver there.
  await assert.rejects(
    w.done(`${trails}.CreateTrail`, { Name: 'theirs', S3BucketName: BUCKET }, rootOf(OTHER)),
    (error: Error & { code?: string }) => error.code === 'InsufficientS3BucketPolicyException',
  )
})

test('S3: what is not signed, or signed otherwise than S3 wants it, is refused in XML', async () => {
  await using w = await world()
  const { url, credentials } = w.server
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')
  const ask = async (path: string, change: (headers: Record<string, string>) => void, at = Date.now()) => {
    const host = new URL(url).host
    const date = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const headers: Record<string, string> = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': date }
    change(headers)
    const names = Object.keys(headers).sort()
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`
    const canonical = [
      ...['GET', path, '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';')],
      headers['x-amz-content-sha256'] ?? '',
    ].join('\n')
    const key = ['us-east-1', 's3', 'aws4_request'].reduce<Buffer>(
      hmac,
      hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8)),
    )
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha(canonical)}`).toString('hex')
    const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
    const { host: _, ...sent } = headers
    const answer = await fetch(url + path, { headers: { ...sent, authorization } })
    const text = await answer.text()
    assert.equal(answer.headers.get('content-type'), 'application/xml')
    return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'ok'}`
  }
  assert.equal(await ask('/', () => undefined), '200 ok')
  // Keys are signed as they are: nothing is taken out, nothing is encoded twice.
  assert.equal(await ask(`/${BUCKET}/a//b/c%20d%2Be`, () => undefined), '404 NoSuchKey')
  assert.equal(await ask('/', (headers) => void delete headers['x-amz-content-sha256']), '400 InvalidRequest')
  assert.equal(
    await ask('/', (headers) => void Object.assign(headers, { 'x-amz-content-sha256': sha('other') })),
    '403 SignatureDoesNotMatch',
  )
  assert.equal(await ask('/', () => undefined, Date.now() - 3_600_000), '403 RequestTimeTooSkewed')
  const anonymous = await fetch(`${url}/${BUCKET}/${w.Key}`)
  assert.ok(anonymous.status >= 400 && !(await anonymous.text()).includes('<html'))
})
