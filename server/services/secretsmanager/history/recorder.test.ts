import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Unit } from '#kernel/storage/storage'
import { ROTATOR } from '../test/functions.ts'
import { DAY, START, type Trial, token, trial } from '../test/trial.ts'
import type { Entry, Holder } from './entry.ts'
import { History } from './store.ts'

/** The internal id of the secret of that name. */
const holderOf = async (unit: Unit, name: string): Promise<Holder> => {
  const row = await unit.get<{ account: string; region: string; id: string }>(
    { name: 'test/holder', sql: 'select account, region, id from secret where name = :name' },
    { name },
  )
  assert.ok(row)
  return row
}

/** All entries of a secret that is there, newest first. */
const entriesOf = (t: Trial, name = 'app/db'): Promise<Entry[]> =>
  t.storage.unit('read', async (unit) =>
    new History(unit, t.service.policies.history).entries(await holderOf(unit, name), { limit: 1000 }),
  )

/** What the newest entry says: kind, version, changes as `member: from -> to`. */
const short = ({ kind, versionId, changes }: Entry) => [
  kind,
  ...(versionId === undefined ? [] : [versionId.replace(/-+$/, '')]),
  ...changes.map(({ member, from, to }) => `${member}: ${brief(from)} -> ${brief(to)}`),
]
const brief = (text: string | undefined) => (text ?? 'none').replace(/-+$/, '')

async function last(t: Trial, name = 'app/db') {
  const [entry] = await entriesOf(t, name)
  assert.ok(entry)
  return short(entry)
}

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' }],
})

test('each version and metadata change keeps who (principal ARN), when, from which request', async () => {
  await using t = await trial()
  const by = {
    operation: 'CreateSecret',
    requestId: 'aaaaaaaa-1111-4111-8111-111111111111',
    sourceIp: '203.0.113.9',
    caller: {
      ...t.caller,
      kind: 'role' as const,
      arn: 'arn:aws:sts::111122223333:assumed-role/deployer/ci',
      principalArn: 'arn:aws:iam::111122223333:role/deployer',
      userId: 'AROAEXAMPLE:ci',
      session: {
        issuedAt: START,
        expiresAt: START + DAY,
        issuer: {
          type: 'Role' as const,
          principalId: 'AROAEXAMPLE',
          arn: 'arn:aws:iam::111122223333:role/deployer',
          accountId: '111122223333',
        },
      },
    },
  }
  await t.call('CreateSecret', { Name: 'app/db', SecretString: 'one', ClientRequestToken: token('v1') }, by)
  const [entry] = await entriesOf(t)
  assert.ok(entry)
  assert.deepEqual(entry.author, {
    principalArn: 'arn:aws:sts::111122223333:assumed-role/deployer/ci',
    principalId: 'AROAEXAMPLE:ci',
    issuerArn: 'arn:aws:iam::111122223333:role/deployer',
    sourceIp: '203.0.113.9',
    requestId: 'aaaaaaaa-1111-4111-8111-111111111111',
    eventName: 'CreateSecret',
  })
  assert.equal(entry.at, START)
  assert.equal(entry.number, 1)
})

test('one entry for each call and secret, whatever it changes; a call that changes nothing leaves none', async () => {
  await using t = await trial()
  await t.made('app/db', { Description: 'first', Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.deepEqual(await last(t), [
    'Created',
    'v1',
    'Description: none -> first',
    'Tags: none -> [["team","blue"]]',
    'Version: none -> v1',
    'Stage:AWSCURRENT: none -> v1',
  ])
  await t.put('v2')
  assert.deepEqual(await last(t), [
    'Version',
    'v2',
    'Version: none -> v2',
    'Stage:AWSCURRENT: v1 -> v2',
    'Stage:AWSPREVIOUS: none -> v1',
  ])
  await t.call('UpdateSecret', { SecretId: 'app/db', Description: 'second' })
  assert.deepEqual(await last(t), ['Metadata', 'Description: first -> second'])
  await t.call('UpdateSecret', { SecretId: 'app/db', KmsKeyId: 'alias/mine', Description: '' })
  assert.deepEqual(await last(t), ['Metadata', 'Description: second -> none', 'KmsKeyId: none -> alias/mine'])
  await t.call('TagResource', { SecretId: 'app/db', Tags: [{ Key: 'stage', Value: 'prod' }] })
  assert.deepEqual(await last(t), ['Metadata', 'Tags: [["team","blue"]] -> [["team","blue"],["stage","prod"]]'])
  await t.call('UntagResource', { SecretId: 'app/db', TagKeys: ['team'] })
  assert.deepEqual(await last(t), ['Metadata', 'Tags: [["team","blue"],["stage","prod"]] -> [["stage","prod"]]'])
  const move = { SecretId: 'app/db', VersionStage: 'AWSCURRENT', RemoveFromVersionId: token('v2') }
  await t.call('UpdateSecretVersionStage', { ...move, MoveToVersionId: token('v1') })
  assert.deepEqual(await last(t), ['Labels', 'Stage:AWSCURRENT: v2 -> v1', 'Stage:AWSPREVIOUS: v1 -> v2'])
  await t.call('PutResourcePolicy', { SecretId: 'app/db', ResourcePolicy: POLICY })
  const [policy] = await entriesOf(t)
  assert.equal(policy?.kind, 'Policy')
  assert.deepEqual(policy?.changes[0], { member: 'ResourcePolicy', from: undefined, to: POLICY })
  await t.call('DeleteResourcePolicy', { SecretId: 'app/db' })
  const [unset] = await entriesOf(t)
  assert.deepEqual(unset?.changes[0], { member: 'ResourcePolicy', from: POLICY, to: undefined })
  await t.call('DeleteSecret', { SecretId: 'app/db', RecoveryWindowInDays: 7 })
  assert.deepEqual(await last(t), ['Deletion', `DeletedAt: none -> ${START}`, `PurgeAt: none -> ${START + 7 * DAY}`])
  await t.call('RestoreSecret', { SecretId: 'app/db' })
  assert.equal((await last(t))[0], 'Restored')
  const before = (await entriesOf(t)).length
  assert.equal(before, 11)
  for (const [name, input] of [
    ['PutSecretValue', { ClientRequestToken: token('v2'), SecretString: 'value of v2' }],
    ['UpdateSecret', { Description: '' }],
    ['RestoreSecret', {}],
    ['DeleteResourcePolicy', {}],
    ['GetSecretValue', {}],
    ['TagResource', { Tags: [{ Key: 'stage', Value: 'prod' }] }],
  ] as const)
    await t.call(name, { SecretId: 'app/db', ...input })
  assert.equal((await entriesOf(t)).length, before)
  const numbers = (await entriesOf(t)).map(({ number }) => number)
  assert.deepEqual(numbers, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
})

test('no value is in the history', async () => {
  await using t = await trial()
  await t.made('app/db', { SecretString: 'canary-in-history' })
  await t.put('v2', { SecretString: 'canary-in-history-2' })
  await t.call('UpdateSecret', { SecretId: 'app/db', ClientRequestToken: token('v3'), SecretString: 'canary-3' })
  await t.storage.unit('read', async (unit) => {
    const rows = await unit.all({ name: 'test/all', sql: 'select author, changes from secret_history' }, {})
    assert.equal(rows.length, 3)
    assert.ok(!JSON.stringify(rows).includes('canary'))
  })
})

test('what fails leaves no entry: neither a refusal nor a unit that is rolled back', async () => {
  await using t = await trial()
  await t.made()
  await t.refused(
    'PutSecretValue',
    { SecretId: 'app/db', ClientRequestToken: token('v1'), SecretString: 'other' },
    'ResourceExistsException',
  )
  for (let step = 1; ; step++) {
    t.storage.failAt(step)
    const done = await t.put(`v${step + 1}`).then(
      () => true,
      () => false,
    )
    if (done) break
    assert.deepEqual((await entriesOf(t)).length, 1, `a fault at step ${step}`)
    assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
  }
})

test('what the service does by itself has its principal: the rotation of a secret, the end of a recovery window', async () => {
  await using t = await trial()
  await t.made()
  await t.call('DeleteSecret', { SecretId: 'app/db', RecoveryWindowInDays: 7 })
  const holder = await t.storage.unit('read', (unit) => holderOf(unit, 'app/db'))
  await t.advance(8 * DAY)
  await t.storage.unit('read', async (unit) => {
    const [entry] = await new History(unit, t.service.policies.history).entries(holder, { limit: 1 })
    assert.equal(entry?.kind, 'Removed')
    assert.equal(entry.author.principalArn, 'secretsmanager.amazonaws.com')
    assert.equal(entry.author.eventName, 'EndSecretVersionDelete')
    assert.equal(entry.at, START + 7 * DAY)
  })
})

test('a rotation leaves its configuration, its empty version and its labels; when the next one begins is no change', async () => {
  await using t = await trial()
  await t.made()
  await t.call('RotateSecret', {
    SecretId: 'app/db',
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  const [entry] = await entriesOf(t)
  assert.ok(entry)
  assert.equal(entry.kind, 'Version')
  const members = new Map(entry.changes.map(({ member, to }) => [member, to]))
  assert.equal(members.get('EmptyVersion'), token('r1'))
  assert.equal(members.get('Stage:AWSPENDING'), token('r1'))
  assert.equal(members.get('RotationEnabled'), 'true')
  assert.equal(members.get('RotationLambdaARN'), ROTATOR)
  assert.equal(members.get('RotationRules'), '{"AutomaticallyAfterDays":30}')
})

test('a clock that goes back does not turn the order around', async () => {
  await using t = await trial()
  await t.made()
  await t.call('UpdateSecret', { SecretId: 'app/db', Description: 'later' }, { now: START + 5000 })
  await t.call('UpdateSecret', { SecretId: 'app/db', Description: 'earlier' }, { now: START + 1000 })
  const times = (await entriesOf(t)).map(({ number, at }) => [number, at - START])
  assert.deepEqual(times, [
    [3, 5000],
    [2, 5000],
    [1, 0],
  ])
})

test('a row of the history that was changed in the database is not believed', async () => {
  for (const forged of [
    `author = '{"principalArn":"arn:aws:iam::111122223333:user/innocent"}'`,
    `changes = '[]'`,
    'at = at - 1',
    'held_since = 0',
    'entry = 7',
    `kind = 'Metadata'`,
    'version = null',
    'mac = zeroblob(32)',
  ]) {
    await using t = await trial()
    await t.made()
    const statement = { name: `test/${forged}`, sql: `update secret_history set ${forged}` }
    await t.storage.unit('write', (unit) => unit.run(statement, {}))
    await assert.rejects(entriesOf(t), /is not as this server wrote it/, forged)
  }
})

test('since: what happened after a time, and whether all of it is known', async () => {
  await using t = await trial()
  await t.made()
  const at: number[] = []
  for (let i = 1; i <= 600; i++) {
    t.clock.set(START + i * 1000)
    await t.call('UpdateSecret', { SecretId: 'app/db', Description: `${i}` })
    at.push(t.clock.now())
  }
  await t.storage.unit('read', async (unit) => {
    const history = new History(unit, t.service.policies.history)
    const holder = await holderOf(unit, 'app/db')
    const known = async (asOf: number, changedAt?: number) => {
      const { entries, whole } = await history.since(holder, asOf, changedAt)
      return [entries.length, entries.at(-1)?.number, whole]
    }
    assert.deepEqual(await known(START + 600_000), [0, undefined, true])
    assert.deepEqual(await known(START + 599_999), [1, 601, true])
    assert.deepEqual(await known(START + 1), [600, 2, true])
    assert.deepEqual(await known(START), [600, 2, true])
    assert.deepEqual(await known(START - 1), [601, 1, true])
  })
  // The policy took some away.
  await t.storage.unit('write', (unit) =>
    unit.run({ name: 'test/cut', sql: 'delete from secret_history where entry between 5 and 50' }, {}),
  )
  await t.storage.unit('read', async (unit) => {
    const history = new History(unit, t.service.policies.history)
    const holder = await holderOf(unit, 'app/db')
    assert.equal((await history.since(holder, START + 50_000)).whole, true)
    // Entry 51 says how it was since entry 50, of second 49.
    assert.equal((await history.since(holder, START + 49_000)).whole, true)
    assert.equal((await history.since(holder, START + 48_999)).whole, false)
    assert.equal((await history.since(holder, START)).whole, false)
  })
})

test('of a secret older than its history the state is known since its last change before that', async () => {
  await using t = await trial()
  await t.made()
  await t.storage.unit('write', (unit) => unit.run({ name: 'test/old', sql: 'delete from secret_history' }, {}))
  t.clock.set(START + 10_000)
  const whole = (asOf: number) =>
    t.storage.unit('read', async (unit) => {
      const holder = await holderOf(unit, 'app/db')
      return (await new History(unit, t.service.policies.history).since(holder, asOf, START)).whole
    })
  assert.equal(await whole(START), true)
  assert.equal(await whole(START - 1), false)
  await t.call('UpdateSecret', { SecretId: 'app/db', Description: 'x' })
  assert.equal(await whole(START), true)
  assert.equal(await whole(START - 1), false)
})

test('who makes a secret of which nothing but its name is said has an entry, and so has who takes it away', async () => {
  await using t = await trial()
  await t.call('CreateSecret', { Name: 'bare' })
  const holder = await t.storage.unit('read', (unit) => holderOf(unit, 'bare'))
  await t.call('DeleteSecret', { SecretId: 'bare', ForceDeleteWithoutRecovery: true })
  const entries = await t.storage.unit('read', (unit) =>
    new History(unit, t.service.policies.history).entries(holder, { limit: 10 }),
  )
  assert.deepEqual(entries.map(short), [['Removed'], ['Created']])
})
