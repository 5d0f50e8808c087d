import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  allow,
  deny,
  documentOf,
  type Person,
  personOf,
  type Wire,
  wireOf,
} from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf, type Credentials } from '../../../test/conformance/session.ts'
import { type Started, start } from '../../../test/start.ts'
import { recordsOf } from '../test/own.ts'

/* SearchSecrets against a started server: what is found, by whom, and what nobody learns from it. */

interface Found {
  readonly Name: string
  readonly Matches: { In: string; Key?: string; Path?: string }[]
}
interface Answer {
  readonly Results: Found[]
  readonly KeysPassedOver: number
  readonly NextToken?: string
}

const CANARY = 'canary-7Zq'
let server: Started
let clients: ReturnType<typeof clientsOf>
let wire: Wire
let person: Person

const raw = (input: object, keys?: Credentials) =>
  wire.send(
    {
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'strongroom.SearchSecrets' },
      body: JSON.stringify(input),
    },
    { service: 'strongroom', ...(keys && { keys }) },
  )
async function search(input: object, keys?: Credentials): Promise<Answer> {
  const { status, json } = await raw(input, keys)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}
const names = ({ Results }: Answer) => Results.map(({ Name }) => Name)
const found = async (Query: string, more: object = {}) => names(await search({ Query, ...more }))

before(async () => {
  server = await start()
  clients = clientsOf(server, server.credentials)
  wire = wireOf(server)
  const make = (Name: string, SecretString: string, more: object = {}) =>
    clients.secrets.createSecret({ Name, SecretString, ...more })
  await make('prod/db', JSON.stringify({ username: CANARY, 'Pass Word': 'x', nested: [{ 'api/key': CANARY }] }), {
    Description: 'The Main database of Billing',
    Tags: [{ Key: 'Team', Value: 'Payments' }],
  })
  await make('dev/db', JSON.stringify({ username: 'x' }))
  await make('prod/text', `username=${CANARY}`)
  await make('prod/number', '12')
  await make('prod/list', JSON.stringify([CANARY, 'username']))
  await clients.secrets.createSecret({ Name: 'prod/bytes', SecretBinary: Buffer.from('{"username":1}') })
  await clients.secrets.createSecret({ Name: 'prod/empty' })
  await make('old/db', JSON.stringify({ username: 'x' }), { Description: 'Billing, before' })
  await clients.secrets.deleteSecret({ SecretId: 'old/db' })
  person = await personOf(server, clients, 'searcher')
})
after(async () => {
  clients.destroy()
  await server[Symbol.asyncDispose]()
})

test('words are found in names, tags, descriptions and names of JSON keys, in whatever case; each must be found', async () => {
  assert.deepEqual(await found('PROD/D'), ['prod/db'])
  assert.deepEqual(await found('payments'), ['prod/db'])
  assert.deepEqual(await found('team'), ['prod/db'])
  assert.deepEqual(await found('main billing'), ['prod/db'])
  assert.deepEqual(await found('username'), ['dev/db', 'prod/db'])
  assert.deepEqual(await found('username prod'), ['prod/db'])
  assert.deepEqual(await found('nothing of the kind'), [])
})

test('where a word was found is told, keys as JSON pointers', async () => {
  const { Results, KeysPassedOver } = await search({ Query: 'prod api/key' })
  assert.deepEqual(
    Results.map(({ Name, Matches }) => [Name, Matches]),
    [['prod/db', [{ In: 'name' }, { In: 'key', Path: '/nested/0/api~1key' }]]],
  )
  assert.equal(KeysPassedOver, 0)
  const [only] = (await search({ Query: 'pay', In: ['tag'] })).Results
  assert.deepEqual(only, {
    ...only,
    Description: 'The Main database of Billing',
    Tags: [{ Key: 'Team', Value: 'Payments' }],
    Matches: [{ In: 'tag', Key: 'Team' }],
  })
})

test('values are never searched: not in JSON, not in lists, not in text', async () => {
  for (const In of [undefined, ['key']]) assert.deepEqual(await found(CANARY, { In }), [])
  assert.deepEqual(await found('username', { In: ['name', 'tag', 'description'] }), [])
})

test('In, Prefix and IncludePlannedDeletion say where to look; of what waits for its deletion only what is shown anyway', async () => {
  assert.deepEqual(await found('db', { In: ['description'] }), [])
  assert.deepEqual(await found('db', { Prefix: 'prod/' }), ['prod/db'])
  assert.deepEqual(await found('db', { Prefix: 'prod/db' }), ['prod/db'])
  assert.deepEqual(await found('db', { IncludePlannedDeletion: true }), ['dev/db', 'old/db', 'prod/db'])
  assert.deepEqual(await found('username', { IncludePlannedDeletion: true }), ['dev/db', 'prod/db'])
})

test('pages go on where the last one ended, also when it was empty; a token is for its own question', async () => {
  const all: string[] = []
  let NextToken: string | undefined
  do {
    const page: Answer = await search({ Query: 'db', MaxResults: 1, NextToken })
    all.push(...names(page))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  assert.deepEqual(all, ['dev/db', 'prod/db'])
  const { NextToken: token } = await search({ Query: 'db', MaxResults: 1 })
  const { json } = await raw({ Query: 'username', MaxResults: 1, NextToken: token })
  assert.equal(json.__type, 'InvalidNextTokenException')
})

test('a query without words, with too many, or too long is refused, and nothing repeats it', async () => {
  const texts: [string, string][] = [
    ['   ', 'InvalidParameterException'],
    ['a b c d e f g h i j k', 'InvalidParameterException'],
    [CANARY.repeat(30), 'ValidationException'],
  ]
  for (const [Query, code] of texts) {
    const { status, json, text } = await raw({ Query })
    assert.deepEqual([status, json.__type], [400, code])
    assert.doesNotMatch(text, /canary/)
  }
})

test('it takes strongroom:SearchSecrets and secretsmanager:ListSecrets', async () => {
  const keys = person.credentials
  for (const [statements, missing] of [
    [[], 'strongroom:SearchSecrets'],
    [[allow('secretsmanager:*')], 'strongroom:SearchSecrets'],
    [[allow('strongroom:*')], 'secretsmanager:ListSecrets'],
    [[allow(['strongroom:*', 'secretsmanager:*']), deny('secretsmanager:ListSecrets')], 'secretsmanager:ListSecrets'],
  ] as const) {
    await person.may(...(statements.length === 0 ? [allow('sts:GetCallerIdentity')] : statements))
    const { json } = await raw({ Query: 'db' }, keys)
    assert.equal(json.__type, 'AccessDeniedException')
    assert.ok(json.Message.includes(`not authorized to perform: ${missing}`), json.Message)
  }
})

test('names of keys take strongroom:SearchSecretKeys and kms:Decrypt; what is passed over is counted; a deny on GetSecretValue counts', async () => {
  const keys = person.credentials
  const base = allow(['strongroom:SearchSecrets', 'secretsmanager:ListSecrets'])
  const passed = async (...statements: object[]) => {
    await person.may(base, ...(statements as Record<string, unknown>[]))
    const answer = await search({ Query: 'username' }, keys)
    return [names(answer), answer.KeysPassedOver]
  }
  const searches = allow('strongroom:SearchSecretKeys')
  // five secrets have a text for a value, and say the word nowhere else
  assert.deepEqual(await passed(), [[], 5])
  assert.deepEqual(await passed(allow('secretsmanager:GetSecretValue')), [[], 5])
  assert.deepEqual(await passed(searches), [['dev/db', 'prod/db'], 0])
  assert.deepEqual(await passed(allow('strongroom:SearchSecretKeys', 'arn:aws:secretsmanager:*:*:secret:dev/*')), [
    ['dev/db'],
    4,
  ])
  assert.deepEqual(
    await passed(searches, deny('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:prod/db-??????')),
    [['dev/db'], 1],
  )
  assert.deepEqual(await passed(searches, deny('kms:Decrypt')), [[], 5])
})

test('the policy of a secret is asked as well', async () => {
  await person.may(allow(['strongroom:SearchSecrets', 'secretsmanager:ListSecrets']))
  await clients.secrets.putResourcePolicy({
    SecretId: 'dev/db',
    ResourcePolicy: documentOf(allow('strongroom:SearchSecretKeys', '*', { Principal: { AWS: person.arn } })),
  })
  const answer = await search({ Query: 'username' }, person.credentials)
  assert.deepEqual([names(answer), answer.KeysPassedOver], [['dev/db'], 4])
  await clients.secrets.deleteResourcePolicy({ SecretId: 'dev/db' })
})

test('it counts as no access, and neither the query nor a value is in the log or the trail', async () => {
  await search({ Query: `username ${CANARY}` })
  assert.equal((await clients.secrets.describeSecret({ SecretId: 'dev/db' })).LastAccessedDate, undefined)
  assert.doesNotMatch(server.log(), /canary/)
  const records = await recordsOf(server)
  assert.match(records, /"eventName":"SearchSecrets"/)
  assert.doesNotMatch(records, /canary/)
})

test('a page opens a hundred values at the most', async () => {
  for (let at = 0; at < 120; at++)
    await clients.secrets.createSecret({
      Name: `wide/${String(at).padStart(3, '0')}`,
      SecretString: '{"host":1}',
    })
  const first = await search({ Query: 'username', Prefix: 'wide/' })
  assert.deepEqual([first.Results, typeof first.NextToken], [[], 'string'])
  const last = await search({ Query: 'username', Prefix: 'wide/', NextToken: first.NextToken })
  assert.deepEqual(last, { Results: [], KeysPassedOver: 0 })
})

test('namesakes, with --name-reuse, are each found once, whatever the pages', async () => {
  await using reusing = await start({ secretLimits: { nameReuse: true } })
  const { secrets, destroy } = clientsOf(reusing, reusing.credentials)
  const made: (string | undefined)[] = []
  for (const value of ['one', 'two', 'three']) {
    made.push((await secrets.createSecret({ Name: 'same', SecretString: JSON.stringify({ [value]: 1 }) })).ARN)
    if (value !== 'three') await secrets.deleteSecret({ SecretId: 'same' })
  }
  const [first] = made
  await secrets.restoreSecret({ SecretId: first })
  const ask = wireOf(reusing)
  const page = async (input: object) =>
    (
      await ask.send(
        {
          headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'strongroom.SearchSecrets' },
          body: JSON.stringify(input),
        },
        { service: 'strongroom' },
      )
    ).json as { Results: { ARN: string }[]; NextToken?: string }
  const found: string[] = []
  let NextToken: string | undefined
  do {
    const one = await page({ Query: 'same', IncludePlannedDeletion: true, MaxResults: 1, NextToken })
    found.push(...one.Results.map(({ ARN }) => ARN))
    NextToken = one.NextToken
  } while (NextToken !== undefined)
  assert.deepEqual(found.sort(), [...made].sort())
  // reached by its full ARN alone, and its keys are found all the same
  assert.deepEqual(
    (await page({ Query: 'one', In: ['key'] })).Results.map(({ ARN }) => ARN),
    [first],
  )
  destroy()
})
