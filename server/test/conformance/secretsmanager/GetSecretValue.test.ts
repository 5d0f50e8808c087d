import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { allow, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.9, row by row; 4.1, 7.1. What a placeholder answers: traps 12 and 27. */
const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)

/** A secret whose versions 1 to 3 were put one after the other, and 4 with a label of its own. */
async function made(SecretId: string): Promise<string> {
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  for (const n of [2, 3, 4]) {
    const value = { SecretId, SecretString: `${n}`, ClientRequestToken: version(n) }
    await secrets.putSecretValue(n === 4 ? { ...value, VersionStages: ['mine'] } : value)
  }
  return ARN
}

const ARN = await made('app/db')
const read = async (choice: { SecretId?: string; VersionId?: string; VersionStage?: string } = {}) => {
  const { $metadata: _, ...answer } = await secrets.getSecretValue({ SecretId: 'app/db', ...choice })
  return answer
}

test('it answers all members of the version, by name, ARN and partial ARN', async () => {
  for (const SecretId of ['app/db', ARN, ARN.slice(0, -7)]) {
    const { CreatedDate, ...answer } = await read({ SecretId })
    assert.ok(CreatedDate instanceof Date)
    assert.deepEqual(answer, {
      ARN,
      Name: 'app/db',
      VersionId: version(3),
      SecretString: '3',
      VersionStages: ['AWSCURRENT'],
    })
  }
})

test('without more it is AWSCURRENT; a stage selects its holder', async () => {
  assert.equal((await read()).VersionId, version(3))
  assert.equal((await read({ VersionStage: 'AWSCURRENT' })).VersionId, version(3))
  assert.equal((await read({ VersionStage: 'AWSPREVIOUS' })).VersionId, version(2))
  assert.equal((await read({ VersionStage: 'mine' })).VersionId, version(4))
})

test('an id selects that version, labelled or not; without labels there is no VersionStages (recorded)', async () => {
  for (const n of [1, 2, 3, 4]) {
    const answer = await read({ VersionId: version(n) })
    assert.equal(answer.SecretString, `${n}`)
    assert.equal('VersionStages' in answer, n !== 1)
  }
  assert.ok(!('VersionStages' in (await wire('GetSecretValue', { SecretId: 'app/db', VersionId: version(1) })).json))
})

test('an id and a stage together must mean one version (recorded)', async () => {
  assert.equal((await read({ VersionId: version(2), VersionStage: 'AWSPREVIOUS' })).SecretString, '2')
  assert.equal((await read({ VersionId: version(4), VersionStage: 'mine' })).SecretString, '4')
  const text = 'You provided a VersionStage that is not associated to the provided VersionId.'
  for (const VersionStage of ['AWSCURRENT', 'nobody']) {
    for (const VersionId of [version(1), version(2)]) {
      await refused(read({ VersionId, VersionStage }), 'InvalidRequestException', text)
    }
  }
})

test('a label or an id that is not there is not found, each in its own words (recorded)', async () => {
  const no = (choice: object, text: string) => refused(read(choice), 'ResourceNotFoundException', text)
  await no({ VersionStage: 'nobody' }, texts.noStage('nobody'))
  await no({ VersionStage: 'awscurrent' }, texts.noStage('awscurrent'))
  await no({ VersionStage: 'AWSPENDING' }, texts.noStage('AWSPENDING'))
  await no({ VersionId: version(9) }, texts.noVersion(version(9)))
  await no({ VersionId: version(1).toUpperCase() }, texts.noVersion(version(1).toUpperCase()))
  await no({ VersionId: version(9), VersionStage: 'AWSCURRENT' }, texts.noVersion(version(9)))
  await no({ SecretId: 'app/none' }, texts.noSecret)
  await no({ SecretId: 'app/none', VersionId: version(1), VersionStage: 'mine' }, texts.noSecret)
  await secrets.createSecret({ Name: 'app/empty' })
  await no({ SecretId: 'app/empty' }, texts.noStage('AWSCURRENT'))
  await no({ SecretId: 'app/empty', VersionId: version(1) }, texts.noVersion(version(1)))
})

test('lengths: an id has 32 to 64 characters, a stage 1 to 256', async () => {
  const at = (member: string, value: string, bound: string) =>
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have length ${bound}`
  const no = (choice: object, text: string) => refused(read(choice), 'ValidationException', text)
  // Recorded: a label in the place of an id.
  await no({ VersionId: 'AWSCURRENT' }, at('versionId', 'AWSCURRENT', 'greater than or equal to 32'))
  await no({ VersionId: 'x'.repeat(65) }, at('versionId', 'x'.repeat(65), 'less than or equal to 64'))
  await no({ VersionStage: '' }, at('versionStage', '', 'greater than or equal to 1'))
  await no({ VersionStage: 'x'.repeat(257) }, at('versionStage', 'x'.repeat(257), 'less than or equal to 256'))
  for (const VersionId of ['x'.repeat(32), 'x'.repeat(64)])
    await refused(read({ VersionId }), 'ResourceNotFoundException', texts.noVersion(VersionId))
  await refused(read({ VersionStage: 'x'.repeat(256) }), 'ResourceNotFoundException')
})

test('CreatedDate is that of the version, a string or a binary is answered as what it is', async () => {
  const SecretId = 'app/kinds'
  const { json: first } = await wire('CreateSecret', {
    Name: SecretId,
    SecretString: 'x',
    ClientRequestToken: version(1),
  })
  assert.equal(first.VersionId, version(1))
  await server.clock.advance({ hours: 1 })
  await secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from([0, 255, 10]), ClientRequestToken: version(2) })
  const one = await read({ SecretId, VersionId: version(1) })
  const two = await read({ SecretId })
  assert.deepEqual([one.SecretString, one.SecretBinary], ['x', undefined])
  assert.deepEqual([two.SecretString, Buffer.from(two.SecretBinary ?? [])], [undefined, Buffer.from([0, 255, 10])])
  assert.ok((two.CreatedDate?.getTime() ?? 0) - (one.CreatedDate?.getTime() ?? 0) >= 3_600_000)
  const { CreatedDate } = await secrets.describeSecret({ SecretId })
  assert.deepEqual(one.CreatedDate, CreatedDate)
})

test('a secret that waits for its deletion refuses before versions and labels are looked at', async () => {
  await made('app/leaving')
  await secrets.deleteSecret({ SecretId: 'app/leaving' })
  for (const choice of [
    {},
    { VersionId: version(9) },
    { VersionStage: 'nobody' },
    { VersionId: version(1), VersionStage: 'x' },
  ]) {
    await refused(read({ SecretId: 'app/leaving', ...choice }), 'InvalidRequestException', texts.marked)
  }
})

test('a read is an access of the secret and of the version, by day; a failed one is none (recorded)', async () => {
  const SecretId = 'app/accessed'
  await made(SecretId)
  const DAY = 86_400_000
  const days = async () => {
    const { LastAccessedDate } = await secrets.describeSecret({ SecretId })
    const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
    const versions = Versions.filter((each) => each.LastAccessedDate).map((each) => [
      each.VersionId,
      each.LastAccessedDate?.getTime(),
    ])
    return { secret: LastAccessedDate?.getTime(), versions: Object.fromEntries(versions) }
  }
  await refused(read({ SecretId, VersionStage: 'nobody' }), 'ResourceNotFoundException')
  await refused(read({ SecretId, VersionId: version(1), VersionStage: 'AWSCURRENT' }), 'InvalidRequestException')
  assert.deepEqual(await days(), { secret: undefined, versions: {} })
  await read({ SecretId, VersionId: version(1) })
  const today = server.clock.now() - (server.clock.now() % DAY)
  assert.deepEqual(await days(), { secret: today, versions: { [version(1)]: today } })
  await server.clock.advance({ days: 1 })
  assert.deepEqual(await days(), { secret: today, versions: { [version(1)]: today } })
  await read({ SecretId })
  assert.deepEqual(await days(), {
    secret: today + DAY,
    versions: { [version(1)]: today, [version(3)]: today + DAY },
  })
})

test('it needs its permission before all else is known; version and stage are conditions only if they were sent (7.1)', async () => {
  const reader = await personOf(server, clients, 'reader')
  const get = (choice: object = {}) => reader.secrets.getSecretValue({ SecretId: 'app/db', ...choice })
  await reader.may(allow('secretsmanager:DescribeSecret'))
  for (const SecretId of ['app/db', ARN, 'app/none', 'app/leaving']) {
    await refused(get({ SecretId }), 'AccessDeniedException', reader.denied('GetSecretValue', SecretId))
  }
  const when = (Condition: object) => reader.may(allow('secretsmanager:GetSecretValue', '*', { Condition }))
  await when({ StringEquals: { 'secretsmanager:VersionStage': 'AWSPREVIOUS' } })
  assert.equal((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString, '2')
  for (const choice of [{}, { VersionStage: 'mine' }, { VersionId: version(2) }]) {
    await refused(get(choice), 'AccessDeniedException')
  }
  await when({ StringEqualsIfExists: { 'secretsmanager:VersionStage': 'AWSCURRENT' } })
  assert.equal((await get()).SecretString, '3')
  await refused(get({ VersionStage: 'mine' }), 'AccessDeniedException')
  await when({ StringEquals: { 'secretsmanager:VersionId': version(4) } })
  assert.equal((await get({ VersionId: version(4) })).SecretString, '4')
  await refused(get({ VersionStage: 'mine' }), 'AccessDeniedException')
  // A name alone never is the SecretId of a condition (recorded).
  await when({ StringEquals: { 'secretsmanager:SecretId': ARN } })
  assert.equal((await get()).SecretString, '3')
  await when({ StringEquals: { 'secretsmanager:SecretId': 'app/db' } })
  await refused(get(), 'AccessDeniedException')
  assert.deepEqual((await labelsOf(secrets, 'app/db'))[version(4)], ['mine'])
})
