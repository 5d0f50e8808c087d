import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { STS } from '@aws-sdk/client-sts'
import { configure } from './config.ts'
import { dev } from './dev.ts'
import type { Console } from './greeting.ts'

interface Dev extends AsyncDisposable {
  readonly url: string
  readonly said: string
}

/** `strongroom dev` inside the test's process, stopped by the signal that a terminal would send. */
async function startDev(...args: string[]): Promise<Dev> {
  const configured = configure('dev', ['--listen', '127.0.0.1:0', '--log-level', 'silent', ...args], {})
  assert.ok('config' in configured)
  let said = ''
  const ready = Promise.withResolvers<string>()
  const console: Console = {
    out(text) {
      said += text
      const url = /ready on (\S+)/.exec(said)?.[1]
      if (url !== undefined) ready.resolve(url)
    },
  }
  const ended = dev(configured.config, console)
  ended.catch(ready.reject)
  const url = await ready.promise
  return {
    url,
    said,
    async [Symbol.asyncDispose]() {
      process.emit('SIGTERM', 'SIGTERM')
      assert.equal(await ended, 0)
    },
  }
}

const clientOf = (url: string, accessKeyId = 'anything', secretAccessKey = 'at all') =>
  new SecretsManager({ endpoint: url, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } })

const post = (url: string, path: string, body?: unknown) =>
  fetch(url + path, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) })

test('dev takes any credentials for the root of the account, 12 digits for another account', async () => {
  await using server = await startDev('--account', '222233334444')
  assert.match(server.said, /export AWS_ACCESS_KEY_ID=222233334444/)
  const identity = async (accessKeyId: string) =>
    (
      await new STS({
        endpoint: server.url,
        region: 'us-east-1',
        credentials: { accessKeyId, secretAccessKey: 'x' },
      }).getCallerIdentity({})
    ).Arn
  assert.equal(await identity('nobody'), 'arn:aws:iam::222233334444:root')
  assert.equal(await identity('555566667777'), 'arn:aws:iam::555566667777:root')
  const secrets = clientOf(server.url)
  await secrets.createSecret({ Name: 'a', SecretString: 'v' })
  assert.equal((await secrets.getSecretValue({ SecretId: 'a' })).SecretString, 'v')
  const others = await clientOf(server.url, '555566667777').listSecrets({})
  assert.deepEqual(others.SecretList, [])
})

test('the clock of dev travels: a deletion becomes due, and clients of both times are understood', async () => {
  await using server = await startDev()
  const secrets = clientOf(server.url)
  await secrets.createSecret({ Name: 'a', SecretString: 'v' })
  await secrets.deleteSecret({ SecretId: 'a', RecoveryWindowInDays: 7 })
  const answer = await post(server.url, '/_strongroom/dev/clock', { advance: '6d' })
  assert.equal(answer.status, 200)
  // A client that never heard of the server's time signs by the machine's.
  assert.ok((await clientOf(server.url).describeSecret({ SecretId: 'a' })).DeletedDate instanceof Date)
  // The first one has read the Date header of an answer meanwhile.
  assert.ok((await secrets.describeSecret({ SecretId: 'a' })).DeletedDate instanceof Date)
  await post(server.url, '/_strongroom/dev/clock', { advance: '25h' })
  await assert.rejects(clientOf(server.url).describeSecret({ SecretId: 'a' }), { name: 'ResourceNotFoundException' })
  const now = (await (await fetch(`${server.url}/_strongroom/dev/clock`)).json()) as { now: string }
  assert.ok(Date.parse(now.now) > Date.now() + 7 * 86_400_000)
})

test('reset empties the store and plants the seed again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-seed-'))
  try {
    const seed = join(folder, 'seed.json')
    writeFileSync(
      seed,
      JSON.stringify({
        secrets: { 'app/db': { user: 'u', password: 'p' }, token: 'plain' },
        calls: [
          { target: 'secretsmanager.TagResource', input: { SecretId: 'token', Tags: [{ Key: 'k', Value: 'v' }] } },
        ],
      }),
    )
    await using server = await startDev('--seed', seed)
    const secrets = clientOf(server.url)
    assert.equal((await secrets.getSecretValue({ SecretId: 'app/db' })).SecretString, '{"user":"u","password":"p"}')
    assert.deepEqual((await secrets.describeSecret({ SecretId: 'token' })).Tags, [{ Key: 'k', Value: 'v' }])
    await secrets.createSecret({ Name: 'mine', SecretString: 'v' })
    assert.equal((await post(server.url, '/_strongroom/dev/reset')).status, 200)
    const names = (await secrets.listSecrets({})).SecretList?.map(({ Name }) => Name)
    assert.deepEqual(names?.toSorted(), ['app/db', 'token'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('dev --enforce refuses unknown credentials and verifies those it printed, before and after a reset', async () => {
  await using server = await startDev('--enforce')
  const id = /AWS_ACCESS_KEY_ID=(\S+)/.exec(server.said)?.[1] as string
  const secret = /AWS_SECRET_ACCESS_KEY=(\S+)/.exec(server.said)?.[1] as string
  await assert.rejects(clientOf(server.url).listSecrets({}), { name: 'UnrecognizedClientException' })
  await assert.rejects(clientOf(server.url, id, 'wrong').listSecrets({}), { name: 'InvalidSignatureException' })
  assert.deepEqual((await clientOf(server.url, id, secret).listSecrets({})).SecretList, [])
  await post(server.url, '/_strongroom/dev/reset')
  assert.deepEqual((await clientOf(server.url, id, secret).listSecrets({})).SecretList, [])
})

test('a seed that is refused stops the start and names its entry, not its value', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-seed-'))
  try {
    const seed = join(folder, 'seed.json')
    writeFileSync(seed, JSON.stringify({ secrets: { 'bad name': 'canary-value' } }))
    await assert.rejects(startDev('--seed', seed), (error: Error) => {
      assert.match(error.message, /secret "bad name" was refused: ValidationException: Invalid name/)
      assert.ok(!error.message.includes('canary-value'))
      return true
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a Query call of another API version finds no operation (access.md 3.1)', async () => {
  await using server = await startDev()
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    // dev takes unknown credentials as they are
    'X-Amz-Date': new Date().toISOString().replace(/[-:]|\.\d{3}/g, ''),
  }
  const day = headers['X-Amz-Date'].slice(0, 8)
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: {
      ...headers,
      Authorization: `AWS4-HMAC-SHA256 Credential=anyone/${day}/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    },
    body: 'Action=ListUsers&Version=2000-01-01',
  })
  assert.equal(answer.status, 400)
  assert.match(
    await answer.text(),
    /<Code>InvalidAction<\/Code><Message>Could not find operation ListUsers for version 2000-01-01</,
  )
})
