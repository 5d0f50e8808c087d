import assert from 'node:assert/strict'
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { rootOf, type Started, start } from '../start.ts'
import { available, run } from './tool.ts'

/** The unmodified AWS CLI verifies what trails deliver, over the wire, and finds what was done to it. Source: surroundings.md 1.7. */

const NAME = 'main'
const BUCKET = 'audit-of-mine'

interface World extends AsyncDisposable {
  readonly server: Started
  validate(...more: string[]): Promise<{ readonly code: number; readonly text: string }>
  /** Files below the bucket's folder, oldest first. */
  logs(): string[]
  digests(): string[]
}

/** A server whose trail has delivered three hours of files, and digests for each. */
async function delivered(): Promise<World> {
  const server = await start({ engine: 'file', hoursAgo: 3 })
  const root = rootOf(server.account)
  const done = (target: string, input: object) => server.inside.local(target, input, root)
  const trails = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'
  const began = new Date(server.clock.now()).toISOString()
  await done(`${trails}.CreateTrail`, { Name: NAME, S3BucketName: BUCKET, EnableLogFileValidation: true })
  await done(`${trails}.StartLogging`, { Name: NAME })
  for (const hour of [1, 2, 3]) {
    await done('secretsmanager.CreateSecret', {
      Name: `secret-${hour}`,
      ClientRequestToken: `00000000-0000-4000-8000-00000000000${hour}`,
      SecretString: 'canary-of-the-files',
    })
    await server.inside.following.settle()
    await server.clock.advance({ hours: 1 })
  }
  const folder = join(server.directory ?? '', 'trails', BUCKET)
  const files = (kind: string) =>
    globSync(`AWSLogs/${server.account}/${kind}/**/*.json.gz`, { cwd: folder })
      .sort()
      .map((file) => join(folder, file))
  const { NODE_OPTIONS: _, ...inherited } = process.env
  return {
    server,
    logs: () => files('CloudTrail'),
    digests: () => files('CloudTrail-Digest'),
    async validate(...more) {
      const line = ['cloudtrail', 'validate-logs', '--trail-arn']
      const arn = `arn:aws:cloudtrail:us-east-1:${server.account}:trail/${NAME}`
      const ended = await run('aws', [...line, arn, '--start-time', began, '--verbose', ...more], {
        ...inherited,
        AWS_ENDPOINT_URL: server.url,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
        AWS_EC2_METADATA_DISABLED: 'true',
        NO_PROXY: '127.0.0.1',
      })
      return { code: ended.code, text: ended.stdout + ended.stderr }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

test('aws cloudtrail validate-logs: good as delivered; each kind of tampering is found', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using world = await delivered()
  const { validate } = world

  const good = await validate()
  assert.match(good.text, /3\/3 digest files valid/, good.text + world.server.log().slice(-2000))
  assert.match(good.text, /3\/3 log files valid/)
  assert.equal(good.code, 0)

  const [log = ''] = world.logs()
  const records = (JSON.parse(gunzipSync(readFileSync(log)).toString()) as { Records: { eventName: string }[] }).Records
  assert.ok(records.some(({ eventName }) => eventName === 'CreateSecret'))
  assert.ok(!gunzipSync(readFileSync(log)).includes('canary-of-the-files'))

  await t.test('an altered log file', async () => {
    const before = readFileSync(log)
    writeFileSync(log, gzipSync(gunzipSync(before).toString().replace('CreateSecret', 'ListSecrets')))
    const { code, text } = await validate()
    assert.equal(code, 1)
    assert.match(text, /INVALID: hash value doesn't match/)
    assert.match(text, /2\/3 log files valid, 1\/3 log files INVALID/)
    writeFileSync(log, before)
  })

  await t.test('a removed log file', async () => {
    renameSync(log, `${log}.away`)
    const { code, text } = await validate()
    assert.equal(code, 1)
    assert.match(text, /INVALID: not found/)
    renameSync(`${log}.away`, log)
  })

  await t.test('an altered digest', async () => {
    const [, digest = ''] = world.digests()
    const before = readFileSync(digest)
    const changed = JSON.parse(gunzipSync(before).toString())
    writeFileSync(digest, gzipSync(JSON.stringify({ ...changed, logFiles: [] })))
    const { code, text } = await validate()
    assert.equal(code, 1)
    assert.match(text, /INVALID: signature verification failed/)
    writeFileSync(digest, before)
  })

  await t.test('a removed digest', async () => {
    const [, digest = ''] = world.digests()
    rmSync(digest)
    const { code, text } = await validate()
    assert.equal(code, 1)
    assert.match(text, /INVALID: not found/)
  })
})
