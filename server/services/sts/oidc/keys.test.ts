import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { issuer, newKey } from '../test/issuer.ts'
import { Unacceptable, Unreachable } from './fetch.ts'
import { keysIn } from './jwks.ts'
import { IssuerKeys, type KeysOptions } from './keys.ts'

const NOW = Date.UTC(2026, 2, 15)
const DISCOVERY = '/.well-known/openid-configuration'
const first = newKey('ES256', 'first')
const second = newKey('ES256', 'second')

async function over(options: Partial<KeysOptions> = {}) {
  const one = await issuer([first], { plain: true, host: '127.0.0.1' })
  const reports: string[] = []
  const keys = new IssuerKeys({ privateIssuers: true, report: (_issuer, reason) => reports.push(reason), ...options })
  const find = async (kid: string | undefined, now = NOW, url = one.url, thumbprints: string[] = []) =>
    (await keys.find({ account: '111122223333', issuer: url, kid, algorithm: 'ES256', thumbprints, now })).length
  return { one, keys, find, reports, [Symbol.asyncDispose]: () => one[Symbol.asyncDispose]() }
}

test('keys are fetched by way of discovery, once an hour', async () => {
  await using it = await over()
  assert.equal(await it.find('first'), 1)
  assert.equal(await it.find('first', NOW + 3_599_999), 1)
  assert.deepEqual(it.one.asked, [DISCOVERY, '/keys'])
  assert.equal(await it.find('first', NOW + 3_600_000), 1)
  assert.equal(it.one.asked.length, 4)
  // A key that was taken away is gone by then.
  it.one.keys = [second]
  assert.equal(await it.find('first', NOW + 7_200_000), 0)
})

test('a slash at the end of an issuer does not become two (OpenID Connect Discovery 4.1)', async () => {
  await using it = await over()
  const url = `${it.one.url}/`
  it.one.handler = (_request, response) => response.end(JSON.stringify({ issuer: url, jwks_uri: `${it.one.url}/keys` }))
  await assert.rejects(it.find('first', NOW, url), Unacceptable)
  assert.deepEqual(it.one.asked, [DISCOVERY, '/keys'])
})

test('a key that is not known is looked for twice a minute at the most', async () => {
  await using it = await over()
  assert.equal(await it.find('second'), 0)
  it.one.keys = [first, second]
  assert.equal(await it.find('second', NOW + 29_999), 0)
  assert.equal(it.one.asked.length, 2)
  assert.equal(await it.find('second', NOW + 30_000), 1)
  assert.equal(it.one.asked.length, 4)
  for (let i = 0; i < 100; i++) assert.equal(await it.find(`other${i}`, NOW + 30_000 + i), 0)
  assert.equal(it.one.asked.length, 4)
})

test('those who ask at the same time wait for one fetch', async () => {
  await using it = await over()
  const found = await Promise.all(Array.from({ length: 50 }, (_, i) => it.find(i % 2 === 0 ? 'first' : 'second')))
  assert.equal(found.filter((count) => count === 1).length, 25)
  assert.deepEqual(it.one.asked, [DISCOVERY, '/keys'])
})

test('a failure is remembered for a while, longer each time, and known keys stay good meanwhile', async () => {
  await using it = await over()
  assert.equal(await it.find('first'), 1)
  it.one.handler = (_request, response) => response.writeHead(503).end()
  await assert.rejects(it.find('second', NOW + 30_000), Unreachable)
  await assert.rejects(it.find('second', NOW + 39_999), Unreachable)
  assert.equal(it.one.asked.length, 3)
  assert.equal(await it.find('first', NOW + 39_999), 1)
  it.one.handler = undefined
  it.one.keys = [first, second]
  assert.equal(await it.find('second', NOW + 60_000), 1)
  it.one.handler = (_request, response) => response.writeHead(503).end()
  // An hour later nothing is left to go on with.
  await assert.rejects(it.find('first', NOW + 3_660_000), Unreachable)
  assert.deepEqual(it.reports, ['it answers with 503', 'it answers with 503'])
})

test('issuers of one account do not take the places of another’s', async () => {
  await using it = await over()
  const held: ServerResponse[] = []
  it.one.handler = (_request, response) => void held.push(response)
  const ask = (account: string, thumbprint: string) =>
    it.keys.find({ account, issuer: it.one.url, kid: 'first', algorithm: 'ES256', thumbprints: [thumbprint], now: NOW })
  const waiting = Array.from({ length: 4 }, (_, n) => ask('444455556666', String(n).repeat(40)).catch(() => undefined))
  await assert.rejects(ask('444455556666', 'a'.repeat(40)), /too many issuers are asked at once/)
  it.one.handler = undefined
  assert.equal((await ask('111122223333', 'b'.repeat(40))).length, 1)
  for (const response of held) response.writeHead(503).end()
  await Promise.all(waiting)
})

test('discovery must name the very issuer, and keys that may be fetched', async () => {
  await using it = await over()
  const { url } = it.one
  const documents: [unknown, string][] = [
    [{ issuer: `${url}/`, jwks_uri: `${url}/keys` }, 'its discovery document names another issuer'],
    [{ issuer: [url], jwks_uri: `${url}/keys` }, 'its discovery document names another issuer'],
    [[], 'its discovery document names another issuer'],
    [null, 'its discovery document names another issuer'],
    [{ issuer: url }, 'its discovery document names no keys'],
    [{ issuer: url, jwks_uri: 'http://10.0.0.1/keys' }, '10.0.0.1 has an address that is not public'],
    [{ issuer: url, jwks_uri: 'file:///etc/passwd' }, 'file: is not https:'],
    [{ issuer: url, jwks_uri: 'keys' }, 'not a URL'],
    [{ issuer: url, jwks_uri: `${url}/absent` }, 'it answers with 404'],
    [{ issuer: url, jwks_uri: `${url}/text` }, 'its answer is no JSON'],
    [{ issuer: url, jwks_uri: `${url}/list` }, 'its keys are no JWKS'],
    [{ issuer: url, jwks_uri: `${url}/long` }, 'its answer is too long'],
    [{ issuer: url, jwks_uri: `${url}/keys`, pad: 'x'.repeat(70_000) }, 'its answer is too long'],
  ]
  const answers: Record<string, string> = { '/text': 'keys', '/list': '[]', '/long': ' '.repeat(300_000) }
  for (const [index, [document]] of documents.entries()) {
    it.one.handler = ({ url: path = '' }, response) => {
      const body = path === DISCOVERY ? JSON.stringify(document) : answers[path]
      response.writeHead(body === undefined ? 404 : 200).end(body)
    }
    await assert.rejects(it.find('first', NOW + index * 100_000), Unacceptable)
  }
  assert.deepEqual(
    it.reports,
    documents.map(([, reason]) => reason),
  )
})

test('deeply nested JSON is read without harm', async () => {
  await using it = await over()
  const deep = `{"issuer":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  it.one.handler = (_request, response) => response.end(deep)
  await assert.rejects(it.find('first'), Unacceptable)
})

test('keys that were given are used without asking anybody', async () => {
  const given = keysIn({ keys: [second.jwk] }) ?? []
  const url = 'https://token.example.com'
  await using it = await over({ staticJwks: new Map([[url, given]]), privateIssuers: false })
  assert.equal(await it.find('second', NOW, url), 1)
  assert.equal(await it.find('first', NOW, url), 0)
  assert.deepEqual(it.one.asked, [])
})

test('keys are kept apart by the thumbprints that vouch for them, whatever their order', async () => {
  await using it = await over()
  const [a, b] = ['A'.repeat(40), 'b'.repeat(40)]
  await it.find('first', NOW, it.one.url, [a, b])
  await it.find('first', NOW, it.one.url, [b, a.toLowerCase()])
  assert.equal(it.one.asked.length, 2)
  await it.find('first', NOW, it.one.url, [a])
  assert.equal(it.one.asked.length, 4)
})

test('issuers are https, and http only where private ones are allowed', () => {
  const strict = new IssuerKeys({ privateIssuers: false })
  const open = new IssuerKeys({ privateIssuers: true })
  const all = ['https://a', 'http://a', 'HTTPS://a', 'ftp://a', 'a', '']
  assert.deepEqual(
    all.map((url) => strict.isIssuer(url)),
    [true, false, false, false, false, false],
  )
  assert.deepEqual(
    all.map((url) => open.isIssuer(url)),
    [true, true, false, false, false, false],
  )
})
