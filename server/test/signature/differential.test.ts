import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SigningKeys } from '#kernel/signature/keys'
import type { RawRequest } from '#kernel/signature/request'
import { parseCredentials, SignatureRefusal, verifySignature } from '#kernel/signature/verify'
import { Secret } from '#kernel/values/bytes'
import { ACCESS_KEY_ID, altered, credential, type Draft, NOW, sign, withHeader } from './signer.ts'

const KNOWN = new Map(
  [
    credential(),
    credential({ accessKeyId: 'AKIAOTHEROTHEROTHER0', secret: new Secret('another') }),
    credential({ accessKeyId: 'AKIASAMESAMESAMESAME' }),
  ].map((each) => [each.accessKeyId, each]),
)
const KEYS = new SigningKeys()

/** Whether the request is believed, and as whom. */
async function believed(request: RawRequest): Promise<string | undefined> {
  try {
    const found = await verifySignature(parseCredentials(request), request, {
      now: NOW,
      service: { signingName: 'secretsmanager', clockWindowMinutes: 5 },
      regions: ['us-east-1', 'eu-west-1'],
      keys: KEYS,
      find: (accessKeyId) => KNOWN.get(accessKeyId),
    })
    return found.accessKeyId
  } catch (error) {
    if (error instanceof SignatureRefusal) return undefined
    throw error
  }
}

const characters = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.toWellFormed())

/** Segments as HTTP clients write them: encoded once; also dots and empty ones. */
const path = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: characters.map((text) => encodeURIComponent(text)) },
      fc.constantFrom('', '.', '..', 'a+b', 'a:b', 'a=b&c', '~', '*', '(1)', '%2F'),
    ),
    { maxLength: 5 },
  )
  .map((segments) => `/${segments.join('/')}`)

const query = fc
  .array(fc.tuple(characters, fc.oneof(characters, fc.array(characters, { minLength: 1, maxLength: 3 }))), {
    maxLength: 5,
  })
  // The signer leaves names like its own out of account, and writes none that is inherited.
  .map((pairs) => Object.fromEntries(pairs.filter(([name]) => !/^(x-amz-.*|__proto__)$/i.test(name))))

/** Printable ASCII, trimmed as HTTP does; what lies beyond is sent in different bytes than the JS signer signs. */
const value = fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((text) => text.trim())
const headers = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.stringMatching(/^x-[a-z0-9][a-z0-9-]{0,9}$/).filter((name) => !name.startsWith('x-amz-')),
        fc.constantFrom('content-type', 'accept', 'x-amz-target', 'amz-sdk-request', 'x-amz-meta'),
      ),
      value,
    ),
    { maxLength: 6 },
  )
  .map((pairs) => Object.fromEntries(pairs))

const draft: fc.Arbitrary<Draft> = fc.record({
  method: fc.constantFrom('POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'),
  path: fc.oneof(fc.constant('/'), path),
  query: fc.oneof(fc.constant({}), query),
  headers,
  body: fc.oneof(fc.constant(''), fc.uint8Array({ maxLength: 200, size: 'max' }), characters),
})

/** A number from 0 to below the length, for picking the place of a change. */
type Pick = (length: number) => number

/** Every single change that must break a signature; undefined when the request has nothing to change in this way. */
const CHANGES: Readonly<Record<string, (request: RawRequest, pick: Pick) => RawRequest | undefined>> = {
  'a bit of the body': (request, pick) => {
    if (request.body.length === 0) return undefined
    const body = Buffer.from(request.body)
    const at = pick(body.length)
    body[at] = (body[at] as number) ^ (1 << pick(8))
    return altered(request, { body })
  },
  'a byte more in the body': (request) => altered(request, { body: Buffer.concat([request.body, Buffer.from(' ')]) }),
  'a byte less in the body': (request) =>
    request.body.length === 0 ? undefined : altered(request, { body: request.body.subarray(1) }),
  'a character of a signed header': (request, pick) => {
    const name = signedName(request, pick)
    const was = request.header.first(name) as string
    const at = pick(was.length + 1)
    return withHeader(request, name, `${was.slice(0, at)}\u00a7${was.slice(at + 1)}`)
  },
  'a character more in a signed header': (request, pick) => {
    const name = signedName(request, pick)
    return withHeader(request, name, `${request.header.first(name)}x`)
  },
  'a signed header gone': (request, pick) => withHeader(request, signedName(request, pick), undefined),
  'a signed header twice': (request, pick) => {
    const name = signedName(request, pick)
    return altered(request, { headers: [...request.headers, name, request.header.first(name) as string] })
  },
  'the method': (request) => altered(request, { method: request.method === 'POST' ? 'PUT' : 'POST' }),
  'a segment more in the path': (request) => {
    const [where, rest] = parts(request)
    return altered(request, { target: `${where}${where.endsWith('/') ? '' : '/'}x${rest}` })
  },
  'a slash more at the end of the path': (request) => {
    const [where, rest] = parts(request)
    // Nothing changes when the path is, or comes down to, the root.
    const bare = where.endsWith('/') || new URL(`http://h${where.replace(/\/{2,}/g, '/')}/`).pathname.length < 2
    return bare || /(^|\/)\.{1,2}$/.test(where) ? undefined : altered(request, { target: `${where}/${rest}` })
  },
  'a parameter more': (request) => {
    const { target } = request
    return altered(request, { target: `${target}${target.includes('?') ? '&' : '?'}zz=1` })
  },
  'a parameter gone': (request, pick) => {
    const [where, rest] = parts(request)
    const all = rest.slice(1).split('&')
    return rest === ''
      ? undefined
      : altered(request, { target: `${where}?${all.toSpliced(pick(all.length), 1).join('&')}` })
  },
  'a character more in a parameter': (request, pick) => {
    const [where, rest] = parts(request)
    const all = rest.slice(1).split('&')
    const at = pick(all.length)
    return rest === '' ? undefined : altered(request, { target: `${where}?${all.with(at, `${all[at]}x`).join('&')}` })
  },
  'the date': (request) => saying(request, '20260102T030405Z', '20260102T030406Z'),
  'the day of the scope': (request) => saying(request, '/20260102/', '/20260103/'),
  'the region': (request) => saying(request, '/us-east-1/', '/eu-west-1/'),
  'the region, to one that is not here': (request) => saying(request, '/us-east-1/', '/us-east-2/'),
  'the service': (request) => saying(request, '/secretsmanager/', '/kms/'),
  'the terminator': (request) => saying(request, 'aws4_request', 'aws4_reques'),
  'the algorithm': (request) => saying(request, 'AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA512'),
  'a digit of the signature': (request, pick) => {
    const [, signature] = /Signature=([0-9a-f]{64})/.exec(`${request.header.authorization} ${request.target}`) ?? []
    assert.ok(signature !== undefined)
    const at = pick(64)
    const digit = ((Number.parseInt(signature[at] as string, 16) + 1 + pick(15)) % 16).toString(16)
    return saying(request, signature, signature.slice(0, at) + digit + signature.slice(at + 1))
  },
  'the access key, to one with another secret': (request) => saying(request, ACCESS_KEY_ID, 'AKIAOTHEROTHEROTHER0'),
  'the access key, to one that nobody has': (request) => saying(request, ACCESS_KEY_ID, 'AKIANOBODYNOBODY0000'),
  'a signed header taken off the list': (request, pick) => {
    const names = listed(request)
    const less = names.toSpliced(pick(names.length), 1)
    return relisted(request, names, less)
  },
  'a header put on the list': (request) => relisted(request, listed(request), [...listed(request), 'zz'], ['zz', '1']),
}

function parts({ target }: RawRequest): [path: string, query: string] {
  const mark = target.indexOf('?')
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)]
}

function listed(request: RawRequest): string[] {
  return (parseCredentials(request)?.signedHeaders ?? '').split(';')
}

function signedName(request: RawRequest, pick: Pick): string {
  const names = listed(request)
  return names[pick(names.length)] as string
}

/** The request with one piece of its credentials replaced, wherever they stand. */
function saying(request: RawRequest, was: string, is: string): RawRequest {
  const headers = request.headers.map((each, i) =>
    i % 2 === 1 && /^(authorization|x-amz-date)$/i.test(request.headers[i - 1] as string)
      ? each.replace(was, is)
      : each,
  )
  const [where, rest] = parts(request)
  const escaped = rest.includes('X-Amz-Signature')
    ? rest.replace(encodeURIComponent(was), encodeURIComponent(is))
    : rest
  const changed = altered(request, { headers, target: where + escaped })
  assert.notDeepEqual([changed.headers, changed.target], [request.headers, request.target], `${was} is not there`)
  return changed
}

/** The request with another list of signed headers, and perhaps more headers. */
function relisted(request: RawRequest, was: string[], is: string[], more: string[] = []): RawRequest {
  const [before, after] = [was.join(';'), is.join(';')]
  const query = (list: string) => `X-Amz-SignedHeaders=${encodeURIComponent(list)}&`
  const named =
    request.header.authorization === undefined
      ? altered(request, { target: request.target.replace(query(before), query(after)) })
      : saying(request, `SignedHeaders=${before},`, `SignedHeaders=${after},`)
  assert.equal(listed(named).join(';'), after)
  return altered(named, { headers: [...named.headers, ...more] })
}

async function holds(what: Draft, presign: number | undefined, seed: number, checksum: boolean): Promise<void> {
  const request = await sign(what, presign === undefined ? { applyChecksum: checksum } : { presign })
  assert.equal(await believed(request), ACCESS_KEY_ID, `refused as signed: ${request.method} ${request.target}`)
  let state = seed
  const pick: Pick = (length) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % length
  }
  for (const [name, change] of Object.entries(CHANGES)) {
    const changed = change(request, pick)
    if (changed === undefined) continue
    assert.equal(
      await believed(changed),
      undefined,
      `accepted with another: ${name}; ${changed.target} ${changed.headers}`,
    )
  }
}

test('what the official JS signer signs is accepted, and refused after any single change', async () => {
  await fc.assert(
    fc.asyncProperty(draft, fc.nat(), fc.boolean(), (what, seed, checksum) => holds(what, undefined, seed, checksum)),
    { numRuns: 500 },
  )
})

test('what the official JS signer presigns is accepted, and refused after any single change', async () => {
  await fc.assert(
    fc.asyncProperty(draft, fc.nat(), fc.integer({ min: 1, max: 604_800 }), (what, seed, lifetime) =>
      holds(what, lifetime, seed, false),
    ),
    { numRuns: 300 },
  )
})

test('a key id is not part of what is signed: another key with the same secret is believed as itself', async () => {
  const request = await sign({ body: '{}' })
  assert.equal(await believed(saying(request, ACCESS_KEY_ID, 'AKIASAMESAMESAMESAME')), 'AKIASAMESAMESAMESAME')
})
