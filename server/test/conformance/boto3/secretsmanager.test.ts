import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from '../../start.ts'
import { available, run } from '../tool.ts'

test('boto3’s Secrets Manager client: operation by operation, none left out', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  await using server = await start()
  const { NODE_OPTIONS: _, ...environment } = process.env
  const ended = await run('python3', ['-B', join(import.meta.dirname, 'secretsmanager_walk.py')], {
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
  t.diagnostic(ended.stdout.trim())
})
