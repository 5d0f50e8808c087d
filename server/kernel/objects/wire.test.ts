import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import type { ObjectRefused } from '#kernel/objects/objects'
import { wireBuckets } from '#kernel/objects/wire'
import { operatorsReach } from '#kernel/outbound/operator'
import type { Credential } from '#kernel/signature/credential'
import { SigningKeys } from '#kernel/signature/keys'
import { rawRequest } from '#kernel/signature/request'
import { parseCredentials, verifySignature } from '#kernel/signature/verify'
import { Secret } from '#kernel/values/bytes'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const KEY = {
  accessKeyId: 'AKIAWIREWIREWIREWIRE',
  secretAccessKey: new Secret('canary-of-the-key-canary-of-the-key-1234'),
}

/** A server of S3's wire that looks at every signature. `answer`: status and code, in turn; then all is well. */
async function double(t: TestContext, answers: [number, string][] = []) {
  const got: { path: string; headers: IncomingMessage['headers']; body: Buffer }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const { method = '', url: target = '', rawHeaders: headers } = request
    const raw = rawRequest({ method, target, headers, body, remoteAddress: '', secure: false })
    try {
      await verifySignature(parseCredentials(raw), raw, {
        now: NOW,
        service: { signingName: 's3', clockWindowMinutes: 15, xml: true },
        regions: ['eu-west-1'],
        keys: new SigningKeys(),
        find: () => ({ accessKeyId: KEY.accessKeyId, secret: KEY.secretAccessKey, active: true }) as Credential,
      })
    } catch {
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>')
      return
    }
    const [status, code] = answers.shift() ?? [200, '']
    if (status === 200) got.push({ path: target, headers: request.headers, body })
    response.writeHead(status).end(code === '' ? '' : `<Error><Code>${code}</Code><Message>no</Message></Error>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const place = { url, region: 'eu-west-1', ...KEY }
  return { got, sink: wireBuckets(place, new SettableClock(NOW), operatorsReach(undefined)), server, place }
}

const ABOUT = {
  contentType: 'application/json',
  contentEncoding: 'gzip',
  metadata: { signature: 'ab', 'signature-algorithm': 'SHA256withRSA' },
}

test('an object is put by path style, signed, with its metadata and its hashes', async (t) => {
  const { got, sink } = await double(t)
  const body = Buffer.from('body')
  await sink.put('bucket', 'a b/ü+c.gz', body, ABOUT)
  const [put] = got
  assert.equal(put?.path, '/bucket/a%20b/%C3%BC%2Bc.gz')
  assert.ok(put?.body.equals(body))
  const { headers } = put ?? {}
  assert.deepEqual(
    [headers?.['x-amz-meta-signature'], headers?.['x-amz-meta-signature-algorithm'], headers?.['content-encoding']],
    ['ab', 'SHA256withRSA', 'gzip'],
  )
  assert.equal(headers?.['content-md5'], createHash('md5').update(body).digest('base64'))
})

test('what passes is tried again; what is refused is told by its code, without the key', async (t) => {
  const { got, sink } = await double(t, [
    [503, 'SlowDown'],
    [500, 'InternalError'],
  ])
  await sink.put('bucket', 'key', Buffer.from('x'), ABOUT)
  assert.equal(got.length, 1)
  const missing = await double(t, [[404, 'NoSuchBucket']])
  await assert.rejects(missing.sink.put('bucket', 'key', Buffer.from('x'), ABOUT), (error: ObjectRefused) => {
    assert.equal(error.code, 'NoSuchBucket')
    return !error.message.includes('canary')
  })
  const forged = wireBuckets(
    { ...missing.place, secretAccessKey: new Secret('another-key') },
    new SettableClock(NOW),
    operatorsReach(undefined),
  )
  await assert.rejects(forged.put('bucket', 'key', Buffer.from('x'), ABOUT), { code: 'SignatureDoesNotMatch' })
})

test('a server that is gone is Unreachable', async (t) => {
  const { sink, server } = await double(t)
  server.close()
  await once(server, 'close')
  await assert.rejects(sink.put('bucket', 'key', Buffer.from('x'), ABOUT), { code: 'Unreachable' })
})
