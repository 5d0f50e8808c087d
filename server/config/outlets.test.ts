import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configure } from '../config.ts'

const config = (args: readonly string[], env = {}, read: (path: string) => string = () => '') => {
  const made = configure('serve', args, env, read)
  return 'problems' in made ? { problems: made.problems } : { outlets: made.config.outlets, problems: [] }
}

test('by default log files of trails go below the data, and nothing is exported', () => {
  const { trailFolder, trailS3, exports, trailKeptMs } = config([]).outlets ?? {}
  assert.deepEqual([trailFolder, trailS3, exports, trailKeptMs], ['default', undefined, [], undefined])
  assert.equal(config(['--trail-folder', 'none']).outlets?.trailFolder, undefined)
  assert.equal(config(['--trail-retention', '400d']).outlets?.trailKeptMs, 400 * 86_400_000)
})

test('a bucket elsewhere needs credentials, from a file or from variables, and never shows them', () => {
  const [missing] = config(['--trail-s3', 'https://s3.example.com']).problems
  assert.equal(missing?.name, '--trail-s3-credentials-file')
  const env = {
    STRONGROOM_TRAIL_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    STRONGROOM_TRAIL_S3_SECRET_ACCESS_KEY: 'canary-of-the-key',
  }
  const { outlets } = config(['--trail-s3', 'https://s3.example.com', '--region', 'eu-west-1'], env)
  assert.deepEqual([outlets?.trailS3?.accessKeyId, outlets?.trailS3?.region], ['AKIAEXAMPLE', 'eu-west-1'])
  assert.ok(!JSON.stringify(outlets).includes('canary'))
  const file = ['--trail-s3', 'https://s3.example.com', '--trail-s3-credentials-file', '/credentials']
  const text = '[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = canary\n'
  assert.equal(config(file, {}, () => text).outlets?.trailS3?.accessKeyId, 'AKIAFILE')
})

test('headers of exports are lines of headers; what is none is not repeated', () => {
  const ask = (headers: string) => config(['--audit-export', 'https://c'], { STRONGROOM_AUDIT_EXPORT_HEADERS: headers })
  assert.equal(ask('Authorization: Bearer canary').outlets?.exportHeaders?.reveal(), 'Authorization: Bearer canary')
  const { problems } = ask('canary')
  assert.equal(problems[0]?.name, 'STRONGROOM_AUDIT_EXPORT_HEADERS')
  assert.ok(!JSON.stringify(problems).includes('canary"'))
})
