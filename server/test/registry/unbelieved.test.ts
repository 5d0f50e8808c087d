import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Draft, draftOf, type Outgoing, signed, unsigned } from './client.ts'
import { checkFrame, checkRefusal, type Entry, type Expected, open, type World } from './world.ts'

/**
 * Every operation of every service, those that are not there yet too, by somebody who is not who they say: AWS's code,
 * status, text and form, and no record, since nobody is known to have called. Source: access.md 1.2, the row in each name.
 */

let world: World
before(async () => {
  world = await open()
})
after(() => world[Symbol.asyncDispose]())

/** The code, status and text of a row of access.md 1.2 for a JSON and for a Query service. */
interface Row {
  readonly json: string
  readonly query: readonly [string, number]
  readonly text: string | RegExp
  readonly queryText?: string
}

function expected({ service }: Entry, { json, query, text, queryText }: Row): Expected {
  // The front end of REST services says 403 to whom it does not believe.
  if (service.query === undefined) return { code: json, status: service.rest === undefined ? 400 : 403, text }
  return { code: query[0], status: query[1], text: queryText ?? text }
}

const rows = {
  missing: {
    json: 'MissingAuthenticationTokenException',
    query: ['MissingAuthenticationToken', 403],
    text: 'Missing Authentication Token',
    queryText: 'Request is missing Authentication Token',
  },
  mismatch: {
    json: 'InvalidSignatureException',
    query: ['SignatureDoesNotMatch', 403],
    text: 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  },
  expired: {
    json: 'InvalidSignatureException',
    query: ['SignatureDoesNotMatch', 403],
    text: /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - (5|15) min\.\)$/,
  },
  early: {
    json: 'InvalidSignatureException',
    query: ['SignatureDoesNotMatch', 403],
    text: /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ (5|15) min\.\)$/,
  },
  unknown: {
    json: 'UnrecognizedClientException',
    query: ['InvalidClientTokenId', 403],
    text: 'The security token included in the request is invalid.',
  },
  region: {
    json: 'InvalidSignatureException',
    query: ['SignatureDoesNotMatch', 403],
    text: "Credential should be scoped to a valid region, not 'mars-north-1'.",
  },
  incomplete: {
    json: 'IncompleteSignatureException',
    query: ['IncompleteSignature', 400],
    text: "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
  },
} satisfies Record<string, Row>

/** A body that would be served if it were believed; what is in it must not matter. */
const draft = ({ service, name }: Entry): Draft => draftOf(service, name, { SecretId: 'a', UserName: 'nobody' })

/** Sends one request for each operation and checks all answers; nothing of it may be in the trail. */
async function each(
  row: Row,
  make: (entry: Entry) => Outgoing,
  more: { readonly namespace?: false } = {},
): Promise<void> {
  const { server } = world
  // One operation takes calls of strangers: whatever signature there is, it does not look. Source: access.md 1.1.
  const entries = world.entries.filter(({ operation }) => operation?.unsigned !== true)
  assert.ok(entries.length > 200, `${entries.length} operations`)
  await world.records()
  for (const entry of entries) {
    const answer = await world.send(make(entry))
    checkFrame(answer, entry, server.clock.now())
    checkRefusal(answer, entry, expected(entry, row), more)
  }
  assert.deepEqual(await world.records(), [])
}

const signing = (entry: Entry) => ({
  credentials: world.root.credentials,
  service: entry.service.signingName,
  at: world.server.clock.now(),
})
const sign = (entry: Entry, over: object = {}) =>
  signed(world.server.port, draft(entry), { ...signing(entry), ...over })

test('row 2: unsigned', () =>
  each(rows.missing, (entry) => unsigned(world.server.port, draft(entry)), { namespace: false }))

test('row 7: without a signature in the header', () =>
  each(
    rows.incomplete,
    (entry) => {
      const outgoing = sign(entry)
      const authorization = outgoing.headers.authorization?.replace(/, Signature=.*/, '') ?? ''
      return { ...outgoing, headers: { ...outgoing.headers, authorization } }
    },
    { namespace: false },
  ))

test('row 10: expired by a second more than the window', () =>
  each(rows.expired, (entry) => {
    const at = world.server.clock.now() - entry.service.clockWindowMinutes * 60_000 - 1000
    return sign(entry, { at })
  }))

test('row 11: from the future', () =>
  each(rows.early, (entry) => {
    const at = world.server.clock.now() + entry.service.clockWindowMinutes * 60_000 + 1000
    return sign(entry, { at })
  }))

test('row 13: for a region that is not here', () =>
  each(rows.region, (entry) => sign(entry, { region: 'mars-north-1' })))

test('row 14: with an access key that nobody has', () =>
  each(rows.unknown, (entry) =>
    sign(entry, { credentials: { accessKeyId: 'AKIANOBODYHASTHISKEY', secretAccessKey: 'x'.repeat(40) } }),
  ))

test('row 16: with another secret', () =>
  each(rows.mismatch, (entry) =>
    sign(entry, { credentials: { ...world.root.credentials, secretAccessKey: 'x'.repeat(40) } }),
  ))

test('row 16: with a body that was altered after it was signed', () =>
  each(rows.mismatch, (entry) => {
    const outgoing = sign(entry)
    // What has no body is given one.
    const text = outgoing.body.toString()
    const body = Buffer.from(text.includes('nobody') ? text.replace('nobody', 'nobodY') : `${text}nobodY`)
    assert.notDeepEqual(body, outgoing.body)
    return { ...outgoing, body }
  }))

test('row 16: with the operation altered after it was signed', async () => {
  await each(rows.mismatch, (entry) => {
    const { service, name } = entry
    const [other = ''] = Object.keys(service.operations).filter((each) => each !== name)
    const outgoing = signed(world.server.port, draftOf(service, other, {}), signing(entry))
    const target = draftOf(service, name, {})
    const { method = outgoing.method, target: path = outgoing.target } = target
    const headers = { ...outgoing.headers, ...target.headers }
    return { ...outgoing, method, target: path, headers, body: Buffer.from(target.body ?? '') }
  })
})
