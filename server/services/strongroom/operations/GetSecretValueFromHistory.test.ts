import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allow, deny, type Person, personOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf } from '../../../test/conformance/session.ts'
import { type Started, start } from '../../../test/start.ts'
import { type Own, ownOf, recordsOf } from '../test/own.ts'

/* GetSecretValueFromHistory against a started server whose clock stands still; a secret keeps three versions there. */

let server: Started
let own: Own
let clients: ReturnType<typeof clientsOf>
let person: Person
/** When v1, v2, … were current, seconds. */
const times: number[] = []
let arn = ''

const id = (name: string) => name.padEnd(36, '-')
const seconds = () => server.clock.now() / 1000
const read = (input: object) => own('GetSecretValueFromHistory', { SecretId: 'a', ...input })
const refused = (code: string, text: string | RegExp, input: object) =>
  own.refused(code, text, 'GetSecretValueFromHistory', { SecretId: 'a', ...input })

before(async () => {
  server = await start({
    standing: true,
    secretLimits: { versions: 3 },
    history: { keptMs: 365 * 86_400_000, versions: 5 },
  })
  clients = clientsOf(server, server.credentials)
  own = ownOf(server)
  person = await personOf(server, clients, 'operator')
  for (let i = 1; i <= 7; i++) {
    const input = { SecretString: `value ${i}`, ClientRequestToken: id(`v${i}`) }
    if (i === 1) arn = (await clients.secrets.createSecret({ Name: 'a', ...input })).ARN ?? ''
    else await clients.secrets.putSecretValue({ SecretId: 'a', ...input })
    times.push(seconds())
    await server.clock.advance({ days: 2 })
  }
})
after(async () => {
  clients.destroy()
  await server[Symbol.asyncDispose]()
})

test('a version that AWS’s pruning took is read from the history, and stays not found on AWS’s wire', async () => {
  await assert.rejects(clients.secrets.getSecretValue({ SecretId: 'a', VersionId: id('v3') }), {
    name: 'ResourceNotFoundException',
  })
  assert.deepEqual(await read({ VersionId: id('v3') }), {
    ARN: arn,
    Name: 'a',
    VersionId: id('v3'),
    SecretString: 'value 3',
    CreatedDate: times[2],
  })
  const { Versions = [] } = await clients.secrets.listSecretVersionIds({ SecretId: 'a', IncludeDeprecated: true })
  assert.equal(
    Versions.some(({ VersionId }) => VersionId === id('v3')),
    false,
  )
})

test('a version that is there is read as GetSecretValue reads it; without more the current one', async () => {
  const { SecretString, VersionStages } = await read({ VersionId: id('v6') })
  assert.deepEqual([SecretString, VersionStages], ['value 6', ['AWSPREVIOUS']])
  assert.equal((await read({})).SecretString, 'value 7')
})

test('AsOf means what was AWSCURRENT then, to the millisecond', async () => {
  const at = (AsOf: number) => read({ AsOf }).then(({ SecretString }: { SecretString: string }) => SecretString)
  const [, , third = 0, fourth = 0] = times
  assert.equal(await at(third), 'value 3')
  assert.equal(await at(fourth - 0.001), 'value 3')
  assert.equal(await at(fourth), 'value 4')
  assert.equal(await at(seconds()), 'value 7')
})

test('what is not kept, was never there, is not yet, or not both at once', async () => {
  // Of the last five versions the values are kept.
  await refused('ResourceNotFoundException', `The value of version ${id('v2')} is not kept any more.`, {
    VersionId: id('v2'),
  })
  await refused('ResourceNotFoundException', `The value of version ${id('v1')} is not kept any more.`, {
    AsOf: times[0],
  })
  await refused(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${id('none')}`,
    { VersionId: id('none') },
  )
  await refused('ResourceNotFoundException', /can't find a secret value that was current at /, {
    AsOf: (times[0] ?? 0) - 1,
  })
  await refused('InvalidParameterException', / is in the future\.$/, { AsOf: seconds() + 1 })
  await refused('InvalidParameterException', "You can't use VersionId and AsOf together.", {
    VersionId: id('v3'),
    AsOf: times[2],
  })
  await refused('ValidationException', /versionId/, { VersionId: 'short' })
  await refused('ResourceNotFoundException', "Secrets Manager can't find the specified secret.", {
    SecretId: 'nothing',
  })
})

test('no Deny on GetSecretValue, and none on the key, is got around; its own action is needed besides', async () => {
  const get = (input: object) => own.raw('GetSecretValueFromHistory', { SecretId: 'a', ...input }, person.credentials)
  const refusal = async (input: object) => {
    const { status, json } = await get(input)
    assert.equal(status, 400, JSON.stringify(json))
    return json.Message.replace(/^.* is not authorized to perform: /, '')
  }
  const both = ['strongroom:GetSecretValueFromHistory', 'secretsmanager:GetSecretValue']
  await person.may(allow('strongroom:*'))
  assert.match(
    await refusal({ VersionId: id('v3') }),
    /^secretsmanager:GetSecretValue on resource: a because no identity/,
  )
  await person.may(allow('secretsmanager:*'))
  assert.match(
    await refusal({ VersionId: id('v3') }),
    /^strongroom:GetSecretValueFromHistory on resource: a because no/,
  )
  await person.may(allow(both))
  assert.equal((await get({ VersionId: id('v3') })).json.SecretString, 'value 3')
  // A Deny on one version counts however that version is named.
  const Condition = { StringEquals: { 'secretsmanager:VersionId': id('v3') } }
  await person.may(allow(both), deny('secretsmanager:GetSecretValue', '*', { Condition }))
  for (const input of [{ VersionId: id('v3') }, { AsOf: times[2] }])
    assert.match(await refusal(input), /^secretsmanager:GetSecretValue on resource: a with an explicit deny/)
  assert.equal((await get({ VersionId: id('v4') })).json.SecretString, 'value 4')
  await person.may(allow(both), deny('kms:Decrypt'))
  assert.equal((await get({ VersionId: id('v3') })).json.__type, 'AccessDeniedException')
})

test('the read is in the trail, without the value, and so is that of its key, through Secrets Manager', async () => {
  const { headers } = await own.raw('GetSecretValueFromHistory', { SecretId: 'a', VersionId: id('v3') })
  const text = await recordsOf(server)
  const records = JSON.parse(text) as {
    readonly requestID: string
    readonly eventName: string
    readonly eventSource: string
    readonly requestParameters: unknown
    readonly responseElements: unknown
    readonly readOnly: boolean
    readonly additionalEventData: unknown
    readonly userIdentity: { readonly invokedBy?: string }
  }[]
  const record = records.find(({ requestID }) => requestID === headers['x-amzn-requestid'])
  assert.equal(record?.eventName, 'GetSecretValueFromHistory')
  assert.equal(record?.eventSource, 'strongroom.local')
  assert.deepEqual(record?.requestParameters, { secretId: 'a', versionId: id('v3') })
  assert.deepEqual(record?.additionalEventData, { SecretId: arn })
  assert.equal(record?.responseElements, null)
  assert.equal(record?.readOnly, true)
  const opened = records.filter(({ eventName }) => eventName === 'Decrypt')
  assert.ok(opened.some(({ userIdentity }) => userIdentity.invokedBy === 'secretsmanager.amazonaws.com'))
  assert.ok(!text.includes('value 3'))
})

test('a secret that is scheduled for deletion gives nothing, and one that is gone has taken its values along', async () => {
  const SecretId = 'b'
  await clients.secrets.createSecret({ Name: SecretId, SecretString: 'one', ClientRequestToken: id('b-v1') })
  await clients.secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  const marked = "You can't perform this operation on the secret because it was marked for deletion."
  await refused('InvalidRequestException', marked, { SecretId, VersionId: id('b-v1') })
  await clients.secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  const gone = "Secrets Manager can't find the specified secret."
  await refused('ResourceNotFoundException', gone, { SecretId, VersionId: id('b-v1') })
})
