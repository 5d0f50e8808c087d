import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { region } from '../conformance/session.ts'
import { draftOf, type Answer, signed } from '../registry/client.ts'
import { type Draft, sign } from '../signature/signer.ts'
import { allow, deliver, type Keys, keysOf, lines, outcome, READ, siege } from './siege.ts'

/**
 * Requests that say two things at once: two signatures, two tokens, two paths, two operations. Sources: access.md 1.1, 1.2 (rows 3,
 * 8, 14), 1.5 (11).
 */

const { server, root, person, call, send, signedCall, entry } = await siege()
const { secrets } = root
const BAD_SIGNATURE = 'InvalidSignatureException'
const STRANGER = 'UnrecognizedClientException'

let alice: Awaited<ReturnType<typeof person>>
let mallory: Awaited<ReturnType<typeof person>>
/** Temporary credentials of each. */
let hers: ReturnType<typeof keysOf>
let his: ReturnType<typeof keysOf>

before(async () => {
  await secrets.createSecret({ Name: 'db', SecretString: 'value' })
  alice = await person([allow(READ)])
  mallory = await person()
  hers = keysOf((await alice.sts.getSessionToken({})).Credentials)
  his = keysOf((await mallory.sts.getSessionToken({})).Credentials)
})

const arnIn = (answer: Answer) => /<Arn>([^<]*)<\/Arn>/.exec(answer.text)?.[1]

/** The header lines of a rightly signed GetSecretValue. */
const right = (keys: Keys) => lines(signedCall(keys, READ, { SecretId: 'db' }))
const post = (raw: ReturnType<typeof lines>, headers: readonly string[]) => deliver(server.port, { ...raw, headers })

test('two Authorization headers are refused, whichever of them is good, and however they are put together', async () => {
  const hersLines = right(alice.keys)
  const at = hersLines.headers.indexOf('authorization')
  const good = hersLines.headers[at + 1] as string
  const his = right(mallory.keys).headers
  const other = his[his.indexOf('authorization') + 1] as string
  const rest = hersLines.headers.toSpliced(at, 2)
  assert.equal(outcome(await post(hersLines, [...rest, 'authorization', good])), '200')
  for (const [first, second] of [
    [good, good],
    [good, other],
    [other, good],
    [good, ''],
    ['', good],
    ['Basic YTpi', good],
    [good, 'Bearer x'],
  ] as const) {
    for (const names of [
      ['authorization', 'authorization'],
      ['Authorization', 'AUTHORIZATION'],
    ] as const) {
      const answer = await post(hersLines, [names[0], first, ...rest, names[1], second])
      assert.equal(outcome(answer), BAD_SIGNATURE, `${first} | ${second}`)
      assert.doesNotMatch(answer.text, /Credential=|value/)
    }
  }
  // In one header: the last of each parameter counts, and only what was signed for with it passes. Source: access.md 1.1.
  const [, hersParameters = ''] = good.split('AWS4-HMAC-SHA256 ')
  const [, hisParameters = ''] = other.split('AWS4-HMAC-SHA256 ')
  const mixed = await post(hersLines, [
    ...rest,
    'authorization',
    `AWS4-HMAC-SHA256 ${hisParameters}, ${hersParameters}`,
  ])
  assert.equal(outcome(mixed), '200')
  const swapped = await post(hersLines, [
    ...rest,
    'authorization',
    `AWS4-HMAC-SHA256 ${hersParameters}, ${hisParameters}`,
  ])
  assert.notEqual(outcome(swapped), '200')
  // His key id with her signature, and the other way round.
  const id = (text: string, from: Keys, to: Keys) => text.replace(from.accessKeyId, to.accessKeyId)
  assert.equal(
    outcome(await post(hersLines, [...rest, 'authorization', id(good, alice.keys, mallory.keys)])),
    BAD_SIGNATURE,
  )
})

/** GetCallerIdentity, presigned or with a header, as AWS's own signer makes it. */
const identify = (keys: Keys, over: Draft = {}, presign?: number) =>
  sign(
    {
      method: 'GET',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      ...over,
    },
    { ...keys, service: 'sts', at: server.clock.now(), ...(presign === undefined ? {} : { presign }) },
  )

test('header and query string may not both sign, whoever signed the one and whoever the other', async () => {
  const presigned = await identify(alice.keys, {}, 60)
  assert.equal(arnIn(await deliver(server.port, presigned)), alice.arn)
  const inHeader = await identify(mallory.keys)
  assert.equal(arnIn(await deliver(server.port, inHeader)), mallory.arn)
  const both = await deliver(server.port, { ...inHeader, target: presigned.target })
  assert.equal(outcome(both), 'SignatureDoesNotMatch')
  // A part of the query form is enough, wherever it stands.
  for (const part of ['X-Amz-Signature=', 'X-Amz-Credential=a', 'X-Amz-Algorithm=AWS4-HMAC-SHA256']) {
    const answer = await deliver(server.port, { ...inHeader, target: `${inHeader.target}&${part}` })
    assert.equal(outcome(answer), 'SignatureDoesNotMatch', part)
  }
  // Twice in the query string: what is used must be what was signed.
  const his = await identify(mallory.keys, {}, 60)
  const pairs = (target: string) => target.slice(target.indexOf('?') + 1)
  for (const target of [`${presigned.target}&${pairs(his.target)}`, `${his.target}&${pairs(presigned.target)}`]) {
    assert.equal(outcome(await deliver(server.port, { ...presigned, target })), 'SignatureDoesNotMatch')
  }
  for (const more of ['Action=GetSessionToken', 'X-Amz-Expires=604800', 'X-Amz-Date=20990101T000000Z', 'a=b']) {
    for (const target of [`${presigned.target}&${more}`, presigned.target.replace('?', `?${more}&`)]) {
      assert.notEqual(outcome(await deliver(server.port, { ...presigned, target })), '200', more)
    }
  }
})

test('the path is signed as it came: no other form of it, no other operation', async () => {
  for (const path of ['/', '/a/../', '/./', '//', '/%2e%2e/', '/..%2f', '/%2F', '/a%2F..%2Fb']) {
    const raw = await identify(alice.keys, { path })
    for (const other of ['/other', '/%252F', '/a']) {
      const target = raw.target.replace(path, other)
      assert.equal(outcome(await deliver(server.port, { ...raw, target })), 'SignatureDoesNotMatch', `${path} ${other}`)
    }
  }
  // The operation of a JSON call is its signed header, never its path.
  const raw = right(alice.keys)
  const elsewhere = await deliver(server.port, { ...raw, target: '/secretsmanager.DeleteSecret' })
  assert.equal(outcome(elsewhere), BAD_SIGNATURE)
})

test('a session token: once, in one place, and signed', async () => {
  assert.equal(outcome(await call(hers, READ, { SecretId: 'db' })), '200')
  const raw = right(hers)
  for (const [more, why] of [
    [['x-amz-security-token', hers.sessionToken], 'the same once more'],
    [['X-Amz-Security-Token', his.sessionToken], 'another one behind it'],
    [['x-amz-security-token', ''], 'an empty one behind it'],
  ] as const) {
    assert.equal(outcome(await post(raw, [...raw.headers, ...more])), BAD_SIGNATURE, why)
    assert.equal(outcome(await post(raw, [...more, ...raw.headers])), BAD_SIGNATURE, why)
  }
  // Added, taken away or exchanged after signing.
  const bare = right({ accessKeyId: hers.accessKeyId, secretAccessKey: hers.secretAccessKey })
  assert.equal(outcome(await post(bare, [...bare.headers, 'x-amz-security-token', hers.sessionToken])), BAD_SIGNATURE)
  assert.equal(outcome(await post(bare, bare.headers)), STRANGER)
  const at = raw.headers.indexOf('x-amz-security-token')
  assert.equal(outcome(await post(raw, raw.headers.toSpliced(at, 2))), STRANGER)
  assert.equal(outcome(await post(raw, raw.headers.with(at + 1, his.sessionToken))), STRANGER)
  // In the query string of a call that is signed by its header it is no token.
  const query = `/?X-Amz-Security-Token=${encodeURIComponent(hers.sessionToken)}`
  assert.notEqual(outcome(await deliver(server.port, { ...bare, target: query })), '200')
  const { service } = entry(READ)
  const both = signed(
    server.port,
    { ...draftOf(service, 'GetSecretValue', { SecretId: 'db' }), target: query },
    { credentials: hers, service: 'secretsmanager', region, at: server.clock.now() },
  )
  assert.equal(outcome(await send(both)), STRANGER)
})

test('a presigned call with a token: in the signed query string, or in a signed header, not in both, not in neither', async () => {
  const good = await identify(hers, {}, 60)
  assert.match(good.target, /X-Amz-Security-Token=/)
  assert.equal(arnIn(await deliver(server.port, good)), alice.arn)
  const header = ['x-amz-security-token', hers.sessionToken]
  for (const headers of [
    [...good.headers, ...header],
    [...header, ...good.headers],
  ]) {
    assert.equal(outcome(await deliver(server.port, { ...good, headers })), 'SignatureDoesNotMatch')
  }
  const his_ = ['x-amz-security-token', his.sessionToken]
  assert.equal(
    outcome(await deliver(server.port, { ...good, headers: [...good.headers, ...his_] })),
    'SignatureDoesNotMatch',
  )
  const without = await identify({ accessKeyId: hers.accessKeyId, secretAccessKey: hers.secretAccessKey }, {}, 60)
  assert.equal(outcome(await deliver(server.port, without)), 'InvalidClientTokenId')
  const added = `${without.target}&X-Amz-Security-Token=${encodeURIComponent(hers.sessionToken)}`
  assert.equal(outcome(await deliver(server.port, { ...without, target: added })), 'SignatureDoesNotMatch')
  const inHeader = await deliver(server.port, { ...without, headers: [...without.headers, ...header] })
  assert.equal(outcome(inHeader), 'SignatureDoesNotMatch')
  const exchanged = good.target.replace(encodeURIComponent(hers.sessionToken), encodeURIComponent(his.sessionToken))
  assert.equal(outcome(await deliver(server.port, { ...good, target: exchanged })), 'InvalidClientTokenId')
  const twice = `${good.target}&X-Amz-Security-Token=${encodeURIComponent(his.sessionToken)}`
  assert.notEqual(outcome(await deliver(server.port, { ...good, target: twice })), '200')
})

test('X-Amz-Target twice, or other than signed', async () => {
  const raw = right(alice.keys)
  const target = ['x-amz-target', 'secretsmanager.DeleteSecret']
  for (const headers of [
    [...raw.headers, ...target],
    [...target, ...raw.headers],
  ]) {
    assert.equal(outcome(await post(raw, headers)), BAD_SIGNATURE)
  }
  const at = raw.headers.indexOf('x-amz-target')
  assert.equal(outcome(await post(raw, raw.headers.with(at + 1, 'secretsmanager.DeleteSecret'))), BAD_SIGNATURE)
  assert.equal((await secrets.describeSecret({ SecretId: 'db' })).DeletedDate, undefined)
})
