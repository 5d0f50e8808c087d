import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Started, start } from '../../start.ts'
import { available, run } from '../tool.ts'

/** CloudWatch Logs by boto3 and the AWS CLI, unmodified. */

const environmentOf = ({ url, credentials }: Started): NodeJS.ProcessEnv => {
  const { NODE_OPTIONS: _, ...environment } = process.env
  return {
    ...environment,
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    NO_PROXY: '127.0.0.1',
  }
}

test('boto3: operations, paginators, exceptions, and the loop of aws logs tail --follow', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  await using server = await start()
  const script = join(import.meta.dirname, 'logs_walk.py')
  const ended = await run('python3', ['-B', script], environmentOf(server))
  assert.equal(ended.code, 0, ended.stderr)
})

test('the AWS CLI writes and reads logs, and tails them where it can', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using server = await start()
  const aws = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('aws', ['logs', ...args], environmentOf(server))
    assert.equal(code, 0, stderr)
    return stdout
  }
  const now = server.clock.now()
  const at = ['--log-group-name', '/app/cli', '--log-stream-name', 's']
  await aws('create-log-group', '--log-group-name', '/app/cli')
  await aws('create-log-stream', ...at)
  const events = [now - 1, now].map((timestamp, n) => ({ timestamp, message: `line ${n}` }))
  await aws('put-log-events', ...at, '--log-events', JSON.stringify(events))
  const query = ['--query', 'events[].message', '--output', 'text']
  assert.equal(await aws('get-log-events', ...at, ...query), 'line 0\tline 1\n')
  assert.equal(await aws('filter-log-events', ...at.slice(0, 2), '--filter-pattern', '"line 1"', ...query), 'line 1\n')
  // Version 2 has it; the loop that it makes is above, too.
  const tail = await run('aws', ['logs', 'tail', '/app/cli', '--format', 'short'], environmentOf(server))
  if (tail.code === 0) assert.match(tail.stdout, /line 0\n.*line 1\n$/)
  else assert.match(tail.stderr, /Invalid choice|argument operation/)
})
