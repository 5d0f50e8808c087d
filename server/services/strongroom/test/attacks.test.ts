import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, deny, documentOf, personOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf } from '../../../test/conformance/session.ts'
import { start } from '../../../test/start.ts'
import { ownOf, ownServer } from './own.ts'

/* What somebody tries who may use some of our operations and wants more: by signed requests, against a started server. */

const { server, clients, own, person } = await ownServer(3, 'attacker')

const DAYS = 86_400
const id = (name: string) => name.padEnd(36, '-')
const EVERYTHING = allow(['secretsmanager:*', 'strongroom:*', 'kms:*'])
const rows = (sql: string) =>
  server.inside.storage.unit('read', (unit) => unit.all<{ n: number }>({ name: sql, sql }, {}))
const labels = async (SecretId: string) => (await clients.secrets.describeSecret({ SecretId })).VersionIdsToStages

test('who is denied GetSecretValue compares nothing: a guess put beside a value would tell whether it is right', async () => {
  await clients.secrets.createSecret({ Name: 'guess/a', SecretString: '{"pin":"1234","other":"x"}' })
  await person.may(EVERYTHING)
  const guess = { SecretId: 'guess/a', SecretString: '{"pin":"1234"}', VersionStages: ['GUESS'] }
  await person.secrets.putSecretValue(guess)
  const asked = { SecretId: 'guess/a', From: 'GUESS', To: 'AWSCURRENT' }
  await own('CompareSecretVersions', asked, person.credentials)
  const current = { Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } } }
  for (const denied of [deny('secretsmanager:GetSecretValue'), deny('secretsmanager:GetSecretValue', '*', current)]) {
    await person.may(EVERYTHING, denied)
    const { status, json } = await own.raw('CompareSecretVersions', asked, person.credentials)
    assert.deepEqual([status, json.__type], [400, 'AccessDeniedException'])
    assert.match(
      json.Message,
      /perform: secretsmanager:GetSecretValue .* with an explicit deny in an identity-based policy$/,
    )
  }
})

test('who may neither read nor put values does not learn from ImportSecret that he has guessed one', async () => {
  const ClientRequestToken = id('guess')
  await clients.secrets.createSecret({ Name: 'guess/b', SecretString: 'right', ClientRequestToken })
  const guess = (SecretString: string, more: object = {}) =>
    own(
      'ImportSecret',
      { Name: 'guess/b', OnConflict: 'Skip', Versions: [{ SecretString, ...more }] },
      person.credentials,
    )
  await person.may(allow(['secretsmanager:CreateSecret', 'strongroom:ImportSecret', 'kms:*']))
  const outcomes = [await guess('right'), await guess('wrong'), await guess('right', { VersionId: ClientRequestToken })]
  assert.deepEqual(
    outcomes.map(({ Outcome }) => Outcome),
    ['Skipped', 'Skipped', 'Skipped'],
  )
  await person.may(EVERYTHING)
  assert.equal((await guess('right')).Outcome, 'Unchanged')
})

test('ImportSecret asks for the labels it moves and the tags it takes, as AWS would: conditions on them hold', async () => {
  const Tags = [
    { Key: 'env', Value: 'prod' },
    { Key: 'team', Value: 'a' },
  ]
  await clients.secrets.createSecret({ Name: 'cond/a', SecretString: 'x', ClientRequestToken: id('a'), Tags })
  const whole = { Name: 'cond/a', OnConflict: 'Overwrite', Whole: true, Versions: [{ SecretString: 'x' }] }
  const importing = (more: object) => own.raw('ImportSecret', { ...whole, ...more }, person.credentials)
  const keys = { Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['env'] } } }
  await person.may(EVERYTHING, deny('secretsmanager:UntagResource', '*', keys))
  const untagging = await importing({ Tags: [{ Key: 'team', Value: 'a' }] })
  assert.match(untagging.json.Message, /perform: secretsmanager:UntagResource .* with an explicit deny/)
  assert.equal((await importing({ Tags: [{ Key: 'env', Value: 'prod' }] })).status, 200)

  const label = { Condition: { StringEquals: { 'secretsmanager:VersionStage': 'LOCKED' } } }
  await clients.secrets.updateSecretVersionStage({
    SecretId: 'cond/a',
    VersionStage: 'LOCKED',
    MoveToVersionId: id('a'),
  })
  await person.may(EVERYTHING, deny('secretsmanager:UpdateSecretVersionStage', '*', label))
  const [taking, moving] = [
    await importing({ Tags: [{ Key: 'env', Value: 'prod' }] }),
    await importing({ Whole: false, Versions: [{ VersionId: id('b'), SecretString: 'y', VersionStages: ['LOCKED'] }] }),
  ]
  for (const { json } of [taking, moving])
    assert.match(json.Message, /perform: secretsmanager:UpdateSecretVersionStage .* with an explicit deny/)
  assert.deepEqual((await labels('cond/a'))?.[id('a')]?.sort(), ['AWSCURRENT', 'LOCKED'])
})

test('a Deny by the tags of a new secret holds for ImportSecret as for CreateSecret', async () => {
  const prod = { Condition: { StringEquals: { 'aws:ResourceTag/env': 'prod' } } }
  await person.may(EVERYTHING, deny('secretsmanager:CreateSecret', '*', prod))
  const Tags = [{ Key: 'env', Value: 'prod' }]
  await assert.rejects(person.secrets.createSecret({ Name: 'cond/new', Tags }), { name: 'AccessDeniedException' })
  const { json } = await own.raw('ImportSecret', { Name: 'cond/new', Tags }, person.credentials)
  assert.match(json.Message, /perform: secretsmanager:CreateSecret .* with an explicit deny/)
})

test('ImportSecret never takes AWSCURRENT off', async () => {
  const ClientRequestToken = id('a')
  await clients.secrets.createSecret({ Name: 'keeps/a', SecretString: 'x', ClientRequestToken })
  const whole = { Name: 'keeps/a', OnConflict: 'Overwrite', Whole: true }
  for (const Versions of [[], [{ VersionId: id('b'), SecretString: 'y', VersionStages: ['MINE'] }]]) {
    await own('ImportSecret', { ...whole, Versions })
    assert.deepEqual((await labels('keeps/a'))?.[ClientRequestToken], ['AWSCURRENT'])
  }
})

test('an id used again after its version was pruned: pruning goes on, and a time means the value of that time', async () => {
  const put = async (n: number, SecretString: string) => {
    await clients.secrets.putSecretValue({ SecretId: 'lives/a', SecretString, ClientRequestToken: id(`v${n}`) })
    await server.clock.advance({ seconds: 2 * DAYS })
  }
  await clients.secrets.createSecret({ Name: 'lives/a', SecretString: 'first life', ClientRequestToken: id('v1') })
  const AsOf = server.clock.now() / 1000
  const To = new Date(server.clock.now()).toISOString()
  await server.clock.advance({ seconds: 1 })
  for (const n of [2, 3, 4, 5, 6]) await put(n, `value ${n}`)
  await put(1, 'second life')
  const then = await own('GetSecretValueFromHistory', { SecretId: 'lives/a', AsOf })
  assert.deepEqual([then.SecretString, then.VersionStages], ['first life', undefined])
  const { SecretString } = await own('GetSecretValueFromHistory', { SecretId: 'lives/a', VersionId: id('v1') })
  assert.equal(SecretString, 'second life')
  const compared = await own('CompareSecretVersions', { SecretId: 'lives/a', From: To, Reveal: true })
  assert.deepEqual(compared.Differences, [{ Path: '', Change: 'Changed', From: 'first life', To: 'second life' }])
  await own('RollBackSecret', { SecretId: 'lives/a', To, ClientRequestToken: id('back') })
  assert.equal((await clients.secrets.getSecretValue({ SecretId: 'lives/a' })).SecretString, 'first life')
  for (const n of [7, 8, 9, 10]) await put(n, `value ${n}`)
  const there = await rows(
    "select count(*) as n from secret_version where version in ('v1----------------------------------')",
  )
  assert.equal(there[0]?.n, 0)
  assert.equal((await rows("select count(*) as n from job where kind = 'secretsmanager/prune'"))[0]?.n, 0)
  // the first life made room for the second: what it was then is not known any more, and nothing else is told instead
  await own.refused('ResourceNotFoundException', /v1-/, 'GetSecretValueFromHistory', { SecretId: 'lives/a', AsOf })
})

test('a Deny of a secret that is gone is not forgotten with the row that says so', async () => {
  await clients.secrets.createSecret({ Name: 'ended/a', SecretString: 'x' })
  const ResourcePolicy = documentOf(deny('strongroom:ListSecretHistory', '*', { Principal: { AWS: person.arn } }))
  await clients.secrets.putResourcePolicy({ SecretId: 'ended/a', ResourcePolicy })
  await clients.secrets.deleteSecret({ SecretId: 'ended/a', ForceDeleteWithoutRecovery: true })
  await person.may(EVERYTHING)
  const asked = () => own.raw('ListSecretHistory', { SecretId: 'ended/a' }, person.credentials)
  assert.match((await asked()).json.Message, /with an explicit deny in a resource-based policy$/)
  const sql = `delete from secret_history where kind = 'Removed'
    and secret in (select secret from secret_gone where name = 'ended/a')`
  await server.inside.storage.unit('write', (unit) => unit.run({ name: 'attack', sql }, {}))
  assert.equal((await asked()).status, 500)
})

test('a search lets others have their turn after each value that it opens', async () => {
  for (let i = 0; i < 40; i++) await clients.secrets.createSecret({ Name: `slow/${i}`, SecretString: `{"k${i}":1}` })
  let turns = 0
  let searching = true
  const turn = () => {
    turns++
    if (searching) setImmediate(turn)
  }
  setImmediate(turn)
  const { KeysPassedOver } = await own('SearchSecrets', { Query: 'nowhere', In: ['key'], Prefix: 'slow/' })
  searching = false
  assert.equal(KeysPassedOver, 0)
  assert.ok(turns >= 40, `${turns} turns`)
})

test('values that are revealed or read from the history count as read', async () => {
  await clients.secrets.createSecret({ Name: 'read/a', SecretString: 'one' })
  await clients.secrets.putSecretValue({ SecretId: 'read/a', SecretString: 'two' })
  const accessed = async () => (await clients.secrets.describeSecret({ SecretId: 'read/a' })).LastAccessedDate
  await own('CompareSecretVersions', { SecretId: 'read/a' })
  assert.equal(await accessed(), undefined)
  await own('CompareSecretVersions', { SecretId: 'read/a', Reveal: true })
  assert.ok((await accessed()) instanceof Date)
})

test('the policy of a secret that waits for its deletion lets nobody make another one under its name', async () => {
  await using reusing = await start({ standing: true, secretLimits: { nameReuse: true } })
  const root = clientsOf(reusing, reusing.credentials)
  const stranger = await personOf(reusing, root, 'stranger')
  await root.secrets.createSecret({ Name: 'name/a', SecretString: 'x' })
  const ResourcePolicy = documentOf(
    allow(['secretsmanager:*', 'strongroom:*'], '*', { Principal: { AWS: stranger.arn } }),
  )
  await root.secrets.putResourcePolicy({ SecretId: 'name/a', ResourcePolicy })
  await root.secrets.deleteSecret({ SecretId: 'name/a' })
  const { json } = await ownOf(reusing).raw('ImportSecret', { Name: 'name/a' }, stranger.credentials)
  assert.equal(json.__type, 'AccessDeniedException')
  root.destroy()
})
