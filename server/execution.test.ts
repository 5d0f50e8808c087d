import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { IAM } from '@aws-sdk/client-iam'
import { type CreateFunctionRequest, Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { NoExecution, whyNotRun } from './execution.ts'
import { endpointOf } from './runtime/endpoint.ts'
import { zip } from './runtime/test/zip.ts'
import { selfSigned } from './test/certificate.ts'
import { start } from './test/start.ts'

// Functions as users have them: through the wire, in real processes, with credentials of a real role.

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const READ = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
})

/** Calls Secrets Manager by hand, without an SDK in the zip: signed as AWS does it. */
const CLIENT = `
import { createHash, createHmac } from 'node:crypto'
const hash = (text) => createHash('sha256').update(text).digest('hex')
const mac = (key, text) => createHmac('sha256', key).update(text).digest()
export async function call(operation, input) {
  const { env } = process
  const url = new URL(env.SECRETS_MANAGER_ENDPOINT)
  const date = new Date().toISOString().replace(/[-:]|\\.\\d{3}/g, '')
  const scope = [date.slice(0, 8), env.AWS_REGION, 'secretsmanager', 'aws4_request']
  const headers = { host: url.host, 'x-amz-date': date, 'x-amz-security-token': env.AWS_SESSION_TOKEN, 'x-amz-target': 'secretsmanager.' + operation }
  const names = Object.keys(headers).sort()
  const body = JSON.stringify(input)
  const canonical = ['POST', '/', '', ...names.map((name) => name + ':' + headers[name]), '', names.join(';'), hash(body)].join('\\n')
  const key = scope.reduce((key, part) => mac(key, part), 'AWS4' + env.AWS_SECRET_ACCESS_KEY)
  const signature = mac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), hash(canonical)].join('\\n')).toString('hex')
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + env.AWS_ACCESS_KEY_ID + '/' + scope.join('/') + ', SignedHeaders=' + names.join(';') + ', Signature=' + signature
  const answer = await fetch(url, { method: 'POST', body, headers: { ...headers, authorization, 'content-type': 'application/x-amz-json-1.1' } })
  return { status: answer.status, ...(await answer.json()) }
}
`

async function world(options: Parameters<typeof start>[0] = {}, client: object = {}) {
  const server = await start({ execution: { interpreters: { node: [process.execPath], python: [] } }, ...options })
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials, ...client }
  const clients = { iam: new IAM(config), lambda: new Lambda(config), secrets: new SecretsManager(config) }
  const { Role } = await clients.iam.createRole({ RoleName: 'fn', AssumeRolePolicyDocument: TRUST })
  await clients.iam.putRolePolicy({ RoleName: 'fn', PolicyName: 'read', PolicyDocument: READ })
  const create = (source: string, more: Partial<CreateFunctionRequest> = {}) =>
    clients.lambda.createFunction({
      ...{ FunctionName: 'fn', Runtime: 'nodejs24.x', Handler: 'index.handler', Role: Role?.Arn ?? '', Timeout: 20 },
      Code: { ZipFile: zip({ 'index.mjs': source, 'client.mjs': CLIENT }) },
      ...more,
    })
  const invoke = async (event: unknown = {}) => {
    const out = await clients.lambda.invoke({ FunctionName: 'fn', Payload: JSON.stringify(event), LogType: 'Tail' })
    const text = Buffer.from(out.Payload ?? []).toString()
    return {
      answer: JSON.parse(text),
      failed: out.FunctionError,
      tail: Buffer.from(out.LogResult ?? '', 'base64').toString(),
    }
  }
  return {
    ...{ server, create, invoke, ...clients },
    async [Symbol.asyncDispose]() {
      for (const client of Object.values(clients)) client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

const READING = `import { call } from './client.mjs'
export const handler = async ({ name }) => {
  const value = await call('GetSecretValue', { SecretId: name })
  console.log('value is', value.SecretString)
  return value
}`

test('a function acts as its role, and what it reads is not in its log', async () => {
  await using one = await world()
  await one.secrets.createSecret({ Name: 'db', SecretString: '{"username":"app","password":"hunter2-of-the-app"}' })
  await one.create(READING)
  const { answer, tail } = await one.invoke({ name: 'db' })
  assert.equal(JSON.parse(answer.SecretString).password, 'hunter2-of-the-app')
  assert.match(tail, /\tINFO\tvalue is \*\*\*\*\n/)
  assert.ok(!tail.includes('hunter2'))
  const { storage, logs } = one.server.inside
  let stored = ''
  while (!stored.includes('REPORT')) {
    const asked = { account: one.server.account, region: 'us-east-1', group: '/aws/lambda/fn' }
    const events = await storage.unit('read', (unit) => logs.reader.since(unit, asked, 0))
    stored = events.map(({ message }) => message).join('')
    await delay(20)
  }
  assert.match(stored, /value is \*\*\*\*/)
  assert.equal((await storage.unit('read', (unit) => logs.reader.groups(unit, '/aws/lambda/'))).length, 1)
})

test('assuming the role is in the trail, as a call of lambda.amazonaws.com; what the function does as one of its role', async () => {
  await using one = await world({ engine: 'file' })
  await one.secrets.createSecret({ Name: 'db', SecretString: 'x' })
  await one.create(READING)
  await one.invoke({ name: 'db' })
  await one.server.inside.trail.sweep()
  const reader = openFileReader(join(one.server.directory ?? '', 'audit.db'))
  const { records } = await reader.last(50)
  await reader.close()
  const seen = records.map(({ record }) => JSON.parse(record))
  const assumed = seen.find(({ eventName }) => eventName === 'AssumeRole')
  assert.equal(assumed.userIdentity.invokedBy, 'lambda.amazonaws.com')
  assert.deepEqual([assumed.sourceIPAddress, assumed.requestParameters.roleSessionName], ['lambda.amazonaws.com', 'fn'])
  const read = seen.find(({ eventName }) => eventName === 'GetSecretValue')
  assert.equal(read.userIdentity.arn, `arn:aws:sts::${one.server.account}:assumed-role/fn/fn`)
})

test('a server with a certificate of its own is reached by its functions', async () => {
  const { certificate, key } = selfSigned()
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
  const tls = { certificatePath: join(folder, 'cert.pem'), keyPath: join(folder, 'key.pem') }
  writeFileSync(tls.certificatePath, certificate)
  writeFileSync(tls.keyPath, key, { mode: 0o600 })
  try {
    await using one = await world({ tls }, { requestHandler: { httpsAgent: { ca: certificate } } })
    const { url } = one.server
    const { certificatePath } = tls
    one.server.inside.reachedAt(endpointOf({ url, setting: undefined, caPath: undefined, certificatePath }))
    await one.secrets.createSecret({ Name: 'db', SecretString: 'value' })
    await one.create(READING)
    assert.equal((await one.invoke({ name: 'db' })).answer.SecretString, 'value')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('functions reach a server that listens everywhere on loopback, by a name that is set, or as it says', () => {
  const at = (url: string, setting?: string) =>
    endpointOf({ url, setting, caPath: undefined, certificatePath: undefined }).url
  assert.equal(at('http://0.0.0.0:4566'), 'http://127.0.0.1:4566')
  assert.equal(at('http://[::]:4566'), 'http://[::1]:4566')
  assert.equal(at('https://127.0.0.1:4566', 'https://secrets.example.com'), 'https://secrets.example.com')
  assert.equal(at('http://127.0.0.1:4566'), 'http://127.0.0.1:4566')
})

test('a role that is deleted ends what a warm sandbox may do at once', async () => {
  await using one = await world()
  await one.secrets.createSecret({ Name: 'db', SecretString: 'value-of-the-secret' })
  await one.create(READING)
  assert.equal((await one.invoke({ name: 'db' })).answer.status, 200)
  await one.iam.deleteRolePolicy({ RoleName: 'fn', PolicyName: 'read' })
  const denied = (await one.invoke({ name: 'db' })).answer
  assert.deepEqual([denied.status, denied.__type], [400, 'AccessDeniedException'])
  await one.iam.deleteRole({ RoleName: 'fn' })
  const gone = await one.invoke({ name: 'db' }).catch((error: Error) => error.name)
  if (typeof gone !== 'string') assert.equal(gone.answer.__type, 'UnrecognizedClientException')
})

test('a changed function does not run in the process of the old one', async () => {
  await using one = await world()
  await one.create('export const handler = async () => "old"')
  assert.equal((await one.invoke()).answer, 'old')
  await one.lambda.updateFunctionCode({
    FunctionName: 'fn',
    ZipFile: zip({ 'index.mjs': 'export const handler = async () => "new " + process.env.WHO' }),
  })
  await one.lambda.updateFunctionConfiguration({ FunctionName: 'fn', Environment: { Variables: { WHO: 'me' } } })
  assert.equal((await one.invoke()).answer, 'new me')
})

test('a server that ends takes its functions along', { skip: process.platform !== 'linux' && 'no Linux' }, async () => {
  const one = await world()
  await one.create('export const handler = async () => process.pid')
  const pid = (await one.invoke()).answer
  assert.match(readFileSync(`/proc/${pid}/status`, 'latin1'), /Name:/)
  await one[Symbol.asyncDispose]()
  assert.throws(() => {
    if (/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) throw new Error('ended')
  })
})

test('without a word of the operator functions run where each has a user of its own, and nowhere else', async () => {
  assert.equal(whyNotRun(undefined, true), undefined)
  assert.match(whyNotRun(undefined, false) ?? '', /could read its data and its seal.*--functions on/)
  assert.equal(whyNotRun(true, false), undefined)
  assert.match(whyNotRun(false, true) ?? '', /turned off/)
  await using one = await world({ execution: undefined, sandboxes: new NoExecution(whyNotRun(undefined, false) ?? '') })
  await one.create('export const handler = async () => 1')
  await assert.rejects(one.invoke(), {
    name: 'InvalidRuntimeException',
    message: /^This server runs no functions: it is not run by root .*--functions on/,
  })
})

test('without a way to run functions they are kept, and an invocation says so', async () => {
  await using one = await world({ execution: undefined })
  await one.create('export const handler = async () => 1')
  await assert.rejects(one.invoke(), /No function can be run by this process/)
})
