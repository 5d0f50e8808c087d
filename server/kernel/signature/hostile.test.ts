import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { credential, NOW, raw } from '../../test/signature/signer.ts'
import { SigningKeys } from './keys.ts'
import type { RawRequest } from './request.ts'
import { parseCredentials, SignatureRefusal, verifySignature } from './verify.ts'

const KEYS = new SigningKeys()

/** Whether the request was refused in the one way there is; anything else escapes. */
async function isRefused(request: RawRequest): Promise<boolean> {
  try {
    await verifySignature(parseCredentials(request), request, {
      now: NOW,
      service: { signingName: 'secretsmanager', clockWindowMinutes: 5 },
      regions: ['us-east-1'],
      keys: KEYS,
      find: () => credential(),
    })
  } catch (error) {
    if (error instanceof SignatureRefusal) return true
    throw error
  }
  return false
}

const SCOPE = 'AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/secretsmanager/aws4_request'
const token = fc.constantFrom(
  'AWS4-HMAC-SHA256 ',
  'AWS4-HMAC-SHA256',
  'Basic ',
  `Credential=${SCOPE}`,
  'Credential=',
  'SignedHeaders=host;x-amz-date',
  'SignedHeaders=host',
  'SignedHeaders=;;;',
  `Signature=${'a'.repeat(64)}`,
  'Signature=',
  ', ',
  ',',
  ' ',
  '=',
  '/',
  ';',
  '\u00ff',
  '\u0100',
  '\ud800',
  '\0',
  '\r\n',
  '%',
  '__proto__',
)
const text = fc.oneof(
  fc.array(token, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
const name = fc.oneof(
  fc.constantFrom(
    'Host',
    'Authorization',
    'X-Amz-Date',
    'Date',
    'X-Amz-Target',
    'X-Amz-Security-Token',
    'x-amz-content-sha256',
  ),
  fc.constantFrom('__proto__', 'constructor', 'toString'),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const value = fc.oneof(text, fc.constantFrom('20260102T030405Z', 'localhost:4566', 'Fri, 02 Jan 2026 03:04:05 GMT'))
const target = fc.oneof(
  fc.constant('/'),
  text.map((query) => `/?${query}`),
  fc
    .array(
      fc.constantFrom(
        'X-Amz-Algorithm=AWS4-HMAC-SHA256',
        `X-Amz-Credential=${encodeURIComponent(SCOPE)}`,
        'X-Amz-Date=20260102T030405Z',
        'X-Amz-SignedHeaders=host',
        'X-Amz-SignedHeaders=host%0Ax%3B__proto__',
        'X-Amz-Expires=60',
        'X-Amz-Expires=-1',
        `X-Amz-Signature=${'a'.repeat(64)}`,
        'X-Amz-Security-Token=%ff',
        'X-Amz-Signature=%',
        '%zz=1',
      ),
      { maxLength: 9 },
    )
    .map((parts) => `/?${parts.join('&')}`),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

test('no request makes the verifier throw anything but a SignatureRefusal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', ''),
      target,
      fc.array(fc.tuple(name, value), { maxLength: 8 }),
      text,
      async (method, where, headers, authorization) => {
        const flat = ['Host', 'localhost:4566', ...headers.flat(), 'Authorization', authorization]
        assert.ok(await isRefused(raw(method, where, flat)))
        assert.ok(await isRefused(raw(method, where, ['Host', 'localhost:4566', ...headers.flat()])))
      },
    ),
    { numRuns: 3000 },
  )
})

/** Least time of some runs, in milliseconds of the process's own work. */
async function cost(make: (size: number) => RawRequest, size: number): Promise<number> {
  const request = make(size)
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage()
    await isRefused(request)
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const DATE = ['Host', 'h', 'X-Amz-Date', '20260102T030405Z']
const says = (authorization: string) => raw('POST', '/', [...DATE, 'Authorization', authorization])
const listing = (list: string) =>
  `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${list}, Signature=${'a'.repeat(64)}`

/** What grows with `size` bytes. A quadratic step would take minutes at the larger size. */
const BOMBS: Readonly<Record<string, (size: number) => RawRequest>> = {
  'a long algorithm': (size) => says('x'.repeat(size)),
  'nothing but commas': (size) => says(`AWS4-HMAC-SHA256 ${','.repeat(size)}`),
  'nothing but blanks': (size) => says(`AWS4-HMAC-SHA256 ${' '.repeat(size)}x`),
  'thousands of parameters': (size) => says(`AWS4-HMAC-SHA256 ${'a=,'.repeat(size / 3)}`),
  'thousands of parameters parted by blanks': (size) => says(`AWS4-HMAC-SHA256 ${'a= '.repeat(size / 3)}`),
  'commas without an equal-sign': (size) => says(`AWS4-HMAC-SHA256 ${'a,'.repeat(size / 2)}`),
  'a credential of slashes': (size) =>
    says(`AWS4-HMAC-SHA256 Credential=${'/'.repeat(size)}, SignedHeaders=host;x-amz-date, Signature=0`),
  'a list of one header, again and again': (size) => says(listing(`host;x-amz-date;${'host;'.repeat(size / 5)}`)),
  'a list of many headers': (size) =>
    says(listing(`host;x-amz-date;${Array.from({ length: size / 8 }, (_, i) => `x${i}`).join(';')}`)),
  'many headers, all signed': (size) => {
    const names = Array.from({ length: size / 8 }, (_, i) => `y${String(i).padStart(7, '0')}`)
    const list = ['host', 'x-amz-date', ...names].join(';')
    return raw('POST', '/', [...DATE, 'Authorization', listing(list), ...names.flatMap((each) => [each, '1'])])
  },
  'one header many times': (size) =>
    raw('POST', '/', [
      ...DATE,
      'Authorization',
      listing('host;x-amz-date;y'),
      ...Array.from({ length: size / 4 }, () => ['y', 'a  b']).flat(),
    ]),
  'a value of blanks': (size) =>
    raw('POST', '/', [...DATE, 'Authorization', listing('host;x-amz-date;y'), 'y', `a${' '.repeat(size)}b`]),
  'many parameters in the query': (size) => altering(`/?${'b=1&a=2&'.repeat(size / 8)}`),
  'a query of plus signs': (size) => altering(`/?a=${'+'.repeat(size)}`),
  'a path of dots': (size) => altering(`/${'a/../'.repeat(size / 5)}`),
}

function altering(where: string): RawRequest {
  return raw('POST', where, [...DATE, 'Authorization', listing('host;x-amz-date')])
}

for (const [what, make] of Object.entries(BOMBS)) {
  test(`${what} cost linear time`, async () => {
    // 16 KiB is what Node lets through by default; sixteen times that may take 16 times as long, quadratic would be 256.
    const small = await cost(make, 16_384)
    const large = await cost(make, 262_144)
    assert.ok(large < Math.max(small, 1) * 80, `${small.toFixed(2)} ms for 16 KiB, ${large.toFixed(2)} ms for 256 KiB`)
    assert.ok(small < 50, `${small.toFixed(2)} ms for 16 KiB`)
  })
}
