import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from '../../start.ts'
import { available, run } from '../tool.ts'

const WALKS = {
  'kms_walk.py': 'envelope encryption, signatures, MACs, imported material',
  'kms_keys_walk.py': 'aliases, tags, policies, grants, rotation, re-encryption, deletion',
}

for (const [script, what] of Object.entries(WALKS))
  test(`boto3’s KMS client: ${what}`, async (t) => {
    if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
    await using server = await start()
    const { NODE_OPTIONS: _, ...environment } = process.env
    const ended = await run('python3', ['-B', join(import.meta.dirname, script)], {
      ...environment,
      AWS_ENDPOINT_URL: server.url,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      NO_PROXY: '127.0.0.1',
    })
    assert.equal(ended.code, 0, ended.stderr)
    if (ended.stdout !== '') t.diagnostic(ended.stdout.trim())
  })
