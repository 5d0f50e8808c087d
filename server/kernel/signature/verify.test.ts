import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { ACCESS_KEY_ID, altered, credential, sign, withHeader } from '../../test/signature/signer.ts'
import {
  CALL,
  IDENTITY,
  INCOMPLETE,
  INVALID,
  MISMATCH,
  NOT_RECOGNIZED,
  PRESIGNED,
  STS,
  UNRECOGNIZED,
  authorization,
  handwritten,
  refused,
  saying,
  verify,
  written,
} from '../../test/signature/verifier.ts'
import { SigningKeys } from './keys.ts'
import { parseCredentials } from './verify.ts'

test('verifySignature answers the credential of a rightly signed call', async () => {
  const known = credential()
  assert.equal(await verify(await sign(CALL), { known }), known)
  assert.equal(await verify(await sign(CALL), { known, find: () => known }), known)
  assert.equal(await verify(await sign(CALL, { applyChecksum: true }), { known }), known)
  assert.equal(await verify(await sign(IDENTITY, PRESIGNED), { known, service: STS }), known)
  assert.equal(await verify(await sign(CALL, { region: 'eu-west-1' }), { known }), known)
})

test('the Date header stands in for X-Amz-Date, which wins when there are both', async () => {
  await verify(await written('date', 'Fri, 02 Jan 2026 03:04:05 GMT'))
  await verify(await written('date', '20260102T030405Z'))
  await refused(await written('date', 'nonsense'), INCOMPLETE, /Got 'nonsense'/)
  await refused(await written('date', 'Fri, 02 Jan 2026 03:04:06 GMT'), INVALID, MISMATCH)
  await verify(await sign({ ...CALL, headers: { ...CALL.headers, date: 'Thu, 01 Jan 1970 00:00:00 GMT' } }))
})

test('X-Amz-Date may come in the extended form; the basic one is signed', async () => {
  await verify(await written('x-amz-date', '2026-01-02T03:04:05Z'))
})

test('values that are not ASCII are signed as the bytes of the wire', async () => {
  const request = await written('x-note', 'caf\u00c3\u00a9')
  await verify(withHeader(request, 'date', '20260102T030405Z'))
  await refused(withHeader(withHeader(request, 'date', '20260102T030405Z'), 'x-note', 'caf\u00e9'), INVALID, MISMATCH)
})

test('a header that we act on and that comes twice is refused, even with the same value', async () => {
  for (const name of ['host', 'authorization', 'x-amz-date', 'x-amz-target', 'content-type', 'content-length']) {
    const request = await sign(CALL)
    const headers = [...request.headers, ...(request.header.first(name) ? [] : [name, '1']), name, '1']
    const text = `The request has more than one '${name}' header.`
    await refused(altered(request, { headers }), INVALID, text)
  }
})

test('a folded line or a control character in a signed value is refused', async () => {
  const request = await sign({ ...CALL, headers: { ...CALL.headers, 'x-note': 'a b' } })
  for (const value of ['a\r\n b', 'a\n b', 'a\0b']) {
    const text = "The value of the 'x-note' header contains a character that is not allowed."
    await refused(withHeader(request, 'x-note', value), INVALID, text)
  }
})

test('a signed header that did not arrive never matches, however its absence was signed', async () => {
  const request = await sign({ ...CALL, headers: { ...CALL.headers, 'x-note': '' } })
  await verify(request)
  await refused(withHeader(request, 'x-note', undefined), INVALID, MISMATCH)
  const headers = ['Host', 'h', 'Date', '20260102T030405Z']
  await verify(await handwritten('host:h\n', 'host', headers))
  for (const lines of ['', 'host:h\n', 'host:h\nx-note:\n']) {
    await refused(await handwritten(lines, 'host;x-note', headers), INVALID, MISMATCH)
  }
})

test('a signed header that is listed twice never matches', async () => {
  const headers = ['Host', 'h', 'Date', '20260102T030405Z']
  for (const lines of ['', 'host:h\n', 'host:h\nhost:h\n']) {
    await refused(await handwritten(lines, 'host;host', headers), INVALID, MISMATCH)
  }
})

test('SignedHeaders may be unsorted, and parameters in any order, parted by commas or blanks', async () => {
  const said = await authorization()
  const [, credentialPart, list, signature] = /Credential=(\S+), SignedHeaders=(\S+), Signature=(\S+)/.exec(said) ?? []
  const reversed = list?.split(';').reverse().join(';')
  for (const spelling of [
    `AWS4-HMAC-SHA256 Credential=${credentialPart},SignedHeaders=${reversed},Signature=${signature}`,
    `AWS4-HMAC-SHA256 Signature=${signature},, \t SignedHeaders=${list}  Credential=${credentialPart},`,
    `AWS4-HMAC-SHA256 Signature=0, Signature=${signature}, Foo=bar=, SignedHeaders=${list}, Credential=${credentialPart}`,
  ]) {
    await verify(await saying(spelling))
  }
  const last = `AWS4-HMAC-SHA256 Signature=${signature}, Signature=0, SignedHeaders=${list}, Credential=${credentialPart}`
  await refused(await saying(last), INVALID, MISMATCH)
})

test('the port in the host counts', async () => {
  await refused(withHeader(await sign(CALL), 'host', 'localhost'), INVALID, MISMATCH)
  await refused(withHeader(await sign(CALL), 'host', 'localhost:4567'), INVALID, MISMATCH)
})

test('+ and %20 are the same blank in a query, and %2B is not', async () => {
  const request = await sign({ ...IDENTITY, query: { Action: 'a b' } }, { service: 'sts' })
  assert.equal(request.target, '/?Action=a%20b')
  await verify(request, { service: STS })
  await verify(altered(request, { target: '/?Action=a+b' }), { service: STS })
  await refused(altered(request, { target: '/?Action=a%2Bb' }), INVALID, MISMATCH, { service: STS })
})

test('a secret that changed is used at once, whatever was cached', async () => {
  const keys = new SigningKeys()
  const before = await sign(CALL)
  const after = await sign(CALL, { secretAccessKey: 'new' })
  const known = credential({ secret: new Secret('new') })
  await verify(before, { keys })
  await refused(before, INVALID, MISMATCH, { keys, known })
  await verify(after, { keys, known })
  await refused(after, INVALID, MISMATCH, { keys })
  assert.equal(keys.size, 1)
})

test('made-up access key ids take no room in the cache of signing keys', async () => {
  const keys = new SigningKeys()
  for (let i = 0; i < 20; i++) {
    await refused(await sign(CALL, { accessKeyId: `AKIA${i}` }), UNRECOGNIZED, NOT_RECOGNIZED, { keys })
  }
  assert.equal(keys.size, 1)
})

test('parseCredentials tells the scope before anything is verified', async () => {
  const presented = parseCredentials(await sign(CALL))
  assert.equal(presented?.form, 'header')
  assert.equal(presented?.accessKeyId, ACCESS_KEY_ID)
  assert.equal(presented?.scopeRegion, 'us-east-1')
  assert.equal(presented?.scopeService, 'secretsmanager')
  assert.equal(parseCredentials(await sign(IDENTITY, PRESIGNED))?.form, 'presigned')
})

test('a refusal holds neither the secret nor the right signature', async () => {
  const right = (await authorization()).slice(-64)
  const request = await saying((await authorization()).replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`))
  const refusal = await verify(request).catch((error) => error)
  const printed = `${refusal.stack} ${JSON.stringify(refusal)}`
  assert.ok(!printed.includes(right) && !printed.includes('wJalrXUtnFEMI'))
})
