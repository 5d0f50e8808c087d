import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { altered, credential, NOW, raw, sign, withHeader } from '../../test/signature/signer.ts'
import {
  CALL,
  EXPIRED,
  IDENTITY,
  INCOMPLETE,
  INVALID,
  MALFORMED,
  MISMATCH,
  MISSING,
  NOT_RECOGNIZED,
  PRESIGNED,
  SESSION,
  STS,
  TOKEN,
  UNRECOGNIZED,
  authorization,
  refused,
  saying,
  verify,
} from '../../test/signature/verifier.ts'
import { parseCredentials } from './verify.ts'

test('row 1: a query string that is not well formed', async () => {
  const request = await sign(CALL)
  for (const target of ['/?a=%', '/?a=%4', '/?%2']) {
    await refused(altered(request, { target }), MALFORMED, 'Incomplete trailing escape % sequence')
  }
  const text = 'Illegal hex character in escape % pattern: %zz'
  await refused(altered(request, { target: '/?a=%zz' }), MALFORMED, text)
  await refused(altered(request, { target: '/?a=1&%zzb=2' }), MALFORMED, text)
})

test('row 2: no credentials at all, in the words of either protocol', async () => {
  const request = await saying(undefined)
  assert.equal(parseCredentials(request), undefined)
  await refused(request, MISSING, 'Missing Authentication Token')
  const refusal = await verify(request).catch((error) => error)
  assert.equal(refusal.toApiError('query').message, 'Request is missing Authentication Token')
})

test('row 2: a query string of another algorithm is no credential', async () => {
  const request = await sign(IDENTITY, PRESIGNED)
  const target = request.target.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')
  await refused(altered(request, { target }), MISSING, 'Missing Authentication Token', { service: STS })
})

test('row 3: both the header and the query form', async () => {
  const { target } = await sign(IDENTITY, PRESIGNED)
  await refused(altered(await sign(CALL), { target }), INVALID, '')
  await refused(altered(await sign(CALL), { target: '/?X-Amz-Signature=0' }), INVALID, '')
})

test('row 4: another algorithm in the header', async () => {
  for (const name of ['Basic', 'Bearer', 'AWS', 'AWS4-HMAC-SHA1', 'aws4-hmac-sha256', 'AWS4-ECDSA-P256-SHA256']) {
    await refused(await saying(`${name} Credential=x`), INCOMPLETE, `Unsupported AWS 'algorithm': '${name}'.`)
  }
  await refused(await saying('x'.repeat(9000)), INCOMPLETE, `Unsupported AWS 'algorithm': '${'x'.repeat(128)}...'.`)
})

test('row 5: a parameter that is no key=value pair is not repeated, the header is hashed', async () => {
  const said = 'AWS4-HMAC-SHA256 Credential=x, hunter2'
  const digest = hash('sha256', said, 'base64')
  const text =
    'Invalid key=value pair (missing equal-sign) in Authorization header ' +
    `(hashed with SHA-256 and encoded with Base64): '${digest}'.`
  await refused(await saying(said), INCOMPLETE, text)
  // Blanks part parameters too, so nothing may stand between name, equal-sign and value. Seen in a client's error report.
  await refused(await saying('AWS4-HMAC-SHA256 Credential= x'), INCOMPLETE, /^Invalid key=value pair/)
  await refused(await saying('AWS4-HMAC-SHA256 Credential =x'), INCOMPLETE, /^Invalid key=value pair/)
})

test('row 6: an empty header', async () => {
  await refused(await saying(''), INCOMPLETE, "Authorization header cannot be empty: ''.")
  await refused(await saying('  '), INCOMPLETE, "Authorization header cannot be empty: ''.")
  await refused(
    await saying('AWS4-HMAC-SHA256'),
    INCOMPLETE,
    "Authorization header cannot be empty: 'AWS4-HMAC-SHA256'.",
  )
})

test('row 7: everything that is missing in the header, in one text', async () => {
  await refused(
    withHeader(await saying('AWS4-HMAC-SHA256 Foo=1'), 'x-amz-date', undefined),
    INCOMPLETE,
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
      "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
      "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
  )
  await refused(
    await saying((await authorization()).replace(/, Signature=.*/, '')),
    INCOMPLETE,
    "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
  )
})

test('row 7: everything that is missing in the query string, in one text', async () => {
  await refused(
    raw('GET', '/?X-Amz-Algorithm=AWS4-HMAC-SHA256', ['Host', 'h']),
    INCOMPLETE,
    "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include " +
      "'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must " +
      "include 'X-Amz-Date'. Re-examine the query-string parameters.",
  )
})

test('row 8: host and the x-amz headers that we act on must be signed', async () => {
  const must = "must be a 'SignedHeader' in the AWS Authorization."
  const without = async (name: string) => saying((await authorization()).replace(name, `${name}x`))
  await refused(await without('host'), INVALID, `'Host' or ':authority' ${must}`)
  await refused(
    await saying((await authorization()).replace('host', 'Host')),
    INVALID,
    `'Host' or ':authority' ${must}`,
  )
  await refused(withHeader(await sign(CALL), 'host', undefined), INVALID, `'Host' or ':authority' ${must}`)
  await refused(await without('x-amz-target'), INVALID, `'x-amz-target' ${must}`)
  await refused(await without('x-amz-date'), INVALID, `'x-amz-date' ${must}`)
  await refused(withHeader(await sign(CALL), 'x-amz-security-token', TOKEN), INVALID, `'x-amz-security-token' ${must}`)
  const presigned = withHeader(await sign(IDENTITY, PRESIGNED), 'x-amz-target', 'secretsmanager.GetSecretValue')
  await refused(presigned, INVALID, `'x-amz-target' ${must}`, { service: STS })
})

test('row 8: foreign headers that proxies add need not be signed', async () => {
  await verify(withHeader(withHeader(await sign(CALL), 'x-amzn-trace-id', 'Root=1'), 'x-amz-cf-id', 'x'))
})

test('row 9: a date that is none', async () => {
  const says = (date: string) =>
    `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`
  for (const date of ['', '2026', '20260230T000000Z', 'Fri, 02 Jan 2026 03:04:05 GMT']) {
    await refused(withHeader(await sign(CALL), 'x-amz-date', date), INCOMPLETE, says(date))
  }
})

test('rows 10 and 11: five minutes for Secrets Manager, by the second', async () => {
  const request = await sign(CALL)
  const at = (seconds: number, ms = 0) => ({ now: NOW + seconds * 1000 + ms })
  for (const seconds of [-300, -299, 299, 300]) await verify(request, at(seconds))
  await verify(request, at(300, 999))
  await refused(
    request,
    INVALID,
    'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)',
    at(301),
  )
  await refused(
    request,
    INVALID,
    'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)',
    at(-301),
  )
})

test('rows 10 and 11: fifteen minutes for STS', async () => {
  const request = await sign(IDENTITY, { service: 'sts' })
  const at = (seconds: number) => ({ service: STS, now: NOW + seconds * 1000 })
  for (const seconds of [-900, -899, -301, 301, 899, 900]) await verify(request, at(seconds))
  await refused(
    request,
    INVALID,
    'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T031906Z - 15 min.)',
    at(901),
  )
  await refused(request, INVALID, /^Signature not yet current: .* \+ 15 min\.\)$/, at(-901))
})

test('row 12: a credential that has not five parts', async () => {
  const text = 'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '
  for (const said of ['', 'a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/b/c/d/e/f', '/////']) {
    const request = await saying((await authorization()).replace(/Credential=[^,]*/, `Credential=${said}`))
    await refused(request, INCOMPLETE, `${text}'${said}'`)
    await refused(request, INCOMPLETE, `${text}'${said}'`, { service: undefined })
  }
})

test('row 13: a wrong scope, each failure said', async () => {
  const scoped = async (scope: string) => saying((await authorization()).replace(/EXAMPLE\/[^,]*/, `EXAMPLE/${scope}`))
  const region = "Credential should be scoped to a valid region, not 'mars-1'."
  const service = "Credential should be scoped to correct service: 'secretsmanager'."
  const terminator = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'."
  const date =
    'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
    "'20260101' != '20260102', from '20260102T030405Z'."
  await refused(await scoped('20260102/mars-1/secretsmanager/aws4_request'), INVALID, region)
  await refused(await scoped('20260102/us-east-1/kms/aws4_request'), INVALID, service)
  await refused(await scoped('20260102/us-east-1/secretsmanager/aws5'), INVALID, terminator)
  await refused(await scoped('20260101/us-east-1/secretsmanager/aws4_request'), INVALID, date)
  await refused(await scoped('20260101/mars-1/kms/aws5'), INVALID, [region, service, terminator, date].join(' '))
  await refused(await sign(CALL), INVALID, 'Credential should be scoped to correct service.', { service: undefined })
})

test('row 14: unknown and inactive keys, right or wrong signature, say the same', async () => {
  const right = await sign(CALL)
  const wrong = await sign(CALL, { secretAccessKey: 'x' })
  for (const request of [right, wrong]) {
    await refused(request, UNRECOGNIZED, NOT_RECOGNIZED, { find: () => undefined })
    await refused(request, UNRECOGNIZED, NOT_RECOGNIZED, { known: credential({ active: false }) })
  }
})

test('row 14: nobody passes with the secret that stands in for unknown keys', async () => {
  const request = await sign(CALL, { secretAccessKey: '0'.repeat(40) })
  await refused(request, UNRECOGNIZED, NOT_RECOGNIZED, { find: () => undefined })
})

test('row 14: the session token must be there, be the right one, and belong to the key', async () => {
  const known = credential({ sessionToken: SESSION })
  await verify(await sign(CALL, { sessionToken: TOKEN }), { known })
  await refused(await sign(CALL), UNRECOGNIZED, NOT_RECOGNIZED, { known })
  await refused(await sign(CALL, { sessionToken: `${TOKEN}x` }), UNRECOGNIZED, NOT_RECOGNIZED, { known })
  await refused(await sign(CALL, { sessionToken: TOKEN }), UNRECOGNIZED, NOT_RECOGNIZED)
})

test('row 14: a session token in a presigned query counts only when it was signed', async () => {
  const known = credential({ sessionToken: SESSION })
  await verify(await sign(IDENTITY, { ...PRESIGNED, sessionToken: TOKEN }), { known, service: STS })
  const later = await sign(IDENTITY, PRESIGNED)
  const target = `${later.target}&X-Amz-Security-Token=${encodeURIComponent(TOKEN)}`
  await refused(altered(later, { target }), INVALID, MISMATCH, { known, service: STS })
  const both = withHeader(await sign(IDENTITY, { ...PRESIGNED, sessionToken: TOKEN }), 'x-amz-security-token', TOKEN)
  await refused(both, INVALID, "The request has more than one 'x-amz-security-token' header.", { known, service: STS })
})

test('row 15: a session that is over', async () => {
  const request = await sign(CALL, { sessionToken: TOKEN })
  const until = (expiresAt: number) => ({ known: credential({ sessionToken: { ...SESSION, expiresAt } }) })
  await verify(request, until(NOW + 1))
  await refused(request, EXPIRED, 'The security token included in the request is expired', until(NOW))
})

test('row 16: a wrong secret, and a signature in another spelling', async () => {
  await refused(await sign(CALL, { secretAccessKey: 'x' }), INVALID, MISMATCH)
  const said = await authorization()
  const signature = said.slice(-64)
  const head = said.slice(0, -64)
  const spellings = [
    '',
    signature.slice(1),
    `${signature}0`,
    signature.toUpperCase(),
    ` ${signature.slice(0, 62)}`.padEnd(64),
    '0'.repeat(64),
    // Characters that become the right ones when they are cut down to one byte.
    [...signature].map((c) => String.fromCharCode(c.charCodeAt(0) + 0x100)).join(''),
  ]
  for (const spelling of spellings) {
    if (spelling.includes(' ')) continue
    await refused(await saying(head + spelling), INVALID, MISMATCH)
  }
})

test('row 16: a body other than the signed one, and a hash that is not the body’s', async () => {
  const request = await sign(CALL, { applyChecksum: true })
  await refused(altered(request, { body: Buffer.from('{"SecretId":"prod/dc"}') }), INVALID, MISMATCH)
  for (const said of ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'x', hash('sha256', 'other')]) {
    const draft = { ...CALL, headers: { ...CALL.headers, 'x-amz-content-sha256': said } }
    await refused(await sign(draft), INVALID, MISMATCH)
    await refused(withHeader(await sign(CALL), 'x-amz-content-sha256', said), INVALID, MISMATCH)
  }
})

test('row 17: a presigned call lives as long as it says, at most the window', async () => {
  const against = (seconds: number) => ({ service: STS, now: NOW + seconds * 1000 })
  const minute = await sign(IDENTITY, { service: 'sts', presign: 60 })
  await verify(minute, against(60))
  await refused(
    minute,
    INVALID,
    'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030506Z - 1 min.)',
    against(61),
  )
  await refused(await sign(IDENTITY, { service: 'sts', presign: 7 }), INVALID, / - 7 sec\.\)$/, against(8))
  const week = await sign(IDENTITY, { service: 'sts', presign: 604_800 })
  await verify(week, against(900))
  await refused(week, INVALID, / - 15 min\.\)$/, against(901))
})

test('X-Amz-Expires is a number from 1 to 604800', async () => {
  const request = await sign(IDENTITY, PRESIGNED)
  for (const said of ['0', '-1', '604801', '1e3', '', '60s', '9999999']) {
    const target = request.target.replace('X-Amz-Expires=600', `X-Amz-Expires=${said}`)
    await refused(altered(request, { target }), INCOMPLETE, /^'X-Amz-Expires' must be a number of seconds/, {
      service: STS,
    })
  }
})
