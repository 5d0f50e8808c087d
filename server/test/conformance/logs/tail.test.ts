import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CloudWatchLogs,
  type LiveTailSessionLogEvent,
  type StartLiveTailCommandInput,
  type StartLiveTailResponseStream,
} from '@aws-sdk/client-cloudwatch-logs'
import { IAM } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import { type Started, start } from '../../start.ts'
import { available } from '../tool.ts'

/** StartLiveTail by unmodified clients. They write to the host `stream-<host>` unless they are told not to. */

const howOf = ({ url: endpoint }: Started) => ({
  ...{ endpoint, region: 'us-east-1', maxAttempts: 1, disableHostPrefix: true },
})
const arnOf = ({ account }: Started, name: string) => `arn:aws:logs:us-east-1:${account}:log-group:${name}`

async function world() {
  const server = await start()
  const root = new CloudWatchLogs({ ...howOf(server), credentials: server.credentials })
  const iam = new IAM({ ...howOf(server), credentials: server.credentials })
  for (const logGroupName of ['/a', '/b']) {
    await root.createLogGroup({ logGroupName })
    await root.createLogStream({ logGroupName, logStreamName: 's' })
  }
  const user = async (UserName: string, Resource: string) => {
    await iam.createUser({ UserName })
    const Statement = [{ Effect: 'Allow', Action: 'logs:StartLiveTail', Resource }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument })
    const { AccessKeyId = '', SecretAccessKey = '' } = (await iam.createAccessKey({ UserName })).AccessKey ?? {}
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
    return { AccessKeyId, logs: new CloudWatchLogs({ ...howOf(server), credentials }) }
  }
  const put = (logGroupName: string, ...messages: string[]) => {
    const logEvents = messages.map((message) => ({ timestamp: server.clock.now(), message }))
    return root.putLogEvents({ logGroupName, logStreamName: 's', logEvents })
  }
  return { server, root, iam, user, put, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** A session that has begun. */
async function tail(logs: CloudWatchLogs, input: StartLiveTailCommandInput) {
  const { responseStream } = await logs.startLiveTail(input)
  assert.ok(responseStream)
  const events = responseStream[Symbol.asyncIterator]()
  const first = (await events.next()).value as StartLiveTailResponseStream
  assert.deepEqual(first.sessionStart?.logGroupIdentifiers, input.logGroupIdentifiers)
  return {
    /** The next so many events; fails when the session ends before. */
    async results(count: number): Promise<LiveTailSessionLogEvent[]> {
      const found: LiveTailSessionLogEvent[] = []
      while (found.length < count) {
        const { value, done } = await events.next()
        assert.ok(done !== true, 'the session ended')
        found.push(...((value as StartLiveTailResponseStream).sessionUpdate?.sessionResults ?? []))
      }
      return found
    },
    /** Settles when it ends, rejects with what it ends by. */
    async end(): Promise<void> {
      while ((await events.next()).done !== true);
    },
    close: () => events.return?.(undefined),
  }
}

test('the JS SDK tails two groups, and what a pattern takes, while they are written to', async () => {
  await using one = await world()
  const { root, server } = one
  const both = await tail(root, { logGroupIdentifiers: [arnOf(server, '/a'), arnOf(server, '/b')] })
  const errors = await tail(root, {
    logGroupIdentifiers: [arnOf(server, '/a')],
    logEventFilterPattern: 'ERROR',
    logStreamNamePrefixes: ['s'],
  })
  await one.put('/a', 'INFO one')
  await one.put('/b', 'ERROR two')
  await one.put('/a', 'ERROR three')
  const seen = await both.results(3)
  assert.deepEqual(seen.map(({ message }) => message).sort(), ['ERROR three', 'ERROR two', 'INFO one'])
  assert.equal(seen[0]?.logGroupIdentifier, `${server.account}:/a`)
  assert.deepEqual(
    (await errors.results(1)).map(({ message }) => message),
    ['ERROR three'],
  )
  // Events behind those of the first second come, too.
  await one.put('/b', 'four')
  assert.deepEqual(
    (await both.results(1)).map(({ message }) => message),
    ['four'],
  )
  await Promise.all([both.close(), errors.close()])
  await assert.rejects(root.startLiveTail({ logGroupIdentifiers: [arnOf(server, '/none')] }), {
    name: 'ResourceNotFoundException',
  })
  await assert.rejects(root.startLiveTail({ logGroupIdentifiers: [] }), { name: 'InvalidParameterException' })
})

test('a session needs permission on each group, and ends when that, the key or the session is no more', async () => {
  await using one = await world()
  const { server, iam } = one
  const group = { logGroupIdentifiers: [arnOf(server, '/a')] }
  const mine = await one.user('mine', `${arnOf(server, '/a')}:*`)
  const other = await one.user('other', `${arnOf(server, '/a')}:*`)
  await assert.rejects(mine.logs.startLiveTail({ logGroupIdentifiers: [arnOf(server, '/a'), arnOf(server, '/b')] }), {
    name: 'AccessDeniedException',
    message: /logs:StartLiveTail on resource: .*:log-group:\/b:log-stream: /,
  })
  const [revoked, forbidden] = [await tail(mine.logs, group), await tail(other.logs, group)]
  await one.put('/a', 'x')
  await Promise.all([revoked.results(1), forbidden.results(1)])
  await iam.updateAccessKey({ UserName: 'mine', AccessKeyId: mine.AccessKeyId, Status: 'Inactive' })
  await iam.deleteUserPolicy({ UserName: 'other', PolicyName: 'p' })
  await one.put('/a', 'not for them')
  await assert.rejects(revoked.end(), {
    name: 'SessionStreamingException',
    message: 'The security token included in the request is invalid.',
  })
  await assert.rejects(forbidden.end(), { name: 'SessionStreamingException', message: /is not authorized to perform/ })
})

test('a session of temporary credentials ends with them', async () => {
  await using one = await world()
  const { server } = one
  const sts = new STS({ ...howOf(server), credentials: server.credentials })
  const { Credentials: made } = await sts.getSessionToken({ DurationSeconds: 900 })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '', SessionToken } = made ?? {}
  const credentials = { accessKeyId, secretAccessKey, sessionToken: SessionToken ?? '' }
  const logs = new CloudWatchLogs({ ...howOf(server), credentials })
  const session = await tail(logs, { logGroupIdentifiers: [arnOf(server, '/a')] })
  await server.clock.advance({ minutes: 15 })
  await assert.rejects(session.end(), {
    name: 'SessionStreamingException',
    message: 'The security token included in the request is expired',
  })
})

test('fifteen sessions at a time; their time is three hours; a server that closes says so', async () => {
  const one = await world()
  const { server, root } = one
  const group = { logGroupIdentifiers: [arnOf(server, '/a')] }
  const all = await Promise.all(Array.from({ length: 15 }, () => tail(root, group)))
  await assert.rejects(root.startLiveTail(group), { name: 'LimitExceededException' })
  const ends = all.map((each) => assert.rejects(each.end(), { name: 'SessionTimeoutException' }))
  await server.clock.advance({ hours: 3 })
  await Promise.all(ends)
  root.config.systemClockOffset = server.clock.now() - Date.now()
  const last = await tail(root, group)
  const end = assert.rejects(last.end(), {
    name: 'SessionStreamingException',
    message: 'The server is closing the session.',
  })
  await server[Symbol.asyncDispose]()
  await end
})

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

/** A program that runs beside the test. */
function program(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  let text = ''
  let errors = ''
  child.stdout.on('data', (piece: Buffer) => {
    text += piece
  })
  child.stderr.on('data', (piece: Buffer) => {
    errors += piece
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  return {
    ended: async () => ({ code: (await ended)[0], text, errors }),
    async until(pattern: RegExp) {
      while (!pattern.test(text)) {
        assert.equal(child.exitCode, null, errors)
        await Promise.race([once(child.stdout, 'data'), ended])
      }
    },
  }
}

test('boto3 tails', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  await using server = await start()
  const walk = program('python3', ['-B', join(import.meta.dirname, 'live_tail.py')], environmentOf(server))
  await walk.until(/tailing/)
  await server.clock.advance({ hours: 3 })
  const { code, errors } = await walk.ended()
  assert.equal(code, 0, errors)
})

test('aws logs start-live-tail prints what comes, and ends with the session', async (t) => {
  if (!(await available(t, 'aws', ['logs', 'start-live-tail', 'help']))) return
  await using one = await world()
  const { server } = one
  const aws = program('aws', ['logs', 'start-live-tail', '--log-group-identifiers', arnOf(server, '/a')], {
    ...environmentOf(server),
    AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
  })
  while (!server.log().includes('StartLiveTail')) await delay(50)
  await one.put('/a', 'for the CLI')
  await aws.until(/for the CLI\n/)
  await server.clock.advance({ hours: 3 })
  const { code, text } = await aws.ended()
  assert.equal(code, 0)
  assert.match(text, /SessionTimeoutException/)
})
