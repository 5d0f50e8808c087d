import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { start, type Started } from '../../server/test/start.ts'
import { selfSigned } from '../../server/test/certificate.ts'
import { Failure, type Io } from '../command.ts'
import { type Client, connect, connectOther, Refused, type WireSettings } from './client.ts'

/* The wire client against a started server, and against a double where a server must misbehave. */

let server: Started
let folder = ''
let told = ''

/** No file of the machine's own is read. */
const files = () => ({
  AWS_CONFIG_FILE: join(folder, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
})
const keys = () => ({
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
})
const io = (env: Record<string, string>): Io => ({
  out: () => undefined,
  err: (text) => {
    told += text
  },
  env: { ...files(), ...env },
  colour: false,
})
const pauses: number[] = []
const patience = { pause: async (ms: number) => void pauses.push(ms) }
const client = (settings: WireSettings, env: Record<string, string> = {}) => connect(settings, io(env), patience)
const here = () => ({ ...keys(), AWS_ENDPOINT_URL: server.url, AWS_REGION: 'us-east-1' })
const create = (to: Client, Name: string) =>
  to.call<object, { ARN: string }>('secretsmanager', 'CreateSecret', {
    Name,
    SecretString: 'x',
    ClientRequestToken: 'a'.repeat(32),
  })

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-wire-'))
  server = await start()
  writeFileSync(
    join(folder, 'config'),
    `[profile dev]
region = us-east-1
endpoint_url = ${server.url}
[profile by-service]
region = us-east-1
services = local
[services local]
secrets_manager =
  endpoint_url = ${server.url}
[profile nowhere]
endpoint_url = http://127.0.0.1:1
region = eu-west-1
[profile process]
credential_process = printf '{"Version":1,"AccessKeyId":"${server.credentials.accessKeyId}","SecretAccessKey":"${server.credentials.secretAccessKey}"}'
`,
  )
  writeFileSync(
    join(folder, 'credentials'),
    `${['dev', 'by-service']
      .map(
        (name) =>
          `[${name}]\naws_access_key_id=${server.credentials.accessKeyId}\naws_secret_access_key=${server.credentials.secretAccessKey}\n`,
      )
      .join('')}[nowhere]\naws_access_key_id=AKIANOBODY0000000000\naws_secret_access_key=x\n`,
  )
})
after(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

test('address, region and keys come from flags, environment, profile and the files’ section for the service', async () => {
  const ways: [WireSettings, Record<string, string>][] = [
    [{ endpointUrl: server.url, region: 'us-east-1' }, keys()],
    [{}, here()],
    [
      {},
      {
        ...keys(),
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    ],
    [{ profile: 'dev' }, {}],
    [{}, { AWS_PROFILE: 'dev' }],
    [{ profile: 'by-service' }, { AWS_ACCESS_KEY_ID: 'AKIANOBODY0000000000', AWS_SECRET_ACCESS_KEY: 'x' }],
    [{ profile: 'process', endpointUrl: `${server.url}/`, region: 'us-east-1' }, {}],
  ]
  for (const [settings, env] of ways) {
    using to = await client(settings, env)
    assert.deepEqual(await to.call('secretsmanager', 'ListSecrets', {}), { SecretList: [] })
    assert.equal(to.where, `${server.url} (us-east-1)`)
  }
  assert.equal(told, '')
})

test('the other end of a copy: its profile goes before the environment, what it leaves out is as with the first end', async () => {
  const first = { endpointUrl: server.url, region: 'us-east-1' }
  const place = async (settings: WireSettings, env: Record<string, string> = here()) => {
    using other = await connectOther(settings, first, io(env), patience)
    return other.where
  }
  assert.equal(await place({}), `${server.url} (us-east-1)`)
  assert.equal(await place({ profile: 'nowhere' }), 'http://127.0.0.1:1 (eu-west-1)')
  assert.equal(await place({ profile: 'process' }), `${server.url} (us-east-1)`)
  assert.equal(
    await place({ endpointUrl: 'aws', region: 'eu-west-1' }),
    'https://secretsmanager.eu-west-1.amazonaws.com (eu-west-1)',
  )
  assert.equal(
    await place({ endpointUrl: 'aws', region: 'cn-north-1' }),
    'https://secretsmanager.cn-north-1.amazonaws.com.cn (cn-north-1)',
  )
})

test('what is missing or wrong is said before anything is sent, with what to do, and ends with 2', async () => {
  const wrong: [WireSettings, Record<string, string>, RegExp, RegExp][] = [
    [{}, { ...keys(), AWS_REGION: 'us-east-1' }, /^where is the server\?$/, /--endpoint-url URL/],
    [{ endpointUrl: server.url }, keys(), /^in which region\?$/, /AWS_REGION/],
    [{ endpointUrl: server.url, region: 'a.evil/' }, keys(), /^the region is none$/, /us-east-1/],
    [{ endpointUrl: 'ftp://x', region: 'us-east-1' }, keys(), /no http:\/\/ or https:\/\/ address/, /such as/],
    [{ endpointUrl: 'http://user:canary@x', region: 'us-east-1' }, keys(), /more than host, port and path$/, /profile/],
    [{ profile: 'none' }, here(), /^there is no profile none/, /there are: dev, by-service, nowhere, process/],
    [{ caBundle: join(folder, 'no.pem') }, here(), /no\.pem cannot be read$/, /ENOENT/],
  ]
  for (const [settings, env, what, hint] of wrong)
    await assert.rejects(client(settings, env), (error) => {
      assert.ok(error instanceof Failure)
      assert.match(error.message, what)
      assert.match(error.hint ?? '', hint)
      assert.equal(error.code, 2)
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
  await assert.rejects(client({}, { ...here(), AWS_MAX_ATTEMPTS: 'many' }), /AWS_MAX_ATTEMPTS/)
})

test('AWS’s refusals are told with code, text and a hint', async () => {
  using to = await client({}, here())
  await assert.rejects(to.call('secretsmanager', 'GetSecretValue', { SecretId: 'none' }), (error) => {
    assert.ok(error instanceof Refused)
    assert.equal(error.aws, 'ResourceNotFoundException')
    assert.equal(
      error.message,
      "GetSecretValue: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    )
    assert.match(error.requestId ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(error.code, 1)
    return true
  })
  using stranger = await client({}, { ...here(), AWS_ACCESS_KEY_ID: 'AKIANOBODY0000000000' })
  await assert.rejects(create(stranger, 'a'), {
    aws: 'UnrecognizedClientException',
    hint: /does not know this access key/,
  })
  using forger = await client({}, { ...here(), AWS_SECRET_ACCESS_KEY: 'x' })
  await assert.rejects(create(forger, 'a'), { aws: 'InvalidSignatureException', hint: /is another one/ })
  using nobody = await client({ profile: 'nowhere' })
  await assert.rejects(create(nobody, 'a'), {
    message: 'nobody listens at http://127.0.0.1:1',
    hint: /is the server up/,
  })
  assert.deepEqual(pauses, [])
})

test('a page follows the other until the last; an empty body is an answer without members', async () => {
  using to = await client({}, here())
  for (const at of [1, 2, 3])
    await to.call('secretsmanager', 'CreateSecret', { Name: `p/${at}`, ClientRequestToken: `${at}`.repeat(32) })
  assert.deepEqual(
    await to.call('secretsmanager', 'TagResource', { SecretId: 'p/1', Tags: [{ Key: 'a', Value: 'b' }] }),
    {},
  )
  const names: string[] = []
  for await (const { SecretList } of to.pages<object, { NextToken?: string; SecretList: { Name: string }[] }>(
    'secretsmanager',
    'ListSecrets',
    { MaxResults: 1, Filters: [{ Key: 'name', Values: ['p/'] }] },
  ))
    names.push(...SecretList.map(({ Name }) => Name))
  assert.deepEqual(names.sort(), ['p/1', 'p/2', 'p/3'])
})

/** A server that answers as it is told, one answer after the other. */
async function double(answers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  let asked = 0
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += piece
    })
    request.on('end', () => {
      bodies.push(body)
      answers[Math.min(asked++, answers.length - 1)]?.(request, response)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    bodies,
    [Symbol.asyncDispose]() {
      server.closeAllConnections()
      return new Promise<void>((closed) => void server.close(() => closed()))
    },
  }
}
const refuses = (status: number, body: string) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(status).end(body)
const throttled = refuses(400, '{"__type":"com.amazonaws#ThrottlingException","message":"Rate exceeded"}')
const fine = refuses(200, '{"ok":true}')
const gone = (request: IncomingMessage) => void request.socket.destroy()

test('throttling, failures of the server and broken connections are tried again, the same request, with growing pauses', async () => {
  await using odd = await double([throttled, refuses(503, ''), gone, throttled, fine])
  pauses.length = 0
  using to = await client({ endpointUrl: odd.url }, here())
  assert.deepEqual(await to.call('secretsmanager', 'PutSecretValue', { ClientRequestToken: 'one' }), { ok: true })
  assert.equal(odd.asked(), 5)
  assert.deepEqual(new Set(odd.bodies), new Set(['{"ClientRequestToken":"one"}']))
  assert.equal(pauses.length, 4)
  const [first = 0, second = 0, third = 0, fourth = 0] = pauses
  assert.ok(first >= 1000 && first <= 2000 && second >= 200 && second <= 400, String(pauses))
  assert.ok(third >= 400 && third <= 800 && fourth >= 8000 && fourth <= 16_000, String(pauses))
})

test('patience ends: AWS_MAX_ATTEMPTS says when', async () => {
  await using odd = await double([throttled])
  using to = await client({ endpointUrl: odd.url }, { ...here(), AWS_MAX_ATTEMPTS: '2' })
  await assert.rejects(to.call('secretsmanager', 'ListSecrets', {}), { aws: 'ThrottlingException', hint: /patience/ })
  assert.equal(odd.asked(), 2)
})

test('answers that are none: nothing of them reaches a terminal as it is, and no value is quoted', async () => {
  const odd: [(request: IncomingMessage, response: ServerResponse) => void, RegExp][] = [
    [refuses(200, '<html>canary'), /answer is not of AWS's wire$/],
    [refuses(200, '[1]'), /answer is not of AWS's wire$/],
    [refuses(404, '<html>canary'), /^ListSecrets: HTTP status 404: no reason was given$/],
    [
      refuses(400, '{"__type":"Bad\\u001b[31m","message":"red \\u001b[31m\\u202e"}'),
      /HTTP status 400: red \\u001b\[31m\\u202e$/,
    ],
    [refuses(307, ''), /HTTP status 307/],
  ]
  for (const [answer, what] of odd) {
    await using end = await double([answer])
    using to = await client({ endpointUrl: end.url }, here())
    await assert.rejects(to.call('secretsmanager', 'ListSecrets', {}), (error) => {
      assert.ok(error instanceof Failure)
      assert.match(error.message, what)
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
    assert.equal(end.asked(), 1)
  }
})

test('a clock that differs from the server’s is corrected once by its answer', async () => {
  await using behind = await start({ standing: true, hoursAgo: 30 })
  using to = await client(
    { endpointUrl: behind.url, region: 'us-east-1' },
    { AWS_ACCESS_KEY_ID: behind.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: behind.credentials.secretAccessKey },
  )
  assert.deepEqual(await to.call('secretsmanager', 'ListSecrets', {}), { SecretList: [] })
})

test('TLS: who signed the certificate must be trusted, by --ca-bundle or AWS_CA_BUNDLE', async () => {
  const [certificatePath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const { certificate, key } = selfSigned()
  writeFileSync(certificatePath, certificate)
  writeFileSync(keyPath, key, { mode: 0o600 })
  await using safe = await start({ tls: { certificatePath, keyPath } })
  const env = {
    AWS_ACCESS_KEY_ID: safe.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: safe.credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
  }
  using distrusting = await client({ endpointUrl: safe.url }, env)
  await assert.rejects(distrusting.call('secretsmanager', 'ListSecrets', {}), { hint: /--ca-bundle/ })
  for (const [settings, more] of [
    [{ caBundle: certificatePath }, {}],
    [{}, { AWS_CA_BUNDLE: certificatePath }],
  ] as const) {
    using to = await client({ endpointUrl: safe.url, ...settings }, { ...env, ...more })
    assert.deepEqual(await to.call('secretsmanager', 'ListSecrets', {}), { SecretList: [] })
  }
})

test('a connection in the clear that leaves the machine is warned of', async () => {
  told = ''
  using _to = await client({ endpointUrl: 'http://secrets.example.com', region: 'us-east-1' }, keys())
  assert.equal(told, 'warning: http://secrets.example.com is not encrypted: who is on the way can read values\n')
})

test('a role of a profile is assumed at the server where the secrets are, and its refusal is told', async () => {
  const iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials })
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement })
  const trust = (Action: string) => document({ Effect: 'Allow', Principal: { AWS: server.account }, Action })
  await iam.createUser({ UserName: 'person' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'person' })
  const assume = document({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' })
  await iam.putUserPolicy({ UserName: 'person', PolicyName: 'assume', PolicyDocument: assume })
  for (const [RoleName, Action] of [
    ['lister', 'sts:AssumeRole'],
    ['closed', 'sts:TagSession'],
  ] as const) {
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust(Action) })
    const list = document({ Effect: 'Allow', Action: 'secretsmanager:ListSecrets', Resource: '*' })
    await iam.putRolePolicy({ RoleName, PolicyName: 'list', PolicyDocument: list })
  }
  iam.destroy()
  const config = join(folder, 'roles')
  const section = (name: string) =>
    `[profile ${name}]\nrole_arn = arn:aws:iam::${server.account}:role/${name}\nsource_profile = person\n`
  const person = `[profile person]\naws_access_key_id = ${AccessKey?.AccessKeyId}\naws_secret_access_key = ${AccessKey?.SecretAccessKey}\n`
  writeFileSync(config, section('lister') + section('closed') + person)
  const env = { AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL: server.url, AWS_REGION: 'us-east-1' }
  using lister = await client({ profile: 'lister' }, env)
  const { SecretList } = await lister.call<object, { SecretList: object[] }>('secretsmanager', 'ListSecrets', {})
  assert.equal(SecretList.length, 3)
  await assert.rejects(create(lister, 'a'), { aws: 'AccessDeniedException', message: /assumed-role\/lister\// })
  using closed = await client({ profile: 'closed' }, env)
  await assert.rejects(create(closed, 'a'), {
    message: /^the role arn:.*:role\/closed cannot be assumed: AccessDenied: /,
  })
})
