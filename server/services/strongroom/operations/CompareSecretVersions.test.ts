import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allow, deny, type Person, personOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf } from '../../../test/conformance/session.ts'
import { type Started, start } from '../../../test/start.ts'
import { type Own, ownOf, recordsOf } from '../test/own.ts'

/* CompareSecretVersions against a started server whose clock stands still. */

let server: Started
let own: Own
let clients: ReturnType<typeof clientsOf>
let person: Person

const id = (name: string) => name.padEnd(36, '-')
const compare = (SecretId: string, more: object = {}) => own('CompareSecretVersions', { SecretId, ...more })

before(async () => {
  server = await start({ standing: true, secretLimits: { versions: 4 }, history: { keptMs: 1e10, versions: 10 } })
  clients = clientsOf(server, server.credentials)
  own = ownOf(server)
  person = await personOf(server, clients, 'operator')
})
after(async () => {
  clients.destroy()
  await server[Symbol.asyncDispose]()
})

async function made(Name: string, ...values: (string | Uint8Array)[]): Promise<void> {
  for (const [at, value] of values.entries()) {
    const input = {
      ClientRequestToken: id(`${Name}-v${at + 1}`),
      ...(typeof value === 'string' ? { SecretString: value } : { SecretBinary: value }),
    }
    if (at === 0) await clients.secrets.createSecret({ Name, ...input })
    else await clients.secrets.putSecretValue({ SecretId: Name, ...input })
    await server.clock.advance({ seconds: 1 })
  }
}

test('AWSPREVIOUS is compared with AWSCURRENT, key by key, and no value is told', async () => {
  await made('a', '{"user":"app","password":"old","port":5432}', '{"user":"app","password":"new","host":"db"}')
  const { ARN } = await clients.secrets.describeSecret({ SecretId: 'a' })
  const at = server.clock.now() / 1000
  assert.deepEqual(await compare('a'), {
    ARN,
    Name: 'a',
    From: { VersionId: id('a-v1'), CreatedDate: at - 2, VersionStages: ['AWSPREVIOUS'] },
    To: { VersionId: id('a-v2'), CreatedDate: at - 1, VersionStages: ['AWSCURRENT'] },
    Format: 'JSON',
    Identical: false,
    Differences: [
      { Path: '/password', Change: 'Changed' },
      { Path: '/port', Change: 'Removed' },
      { Path: '/host', Change: 'Added' },
    ],
  })
})

test('with Reveal the values are told, as JSON texts', async () => {
  const { Differences } = await compare('a', { Reveal: true })
  assert.deepEqual(Differences, [
    { Path: '/password', Change: 'Changed', From: '"old"', To: '"new"' },
    { Path: '/port', Change: 'Removed', From: '5432' },
    { Path: '/host', Change: 'Added', To: '"db"' },
  ])
})

test('versions are named by id, by label and by time; also those that only the history keeps', async () => {
  await made('b', 'zero', 'one', 'two', 'three')
  const times = server.clock.now()
  const [first, third] = [id('b-v2'), id('b-v4')]
  const ids = ({ From, To }: { From: { VersionId: string }; To: { VersionId: string } }) => [
    From.VersionId,
    To.VersionId,
  ]
  assert.deepEqual(ids(await compare('b', { From: first })), [first, third])
  assert.deepEqual(ids(await compare('b', { From: 'AWSCURRENT', To: first })), [third, first])
  const time = new Date(times - 3000).toISOString()
  assert.deepEqual(ids(await compare('b', { From: time })), [first, third])
  await server.clock.advance({ days: 2 })
  for (const SecretString of ['four', 'five', 'six']) {
    await clients.secrets.putSecretValue({ SecretId: 'b', SecretString })
    await server.clock.advance({ days: 2 })
  }
  await assert.rejects(clients.secrets.getSecretValue({ SecretId: 'b', VersionId: first }))
  const { Differences, From } = await compare('b', { From: first, Reveal: true })
  assert.deepEqual(Differences, [{ Path: '', Change: 'Changed', From: 'one', To: 'six' }])
  assert.equal(From.VersionStages, undefined)
})

test('texts, bytes and their mixtures are compared as a whole', async () => {
  await made('c', 'a text', 'a text', Buffer.from('a text'), Buffer.from([0, 255]))
  const told = async (From: string, To: string) => {
    const { Format, Identical, Differences } = await compare('c', { From: id(From), To: id(To), Reveal: true })
    return [Format, Identical, Differences]
  }
  assert.deepEqual(await told('c-v1', 'c-v2'), ['Text', true, []])
  const base64 = Buffer.from('a text').toString('base64')
  assert.deepEqual(await told('c-v2', 'c-v3'), [
    'Binary',
    false,
    [{ Path: '', Change: 'Changed', From: 'a text', To: base64 }],
  ])
  assert.deepEqual(await told('c-v3', 'c-v4'), [
    'Binary',
    false,
    [{ Path: '', Change: 'Changed', From: base64, To: 'AP8=' }],
  ])
  assert.deepEqual(await told('c-v4', 'c-v4'), ['Binary', true, []])
})

test('a masked answer tells nothing of values: no length, no hash', async () => {
  await made('d', '{"k":"s"}', `{"k":"${'long'.repeat(100)}"}`)
  await made('e', '{"k":"s"}', '{"k":"t"}')
  const body = async (SecretId: string) => {
    const { Format, Identical, Differences } = await compare(SecretId)
    return { Format, Identical, Differences }
  }
  assert.deepEqual(await body('d'), await body('e'))
})

test('who is shown values needs RevealSecretDifferences and GetSecretValue for both versions', async () => {
  const ask = (more: object = {}) => own.raw('CompareSecretVersions', { SecretId: 'a', ...more }, person.credentials)
  const refusal = async (more: object) => {
    const { status, json } = await ask(more)
    assert.equal(status, 400, JSON.stringify(json))
    return json.Message.replace(/^.* is not authorized to perform: /, '')
  }
  const mine = 'strongroom:CompareSecretVersions'
  await person.may(allow('secretsmanager:*'))
  assert.match(await refusal({}), /^strongroom:CompareSecretVersions on resource: a because no identity/)
  await person.may(allow(mine))
  assert.equal((await ask()).status, 200)
  assert.match(await refusal({ Reveal: true }), /^strongroom:RevealSecretDifferences on resource: a because no/)
  await person.may(allow('strongroom:*'))
  assert.match(await refusal({ Reveal: true }), /^secretsmanager:GetSecretValue on resource: a because no/)
  const reads = 'secretsmanager:GetSecretValue'
  for (const Condition of [
    { StringEquals: { 'secretsmanager:VersionStage': 'AWSPREVIOUS' } },
    { StringEquals: { 'secretsmanager:VersionId': id('a-v1') } },
    { StringEquals: { 'secretsmanager:VersionId': id('a-v2') } },
  ]) {
    await person.may(allow(['strongroom:*', reads]), deny(reads, '*', { Condition }))
    assert.match(await refusal({ Reveal: true }), /^secretsmanager:GetSecretValue on resource: a with an explicit deny/)
  }
  await person.may(allow(['strongroom:*', reads]))
  assert.equal((await ask({ Reveal: true })).json.Differences[0].From, '"old"')
  // The key is used in the caller's name, also where no value is told.
  await person.may(allow(mine), deny('kms:Decrypt'))
  assert.equal((await ask()).json.__type, 'AccessDeniedException')
})

test('nothing of a value is in the trail, revealed or not', async () => {
  await compare('a', { Reveal: true })
  const records = await recordsOf(server)
  assert.ok(records.includes('"eventName":"CompareSecretVersions"'))
  assert.ok(!records.includes('"old"') && !records.includes('\\"old\\"'))
})

test('what is not there is refused in the words of GetSecretValue', async () => {
  await made('f', 'only')
  const refused = (code: string, text: string | RegExp, input: object) =>
    own.refused(code, text, 'CompareSecretVersions', { SecretId: 'f', ...input })
  const label = "Secrets Manager can't find the specified secret value for staging label: "
  await refused('ResourceNotFoundException', `${label}AWSPREVIOUS`, {})
  await refused('ResourceNotFoundException', `${label}NONE`, { From: 'NONE' })
  await refused('ResourceNotFoundException', /VersionId: none-/, { From: id('none') })
  await refused('ResourceNotFoundException', /that was current at 2001-/, { From: '2001-01-01T00:00:00Z' })
  await refused('InvalidParameterException', /in the future/, { From: '2101-01-01T00:00:00Z' })
  await refused('ResourceNotFoundException', "Secrets Manager can't find the specified secret.", { SecretId: 'none' })
  await clients.secrets.deleteSecret({ SecretId: 'f' })
  await refused('InvalidRequestException', /marked for deletion/, { From: id('f-v1') })
})
