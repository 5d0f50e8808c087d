import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Draft, draftOf, formDraft, jsonDraft, labelsOf, refusalOf } from './client.ts'
import { inputFor, type Names, prepare } from './inputs.ts'
import {
  checkFrame,
  checkRecords,
  checkRefusal,
  type Entry,
  type Expected,
  inOrder,
  isGood,
  makerOf,
  open,
  permissionOf,
  signable,
  type Who,
  type World,
} from './world.ts'

/**
 * Every operation of every service by callers who are who they say: served, denied, malformed. Each call leaves one record
 * of its own that says the same as its answer. Sources: secretsmanager.md 1, kms.md 1, access.md 3.1 and 5.6.
 */

let world: World
/** What every operation acts on here, by action. */
const names = new Map<string, Names>()
before(async () => {
  world = await open()
  for (const [index, entry] of offered().entries()) {
    names.set(entry.action, await prepare(world, entry, `a${String(index).padStart(4, '0')}`))
  }
  await world.records()
})
after(() => world[Symbol.asyncDispose]())

const offered = () => signable(world)
const input = (entry: Entry) => inputFor(entry, names.get(entry.action) as Names)

/**
 * Operations that need no permission, so that nobody can be denied them. May only shrink, unless AWS adds one.
 * Source: API_GetCallerIdentity ("No permissions are required", not even an explicit deny counts).
 */
const OPEN = ['sts:GetCallerIdentity']
/** What everybody may who is not denied it. Source: access.md 4, 5.5 step 3. */
const UNLESS_DENIED = ['sts:GetSessionToken']

/** Sends a request for an operation; checks the frame of its answer and its records. */
async function recorded(entry: Entry, draft: Draft, who: Who) {
  const answer = await world.ask(entry.service, draft, who)
  checkFrame(answer, entry, world.server.clock.now())
  const record = checkRecords(await world.records(), entry, answer, who)
  assert.equal(record.readOnly, entry.operation === undefined ? false : readOnly(entry), entry.action)
  return { answer, record }
}

const readOnly = ({ operation }: Entry) => operation?.readOnly ?? operation?.effect === 'read'

test('the operations that need no permission are those that AWS says', () => {
  const open = offered().filter(({ operation }) => operation?.open === true)
  assert.deepEqual(
    open.map(({ action }) => action),
    OPEN,
  )
})

for (const [title, ending] of [
  ['nobody', 'because no identity-based policy allows the ACTION action'],
  ['denied', 'with an explicit deny in an identity-based policy'],
] as const) {
  test(`a user without permission is refused everywhere: ${title}`, async () => {
    const who = world[title]
    for (const entry of offered()) {
      const { answer, record } = await recorded(entry, draftOf(entry.service, entry.name, input(entry)), who)
      if (OPEN.includes(entry.action) || (title === 'nobody' && UNLESS_DENIED.includes(entry.action))) {
        assert.ok(isGood(entry, answer), entry.action)
        continue
      }
      const action = permissionOf(entry)
      const start = `User: ${who.identity.arn} is not authorized to perform: ${action}`
      if (entry.action === 'sts:AssumeRole') {
        // Why is not told, nor whether there is such a role. Recorded, access.md 4.1.
        checkRefusal(answer, entry, denial(entry, `${start} on resource: ${input(entry).RoleArn}`))
        continue
      }
      const text = new RegExp(`^${start}( on resource: \\S[^ ]*( \\S+)*?)? ${ending.replace('ACTION', action)}$`)
      checkRefusal(answer, entry, denial(entry, text))
      // What a denied caller asked for is worth knowing. Source: surroundings.md 1.3.
      const told = Object.keys(input(entry)).some((member) => !entry.operation?.input[member]?.sensitive)
      if (told && entry.action !== 'sts:DecodeAuthorizationMessage')
        assert.notEqual(record.requestParameters, null, entry.action)
    }
  })
}

const denial = ({ service }: Entry, text: string | RegExp): Expected =>
  service.query === undefined
    ? { code: 'AccessDeniedException', status: service.rest === undefined ? 400 : 403, text }
    : { code: 'AccessDenied', status: 403, text }

test('operations that are not there yet say so, and are recorded', async () => {
  for (const entry of world.entries) {
    if (entry.operation !== undefined) continue
    const { service, name } = entry
    const { answer } = await recorded(entry, draftOf(service, name, {}), world.nobody)
    // Insights are not there, and that is what AWS says of trails without: Terraform asks.
    if (entry.action === 'cloudtrail:GetInsightSelectors') {
      checkRefusal(
        answer,
        entry,
        { code: 'InsightNotEnabledException', status: 400, text: /not have Insights/ },
        { modelled: true },
      )
      continue
    }
    checkRefusal(
      answer,
      entry,
      leftOut(name) ??
        (service.query === undefined
          ? { code: 'UnknownOperationException', status: 400, text: `${name} is not offered by this server yet.` }
          : {
              code: 'InvalidAction',
              status: 400,
              text: `Could not find operation ${name} for version ${service.query.version}`,
            }),
    )
  }
})

/** What AWS's services say of what they do not have, of operations that are left out for good. */
function leftOut(name: string): Expected | undefined {
  // Source: kms.md 0, tier 3.
  if (name.includes('CustomKeyStore'))
    return { code: 'UnsupportedOperationException', status: 400, text: 'Custom key stores are not supported.' }
  // Of trails without insights. Source: API_GetInsightSelectors.
  if (name === 'GetInsightSelectors')
    return { code: 'InsightNotEnabledException', status: 400, text: /^Trail does not have Insights enabled\./ }
  return undefined
}

test('a missing required member is named before anybody asks for permission, each one and all of them', async () => {
  let members = 0
  for (const entry of offered()) {
    const { service, name, operation } = entry
    const labels = labelsOf(service, name)
    const all = Object.entries(operation?.input ?? {}).flatMap(([member, { required }]) =>
      required && !labels.includes(member) ? [member] : [],
    )
    const code = service.wording.validation
    const part = (member: string) =>
      `Value null at '${member.charAt(0).toLowerCase()}${member.slice(1)}' failed to satisfy constraint: Member must not be null`
    for (const member of all) {
      members++
      const { [member]: _, ...rest } = input(entry)
      const { answer, record } = await recorded(entry, draftOf(service, name, rest), world.nobody)
      const text = `1 validation error detected: ${part(member)}`
      checkRefusal(answer, entry, { code, status: 400, text })
      assert.equal(record.requestParameters, null)
    }
    if (all.length < 2) continue
    const inPath = Object.fromEntries(labels.map((member) => [member, input(entry)[member]]))
    const { answer } = await recorded(entry, draftOf(service, name, inPath), world.nobody)
    const text = `${all.length} validation errors detected: ${all.map(part).join('; ')}`
    checkRefusal(answer, entry, { code, status: 400, text })
  }
  assert.ok(members > 40, `${members} required members`)
})

/** For each kind of member some JSON values that it is not. `null` is no wrong value: it counts as absent. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, 1.5, true, ['CANARY'], { a: 'CANARY' }],
  integer: ['CANARY', 1.5, true, ['CANARY'], {}, 1e300],
  boolean: ['CANARY', 1, ['CANARY'], {}],
  timestamp: ['CANARY', true, [], {}, 1e300],
  blob: [7, true, ['CANARY'], {}, 'CANARY!'],
  list: ['CANARY', 7, true, { a: 'CANARY' }],
  map: ['CANARY', 7, true, ['CANARY']],
  structure: ['CANARY', 7, true, ['CANARY']],
}

test('a member of the wrong JSON type is a SerializationException that repeats nothing of it', async () => {
  let members = 0
  for (const entry of offered()) {
    if (entry.service.json === undefined || entry.service.query !== undefined) continue
    for (const [member, { kind }] of Object.entries(entry.operation?.input ?? {})) {
      members++
      for (const value of wrong[kind] ?? []) {
        const draft = draftOf(entry.service, entry.name, { ...input(entry), [member]: value })
        const { answer, record } = await recorded(entry, draft, world.nobody)
        checkRefusal(answer, entry, { code: 'SerializationException', status: 400, text: /^[^'"{}[\]]+$/ })
        assert.doesNotMatch(answer.text, /CANARY/)
        assert.equal(record.requestParameters, null)
      }
    }
  }
  assert.ok(members > 60, `${members} members`)
})

test('a body that is no JSON object is a SerializationException that repeats nothing of it', async () => {
  const bodies: readonly (string | Buffer)[] = [
    '[]',
    '"CANARY"',
    '7',
    'true',
    'null',
    '{',
    '{"SecretString":"CANARY"',
    '{"SecretString":"CANARY",}',
    "{'SecretString':'CANARY'}",
    'CANARY',
    '\ufeff{}',
    Buffer.from('{"SecretString":"CANARY\xff"}', 'latin1'),
    '{"SecretId":"\\ud800"}',
    `${'['.repeat(50_000)}`,
  ]
  for (const entry of offered()) {
    const { service, name, operation } = entry
    if (service.json === undefined) continue
    for (const body of bodies) {
      // A text in a member that an operation doesn't have is nobody's business.
      if (body.includes('ud800') && !('SecretId' in (operation?.input ?? {}))) continue
      const { answer } = await recorded(entry, jsonDraft(service, name, body), world.nobody)
      checkRefusal(answer, entry, { code: 'SerializationException', status: 400, text: /^[^'"{}[\]]+$/ })
      assert.doesNotMatch(answer.text, /CANARY/)
    }
  }
})

test('a parameter of the wrong form is MalformedInput', async () => {
  const forms: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    integer: [
      ['', 'x'],
      ['', ''],
      ['', ' 1'],
      ['', '1.0'],
      ['', '1e0'],
      ['', '2147483648'],
    ],
    boolean: [
      ['', 'True'],
      ['', ''],
      ['', 'null'],
      ['', ' true'],
    ],
    list: [
      ['.member.x.Key', 'a'],
      ['.member.__proto__.Key', 'a'],
      ['.member.-1.Key', 'a'],
    ],
    string: [['', 'a\0b']],
  }
  let members = 0
  for (const entry of offered()) {
    const { service, name, operation } = entry
    if (service.query === undefined) continue
    const { body: valid = '' } = draftOf(service, name, {})
    assert.ok(valid.length > 0)
    for (const [member, shape] of Object.entries(operation?.input ?? {})) {
      const { kind, sensitive } = shape
      // a number with a fraction has other forms
      if (shape.kind === 'integer' && shape.fraction === true) continue
      members++
      // What may be in a password is for the constraint to say.
      if (sensitive) continue
      for (const [path, value] of forms[kind] ?? []) {
        const given = Object.entries(input(entry)).filter(([each]) => each !== member)
        const parameters = given.map(([each, text]) => [each, String(text)] as const)
        const draft = formDraft(service, name, [...parameters, [`${member}${path}`, value]])
        const { answer } = await recorded(entry, draft, world.nobody)
        const { code } = refusalOf(answer)
        assert.equal(
          code,
          'MalformedInput',
          `${entry.action} ${member}${path}=${JSON.stringify(value)}: ${answer.text}`,
        )
        assert.equal(answer.status, 400)
      }
    }
  }
  assert.ok(members > 40, `${members} members`)
})

test('a form that is no UTF-8, or escapes none, is refused and not changed', async () => {
  for (const entry of offered()) {
    const { service, name } = entry
    if (service.query === undefined) continue
    const start = `Action=${name}&Version=${service.query.version}&`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const rest of [
      'a=\xff',
      'a=\xc3',
      'a=\xed\xa0\x80',
      'a=%ff',
      'a=%c3',
      'a=%ED%A0%80',
      'a=%',
      'a=%zz',
      '%c3=a',
    ]) {
      const answer = await world.ask(service, { headers, body: Buffer.from(start + rest, 'latin1') }, world.root)
      checkFrame(answer, entry, world.server.clock.now())
      checkRefusal(answer, entry, { code: 'MalformedQueryString', status: 400, text: '' })
    }
  }
})

test('every operation serves a good request, with members that it does not know beside it', async () => {
  // Last, since these calls change what they are made on. `null` members count as absent.
  for (const entry of inOrder(offered())) {
    const { service, name } = entry
    const draft = draftOf(service, name, input(entry))
    const more =
      service.query !== undefined
        ? '&ZzzNobody=1&__proto__.x=1&constructor.prototype.member.1=2&ZzzNobody.member.999999999.y=1'
        : '"ZzzNobody":{"a":[1]},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"NextToken":null'
    const body = String(draft.body)
    const asJson = service.query === undefined && body.startsWith('{')
    const rest = body.slice(1)
    const answered = await recorded(
      entry,
      { ...draft, body: asJson ? `{${more}${rest === '}' ? '' : ','}${rest}` : service.rest ? body : body + more },
      makerOf(entry, world),
    )
    assert.ok(isGood(entry, answered.answer), `${entry.action}: ${answered.answer.text}`)
    assert.doesNotMatch(JSON.stringify(answered.record), /ZzzNobody|polluted/i)
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})
