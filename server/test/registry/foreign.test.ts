import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../services/iam/accounts.ts'
import { type Answer, draftOf, refusalOf } from './client.ts'
import { inputFor, type Names, prepare } from './inputs.ts'
import { element, isGood, type Entry, open, signable, type Who, type World } from './world.ts'

/**
 * Two accounts on one server: nothing of one can be seen, changed or inferred from the other, whichever identifier of which
 * operation names it. What is there in the other account reads like what is not, to the letter. Sources: access.md 5.5
 * (cross account) and 7 (28), secretsmanager.md 7.3, kms.md 2.
 */

const OTHER = '444455556666'

let world: World
/** Root of the other account, and a user of it who may do everything. */
let strangers: readonly Who[]
/** What belongs to the first account, by the action that it was made for. */
const there = new Map<string, Names>()

before(async () => {
  world = await open()
  const { storage, vault } = world.server.inside
  const root = await bootstrap({
    storage,
    vault,
    random: systemRandom,
    now: world.server.clock.now(),
    account: OTHER,
  })
  const owner: Who = {
    credentials: { accessKeyId: root.accessKeyId ?? '', secretAccessKey: root.secretAccessKey?.reveal() ?? '' },
    identity: {},
  }
  const UserName = 'stranger'
  const as = (action: string, input: Readonly<Record<string, unknown>>) => world.call(world.entry(action), input, owner)
  assert.equal((await as('iam:CreateUser', { UserName })).status, 200)
  await as('iam:AttachUserPolicy', { UserName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  const { text } = await as('iam:CreateAccessKey', { UserName })
  const user: Who = {
    credentials: { accessKeyId: element(text, 'AccessKeyId'), secretAccessKey: element(text, 'SecretAccessKey') },
    identity: {},
  }
  strangers = [owner, user]
  for (const [index, entry] of offered().entries()) {
    there.set(
      entry.action,
      await foreignNames(entry, await prepare(world, entry, `f${String(index).padStart(4, '0')}`)),
    )
  }
})
after(() => world[Symbol.asyncDispose]())

const offered = () => signable(world)

/** Full ARNs in place of names, where the resource can be named by one. */
async function foreignNames({ service }: Entry, names: Names): Promise<Names> {
  const { account } = world.server
  if (service.name === 'secretsmanager' || service.name === 'strongroom') {
    const told = await world.done('secretsmanager:DescribeSecret', { SecretId: names.secretId })
    return { ...names, secretId: (JSON.parse(told) as { ARN: string }).ARN }
  }
  if (service.name === 'ssm')
    return { ...names, secretId: `arn:aws:ssm:us-east-1:${account}:parameter/${names.secretId}` }
  if (service.name === 'kms') return { ...names, keyId: `arn:aws:kms:us-east-1:${account}:key/${names.keyId}` }
  return names
}

/** The same names of nothing that there is, as long. */
function twinOf(names: Names): Names {
  const other = (text: string) => text.replace(/here/, 'gone')
  return {
    ...names,
    secretId: other(names.secretId),
    userName: other(names.userName),
    policyArn: other(names.policyArn),
    providerArn: other(names.providerArn),
    keyId: names.keyId.replace(/[0-9a-f]{12}$/, '0123456789ab'),
    functionArn: other(names.functionArn),
    accessKeyId: names.accessKeyId.replace(/.{8}$/, 'ZZZZ7777'),
  }
}

/** They take a document with principals: as in AWS, its writer learns which of them exist. */
const WRITES_TRUST = ['CreateRole', 'UpdateAssumeRolePolicy']

/** Members whose value names a resource by an ARN, also where the operation has no need of it. */
const ARN_MEMBERS: Readonly<Record<string, (names: Names) => unknown>> = {
  PermissionsBoundary: ({ policyArn }) => policyArn,
  PolicyArn: ({ policyArn }) => policyArn,
  PolicySourceArn: ({ policyArn, userName }) => policyArn.replace(/:policy\/.*$/, `:user/${userName}`),
  RoleArn: ({ policyArn, userName }) => policyArn.replace(/:policy\/.*$/, `:role/${userName}`),
  KmsKeyId: ({ keyId }) => keyId,
}

/** Members of one service that take an ARN in place of a name. */
const ARN_OF: Readonly<Record<string, (names: Names, entry: Entry) => string>> = {
  'cloudtrail:Name': ({ userName }) => arnOf('cloudtrail', `trail/${userName}`),
  'cloudtrail:TrailName': ({ userName }) => arnOf('cloudtrail', `trail/${userName}`),
  'cloudwatch:AlarmRule': ({ userName }) => `ALARM("${arnOf('cloudwatch', `alarm:${userName}`)}")`,
  'events:EventBusName': ({ userName }, { name }) =>
    arnOf('events', `event-bus/${name.endsWith('Permission') ? userName : 'default'}`),
  'logs:logGroupIdentifier': ({ userName }) => arnOf('logs', `log-group:${userName}`),
  'logs:resourceIdentifier': ({ userName }) => arnOf('logs', `log-group:${userName}`),
}

const arnOf = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${world.server.account}:${resource}`

/** A call of the operation on what belongs to the other account; undefined when it can't name anything by account. */
function inputOn(entry: Entry, names: Names): Record<string, unknown> | undefined {
  // Who writes a policy says himself whom it names.
  if (WRITES_TRUST.includes(entry.name)) return undefined
  const input = inputFor(entry, names)
  for (const [member, make] of Object.entries(ARN_MEMBERS)) {
    if (member in (entry.operation?.input ?? {}) && (member in input || member === 'PolicyArn'))
      input[member] = make(names)
  }
  for (const member of Object.keys(entry.operation?.input ?? {})) {
    const arn = ARN_OF[`${entry.service.name}:${member}`]?.(names, entry)
    if (arn === undefined) continue
    input[member] = arn
    // It is one or the other.
    if (/^(logGroup|resource)Identifier$/.test(member)) delete input.logGroupName
  }
  return JSON.stringify(input).includes(world.server.account) ? input : undefined
}

/** What the answer says but for what tells two requests apart. */
function told(answer: Answer, names: Names): string {
  const { requestId: _, ...rest } = refusalOf(answer)
  const { xml: __, ...said } = rest
  let text = JSON.stringify({
    status: answer.status,
    length: answer.headers['content-length'],
    why: why(answer),
    ...said,
  })
  for (const name of Object.values(names)) if (typeof name === 'string') text = text.replaceAll(name, 'NAME')
  return text
}

/** The length of the encoded message: that, too, must not tell. */
const why = ({ headers }: Answer) => String(headers['x-amzn-authorization-message'] ?? '').length

test('operations name foreign resources by ARN in all services', () => {
  const named = offered().filter((entry) => inputOn(entry, there.get(entry.action) as Names) !== undefined)
  assert.ok(named.length >= 40, `${named.length}`)
  assert.deepEqual([...new Set(named.map(({ service }) => service.name))].sort(), [
    'cloudtrail',
    'cloudwatch',
    'events',
    'iam',
    'kms',
    'lambda',
    'logs',
    'rds',
    'secretsmanager',
    'ssm',
    'strongroom',
    'sts',
  ])
})

test('what is there in another account reads like what is not, and nothing is served', async () => {
  const different: string[] = []
  for (const entry of offered()) {
    const names = there.get(entry.action) as Names
    const input = inputOn(entry, names)
    if (input === undefined) continue
    const twin = inputOn(entry, twinOf(names)) as Record<string, unknown>
    for (const who of strangers) {
      const found = await world.call(entry, input, who)
      const missed = await world.call(entry, twin, who)
      if (entry.action === 'secretsmanager:BatchGetSecretValue') {
        assert.deepEqual((JSON.parse(found.text) as { SecretValues: unknown[] }).SecretValues, [])
        const errors = (answer: Answer, { secretId }: Names) => answer.text.replaceAll(secretId, 'NAME')
        assert.equal(errors(found, names), errors(missed, twinOf(names)))
        continue
      }
      // Deleting a provider that is not there is no error, wherever it is not. Source: API_DeleteOpenIDConnectProvider.
      if (found.status === 200 && missed.status === 200 && entry.name === 'DeleteOpenIDConnectProvider') continue
      assert.ok(!isGood(entry, found), `${entry.action} served another account: ${found.text}`)
      const [one, two] = [told(found, names), told(missed, twinOf(names))]
      if (one !== two) different.push(`${entry.action}: ${one} ${two}`)
    }
  }
  assert.deepEqual(different, [])
})

test('names of the other account mean one’s own: lists, finds and deletes never reach over', async () => {
  for (const entry of offered()) {
    const names = there.get(entry.action) as Names
    const input = inputFor(entry, names)
    // The account of an access key is told to everybody who asks. Source: API_GetAccessKeyInfo.
    if (entry.name === 'GetAccessKeyInfo') continue
    if (entry.name.startsWith('Create') || JSON.stringify(input).includes(world.server.account)) continue
    for (const who of strangers) {
      const answer: Answer = await world.ask(entry.service, draftOf(entry.service, entry.name, input), who)
      const { account } = world.server
      // What the request itself said may come back.
      const said = JSON.stringify(input)
      if (!said.includes(account)) assert.ok(!answer.text.includes(account), `${entry.action}: ${answer.text}`)
    }
  }
  // All of it is still there.
  for (const [action, { secretId }] of there) {
    if (action.startsWith('ssm:')) await world.done('ssm:GetParameter', { Name: secretId })
    if (!action.startsWith('secretsmanager:')) continue
    await world.done('secretsmanager:DescribeSecret', { SecretId: secretId })
  }
})

test('whatever form an identifier of another account takes, it serves nothing (random forms)', async () => {
  const secret = (there.get('secretsmanager:GetSecretValue') as Names).secretId
  const key = (there.get('kms:Encrypt') as Names).keyId
  const role = `arn:aws:iam::${world.server.account}:role/${(there.get('sts:AssumeRole') as Names).userName}`
  const bent = (text: string) =>
    fc.oneof(
      fc.constant(text),
      fc.constant(text.replace(/-[A-Za-z0-9]{6}$/, '')),
      fc.constant(text.toUpperCase()),
      fc.constant(text.replaceAll('/', '//')),
      fc.constant(text.replaceAll('/', '%2F')),
      fc.constant(text.replace(world.server.account, OTHER)),
      fc.constant(text.replace(world.server.account, '')),
      fc.constant(text.replace('arn:aws:', 'arn:aws-cn:')),
      fc.constant(text.replace('us-east-1', '*')),
      fc.constant(text.split(':').slice(-1)[0] as string),
      fc.constant(`${text}*`),
      fc.constant(` ${text}`),
      fc.nat(text.length - 1).map((at) => text.slice(0, at) + text.slice(at + 1)),
      fc
        .tuple(fc.nat(text.length), fc.constantFrom('.', '/', ':', '*', '?', '\u200b', '%00', '$' + '{aws:username}'))
        .map(([at, extra]) => text.slice(0, at) + extra + text.slice(at)),
    )
  const asks: [string, string, fc.Arbitrary<string>][] = [
    ['secretsmanager:GetSecretValue', 'SecretId', bent(secret)],
    ['secretsmanager:PutResourcePolicy', 'SecretId', bent(secret)],
    ['secretsmanager:DeleteSecret', 'SecretId', bent(secret)],
    ['kms:Encrypt', 'KeyId', bent(key)],
    ['kms:GetKeyPolicy', 'KeyId', bent(key)],
    ['ssm:GetParameter', 'Name', bent((there.get('ssm:GetParameter') as Names).secretId)],
    ['ssm:PutResourcePolicy', 'ResourceArn', bent((there.get('ssm:PutResourcePolicy') as Names).secretId)],
    ['sts:AssumeRole', 'RoleArn', bent(role)],
  ]
  for (const [action, member, identifiers] of asks) {
    const entry = world.entry(action)
    const names = there.get(action) as Names
    await fc.assert(
      fc.asyncProperty(identifiers, fc.constantFrom(...strangers), async (identifier, who) => {
        const answer = await world.call(entry, { ...inputFor(entry, names), [member]: identifier }, who)
        assert.ok(answer.status >= 400 && answer.status < 500, `${identifier}: ${answer.status} ${answer.text}`)
        assert.ok(!answer.text.includes('AKIA') && !answer.text.includes('SecretString'), answer.text)
      }),
      { numRuns: 60 },
    )
  }
})
