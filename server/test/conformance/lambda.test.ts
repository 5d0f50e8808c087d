import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { zip } from '../../runtime/test/zip.ts'
import type { Invocation, Runnable, Sandboxes } from '../../services/lambda/sandboxes.ts'
import { signed } from '../registry/client.ts'
import { type Started, start } from '../start.ts'
import { refused } from './session.ts'
import { available, run } from './tool.ts'

/**
 * Lambda as its users see it: the unmodified SDK and the AWS CLI against a started server; what would run is played by the test.
 * Sources: rotation.md 14, surroundings.md 0, access.md 1.
 */

let server: Started
let lambda: Lambda
let role = ''
let answer: (runnable: Runnable, invocation: Invocation) => Promise<unknown> = async () => null
const sandboxes: Sandboxes = {
  async run(runnable, invocation) {
    const payload = Buffer.from(JSON.stringify(await answer(runnable, invocation)))
    return { functionError: undefined, payload, logTail: Buffer.from('END'), hide: (text: string) => text }
  },
}

before(async () => {
  server = await start({ sandboxes })
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  lambda = new Lambda(config)
  const iam = new IAM(config)
  const Principal = { Service: 'lambda.amazonaws.com' }
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }]
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  role = (await iam.createRole({ RoleName: 'runs', AssumeRolePolicyDocument })).Role?.Arn ?? ''
  iam.destroy()
})
after(async () => {
  lambda.destroy()
  await server[Symbol.asyncDispose]()
})

const code = (text = 'exports.handler = async () => null') => zip({ 'index.js': text })
const made = (FunctionName: string, more = {}) =>
  lambda.createFunction({
    FunctionName,
    Role: role,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: code() },
    ...more,
  })

test('the SDK makes a function, waits for it, invokes it by every name and fetches its code', async () => {
  const { FunctionArn = '' } = await made('walk', { Publish: true, Environment: { Variables: { AA: 'b' } } })
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 10 }, { FunctionName: 'walk' })
  await lambda.createAlias({
    FunctionName: 'walk',
    Name: 'live',
    FunctionVersion: '1',
    RoutingConfig: { AdditionalVersionWeights: {} },
  })
  answer = async ({ invokedArn }, { payload }) => ({ invokedArn, got: JSON.parse(Buffer.from(payload).toString()) })
  const unqualified = FunctionArn.replace(/:1$/, '')
  const invoked = async (FunctionName: string, Qualifier?: string) => {
    const out = await lambda.invoke({
      FunctionName,
      ...(Qualifier && { Qualifier }),
      Payload: '{"n":"ü"}',
      LogType: 'Tail',
    })
    assert.equal(out.LogResult, Buffer.from('END').toString('base64'))
    return [out.ExecutedVersion, JSON.parse(Buffer.from(out.Payload ?? []).toString())]
  }
  const got = { n: 'ü' }
  assert.deepEqual(await invoked('walk'), ['$LATEST', { invokedArn: unqualified, got }])
  assert.deepEqual(await invoked(`${unqualified}:live`), ['1', { invokedArn: `${unqualified}:live`, got }])
  assert.deepEqual(await invoked(`${server.account}:function:walk`, '1'), [
    '1',
    { invokedArn: `${unqualified}:1`, got },
  ])
  assert.deepEqual(await invoked('walk', '$LATEST'), ['$LATEST', { invokedArn: `${unqualified}:$LATEST`, got }])
  const { Code } = await lambda.getFunction({ FunctionName: 'walk' })
  const zipped = await fetch(Code?.Location ?? '')
  assert.deepEqual(Buffer.from(await zipped.arrayBuffer()), code())
  const stranger = await fetch(`${Code?.Location}x`)
  assert.deepEqual([stranger.status, await stranger.text()], [403, '<Error><Code>AccessDenied</Code></Error>'])
  assert.deepEqual((await lambda.listTags({ Resource: unqualified })).Tags, {})
  await lambda.tagResource({ Resource: unqualified, Tags: { a: '1', b: '2' } })
  await lambda.untagResource({ Resource: unqualified, TagKeys: ['a', 'x'] })
  assert.deepEqual((await lambda.listTags({ Resource: unqualified })).Tags, { b: '2' })
  const deleted = await lambda.deleteFunction({ FunctionName: 'walk' })
  assert.equal(deleted.$metadata.httpStatusCode, 204)
})

test('refusals carry code, status and what belongs to them', async () => {
  await made('refusing')
  await refused(made('refusing'), 'ResourceConflictException', 'Function already exist: refusing', 409)
  await refused(lambda.getFunction({ FunctionName: 'gone' }), 'ResourceNotFoundException', /^Function not found: /, 404)
  await refused(
    lambda.getAlias({ FunctionName: 'refusing', Name: 'x' }),
    'ResourceNotFoundException',
    /^Cannot find alias arn: /,
    404,
  )
  await refused(
    made('bad', { MemorySize: 64 }),
    'ValidationException',
    /^1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: /,
  )
  await refused(
    lambda.updateFunctionCode({ FunctionName: 'refusing', ZipFile: code('x'), RevisionId: 'no' }),
    'PreconditionFailedException',
    undefined,
    412,
  )
  await lambda.putFunctionConcurrency({ FunctionName: 'refusing', ReservedConcurrentExecutions: 0 })
  await assert.rejects(
    new Lambda({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials, maxAttempts: 1 }).invoke({
      FunctionName: 'refusing',
    }),
    (error: { name: string; Reason?: string; $metadata: { httpStatusCode?: number } }) => {
      assert.equal(error.name, 'TooManyRequestsException')
      assert.equal(error.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded')
      assert.equal(error.$metadata.httpStatusCode, 429)
      return true
    },
  )
})

/** Sends a signed request of one's own. */
async function raw(
  method: string,
  target: string,
  more: { headers?: Record<string, string>; body?: string; service?: string } = {},
) {
  const { headers = {}, body = '', service = 'lambda' } = more
  const signing = { credentials: server.credentials, service, at: server.clock.now() }
  const outgoing = signed(server.port, { method, target, headers, body }, signing)
  return new Promise<{ status: number; type: string | undefined; text: string }>((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port: server.port,
        method,
        path: target,
        headers: { ...outgoing.headers, 'content-length': Buffer.byteLength(body) },
      },
      (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            type: res.headers['x-amzn-errortype'] as string | undefined,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    req.on('error', reject)
    req.end(body)
  })
}

test('the wire of errors is the one of rotation.md 14.1', async () => {
  const missing = await raw('GET', '/2015-03-31/functions/nobody')
  const arn = `arn:aws:lambda:us-east-1:${server.account}:function:nobody`
  assert.deepEqual(
    [missing.status, missing.type, JSON.parse(missing.text)],
    [404, 'ResourceNotFoundException', { Type: 'User', Message: `Function not found: ${arn}` }],
  )
  const bad = await raw('POST', '/2015-03-31/functions', {
    body: '{"FunctionName":',
    headers: { 'content-type': 'application/json' },
  })
  assert.deepEqual([bad.status, bad.type], [400, 'InvalidRequestContentException'])
  assert.match(bad.text, /^\{"Type":"User","message":"Could not parse request body into json: /)
  const broken = await raw('GET', '/2015-03-31/functions?MaxItems=0')
  assert.deepEqual([broken.status, broken.type], [400, 'ValidationException'])
  assert.match(broken.text, /^\{"message":"1 validation error detected: Value '0' at 'maxItems'/)
  const number = await raw('GET', '/2015-03-31/functions?MaxItems=many')
  assert.equal(number.type, 'SerializationException')
  const scoped = await raw('GET', '/2015-03-31/functions', { service: 'kms' })
  assert.deepEqual([scoped.status, scoped.type], [403, 'InvalidSignatureException'])
})

test('hostile paths name nothing, whatever was signed', async () => {
  await made('target')
  for (const target of [
    '/2015-03-31/functions/x/../target',
    '/2015-03-31/functions//target',
    '/2015-03-31/./functions/target',
    '/2015-03-31/functions/target/..',
    `/2015-03-31/functions/${'a/'.repeat(4000)}`,
    '/2015-03-31/functions/target/configuration/more',
    '/2015-03-31',
    '//2015-03-31/functions',
  ])
    assert.equal((await raw('GET', target)).status >= 400, true, target.slice(0, 80))
  // One segment stays one, whatever is in it.
  for (const label of ['..%2Ftarget', 'target%2Fconfiguration', 'target%00', '%ff', '%zz', '%'])
    assert.equal((await raw('GET', `/2015-03-31/functions/${label}`)).status, 400, label)
  assert.equal((await raw('GET', '/2015-03-31/functions/%2e%2e')).status, 404)
  assert.equal((await raw('GET', '/2015-03-31/functions/target')).status, 200)
  assert.equal((await raw('GET', '/2015-03-31/functions/')).status, 200)
})

test('headers that are acted on must be signed, and come once', async () => {
  await made('signed')
  const signing = { credentials: server.credentials, service: 'lambda', at: server.clock.now() }
  const target = '/2015-03-31/functions/signed/invocations'
  const outgoing = signed(server.port, { target }, signing)
  const answered = await fetch(`${server.url}${target}`, {
    method: 'POST',
    headers: { ...(outgoing.headers as Record<string, string>), 'x-amz-invocation-type': 'Event' },
  })
  assert.equal(answered.status, 403)
  assert.deepEqual(await answered.json(), {
    message: "'x-amz-invocation-type' must be a 'SignedHeader' in the AWS Authorization.",
  })
})

test('code up to 50 MB; more is refused, and nobody else may send bodies of that size', async () => {
  const noise = randomBytes(7_000_000)
  await made('large', {
    Code: {
      ZipFile: zip([
        { name: 'noise', content: noise },
        { name: 'index.js', content: '' },
      ]),
    },
  })
  assert.ok(((await lambda.getFunctionConfiguration({ FunctionName: 'large' })).CodeSize ?? 0) > 7_000_000)
  const big = `{"FunctionName":"${'x'.repeat(1_100_000)}"}`
  const unsigned = await fetch(`${server.url}/2015-03-31/functions`, { method: 'POST', body: big })
  assert.equal(unsigned.status, 413)
  const other = await raw('POST', '/2015-03-31/functions', { body: big, service: 'kms' }).catch(() => undefined)
  assert.ok(other === undefined || other.status === 413)
  const alias = await raw('POST', '/2015-03-31/functions/large/aliases', { body: big }).catch(() => undefined)
  assert.ok(alias === undefined || alias.status === 413)
  const declared = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const outgoing = signed(
      server.port,
      { target: '/2015-03-31/functions' },
      { credentials: server.credentials, service: 'lambda', at: server.clock.now() },
    )
    const headers = { ...outgoing.headers, 'content-length': 70_167_212 }
    const req = request(
      { host: '127.0.0.1', port: server.port, method: 'POST', path: '/2015-03-31/functions', headers },
      (res) => {
        let text = ''
        res.on('data', (chunk: Buffer) => {
          text += chunk
          if (text.endsWith('}')) {
            resolve({ status: res.statusCode, text })
            req.destroy()
          }
        })
        res.on('error', () => undefined)
      },
    )
    req.on('error', reject)
    req.write('{')
  })
  assert.deepEqual(declared, {
    status: 413,
    text: '{"Type":"User","message":"Request must be smaller than 70167211 bytes for the CreateFunction operation"}',
  })
})

test('a function of a user rotates a secret: the event is the one of AWS, and what it fails with is told', async () => {
  const secrets = new SecretsManager({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials })
  const { FunctionArn: RotationLambdaARN = '' } = await made('rotator')
  const { ARN = '' } = await secrets.createSecret({ Name: 'mine', SecretString: 'first' })
  const rotation = { SecretId: ARN, RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 30 } }
  const text =
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.'
  await refused(secrets.rotateSecret(rotation), 'AccessDeniedException', text)
  const allow = { FunctionName: 'rotator', Action: 'lambda:InvokeFunction', Principal: 'secretsmanager.amazonaws.com' }
  await lambda.addPermission({ ...allow, StatementId: 'other', SourceAccount: '444455556666' })
  await refused(secrets.rotateSecret(rotation), 'AccessDeniedException', text)
  await lambda.addPermission({ ...allow, StatementId: 'own', SourceArn: ARN })
  const events: Record<string, string>[] = []
  answer = async (_, { payload, hidden }) => {
    const event = JSON.parse(Buffer.from(payload).toString()) as Record<string, string>
    events.push(event)
    assert.deepEqual(
      hidden?.map((each) => each.reveal()),
      [event.RotationToken],
    )
    const { SecretId = '', ClientRequestToken = '' } = event
    if (event.Step === 'createSecret')
      await secrets.putSecretValue({
        SecretId,
        ClientRequestToken,
        SecretString: 'second',
        VersionStages: ['AWSPENDING'],
      })
    if (event.Step === 'finishSecret') {
      const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
      const current = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0] ?? ''
      await secrets.updateSecretVersionStage({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: ClientRequestToken,
        RemoveFromVersionId: current,
      })
    }
    return 'ignored'
  }
  const { VersionId } = await secrets.rotateSecret(rotation)
  await server.inside.runner.runDue(server.clock.now())
  while ((await secrets.getSecretValue({ SecretId: ARN })).SecretString !== 'second') await new Promise(setImmediate)
  assert.deepEqual(
    events.map(({ Step }) => Step),
    ['createSecret', 'setSecret', 'testSecret', 'finishSecret'],
  )
  for (const { SecretId, ClientRequestToken } of events)
    assert.deepEqual([SecretId, ClientRequestToken], [ARN, VersionId])
  secrets.destroy()
})

test('the AWS CLI: create-function, wait, invoke, add-permission, list and delete', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-cli-'))
  try {
    const file = join(folder, 'code.zip')
    writeFileSync(file, code())
    const environment = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: server.url,
      PYENV_ROOT: process.env.PYENV_ROOT ?? join(process.env.HOME ?? '', '.pyenv'),
    }
    const aws = async (...args: string[]) => {
      const ended = await run('aws', ['lambda', ...args], environment)
      assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stderr}`)
      return ended.stdout === '' ? undefined : JSON.parse(ended.stdout)
    }
    const how = ['--runtime', 'nodejs24.x', '--handler', 'index.handler', '--role', role]
    const created = await aws(
      'create-function',
      '--function-name',
      'cli',
      ...how,
      '--zip-file',
      `fileb://${file}`,
      '--environment',
      'Variables={AA=b}',
    )
    assert.equal(created.CodeSize, code().length)
    await aws('wait', 'function-active-v2', '--function-name', 'cli')
    answer = async () => ({ ok: true })
    const out = join(folder, 'out.json')
    const invoked = await aws(
      'invoke',
      '--function-name',
      created.FunctionArn,
      '--payload',
      '{}',
      '--log-type',
      'Tail',
      out,
    )
    assert.deepEqual(invoked, { StatusCode: 200, LogResult: 'RU5E', ExecutedVersion: '$LATEST' })
    assert.equal(readFileSync(out, 'utf8'), '{"ok":true}')
    const permission = [
      '--statement-id',
      's',
      '--action',
      'lambda:InvokeFunction',
      '--principal',
      'secretsmanager.amazonaws.com',
      '--source-account',
      server.account,
    ]
    assert.match(
      (await aws('add-permission', '--function-name', 'cli', ...permission)).Statement,
      /"AWS:SourceAccount"/,
    )
    await aws('update-function-configuration', '--function-name', 'cli', '--timeout', '30')
    await aws('wait', 'function-updated-v2', '--function-name', 'cli')
    const { Functions } = await aws('list-functions')
    assert.ok(
      Functions.some(
        ({ FunctionName, Timeout }: { FunctionName: string; Timeout: number }) =>
          FunctionName === 'cli' && Timeout === 30,
      ),
    )
    await aws('remove-permission', '--function-name', 'cli', '--statement-id', 's')
    await aws('delete-function', '--function-name', 'cli')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
