import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { start } from '../../start.ts'
import { clientsOf, refused, version } from '../session.ts'
import { refusedOnWire, rotorOf, until, type Wired, wireOf } from './rig.ts'

/** Traps 31 to 39 of secretsmanager.md 18: what is shown of a secret, when, and under which name. On the wire, where the SDK fills nothing in. */

const rotor = await rotorOf({ regions: ['us-east-1', 'eu-west-1'] })
const { server, secrets, lambda, functionArn } = rotor
const { kms } = clientsOf(server)
after(() => kms.destroy())
const wire = wireOf(server)

/** The only entry of ListSecrets with that name. */
async function listed(name: string, more: object = {}) {
  const { json } = await wire('ListSecrets', { Filters: [{ Key: 'name', Values: [name] }], ...more })
  assert.equal(json.SecretList.length, 1)
  return json.SecretList[0]
}
const described = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json
/** No member of the answer says null, false, '' or nothing but braces, however deep. */
function assertNothingEmpty({ text }: Wired): void {
  assert.doesNotMatch(text, /:\s*(null|false|""|\{\}|\[\])/)
}

test('trap 31: what a secret never had is left out: no false, "", null in DescribeSecret, ListSecrets and pages', async () => {
  await secrets.createSecret({ Name: 'trap31/plain', SecretString: 'x' })
  await secrets.createSecret({ Name: 'trap31/empty' })
  for (const SecretId of ['trap31/plain', 'trap31/empty']) {
    const answer = await wire('DescribeSecret', { SecretId })
    assertNothingEmpty(answer)
    const versions = SecretId === 'trap31/plain' ? ['VersionIdsToStages'] : []
    assert.deepEqual(
      Object.keys(answer.json).sort(),
      ['ARN', 'CreatedDate', 'LastChangedDate', 'Name', ...versions].sort(),
    )
  }
  const page = await wire('ListSecrets', { Filters: [{ Key: 'name', Values: ['trap31/'] }] })
  assertNothingEmpty(page)
  assert.deepEqual(Object.keys(page.json), ['SecretList'])
  const ids = await wire('ListSecretVersionIds', { SecretId: 'trap31/plain' })
  assertNothingEmpty(ids)
  assert.equal('NextToken' in ids.json, false)
  const batch = await wire('BatchGetSecretValue', { Filters: [{ Key: 'name', Values: ['trap31/plain'] }] })
  assert.equal('NextToken' in batch.json, false)
  assert.deepEqual(Object.keys((await wire('CreateSecret', { Name: 'trap31/new' })).json), ['ARN', 'Name'])
})

test('trap 31: once configured, rotation is shown; cancelled, it says false and loses its next date alone (recorded, 3)', async () => {
  const SecretId = 'trap31/rotated'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x', ClientRequestToken: version(1) })
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ClientRequestToken: version(2),
  })
  const done = await until(async () => {
    const shown = await described(SecretId)
    return shown.LastRotatedDate !== undefined && shown
  })
  assert.equal(done.RotationEnabled, true)
  assert.equal(done.RotationLambdaARN, functionArn)
  assert.deepEqual(done.RotationRules, { AutomaticallyAfterDays: 30 })
  assert.equal(typeof done.NextRotationDate, 'number')
  await secrets.cancelRotateSecret({ SecretId })
  const off = await described(SecretId)
  assert.equal(off.RotationEnabled, false)
  assert.equal(off.RotationLambdaARN, functionArn)
  assert.deepEqual(off.RotationRules, { AutomaticallyAfterDays: 30 })
  assert.equal('NextRotationDate' in off, false)
  assert.deepEqual((await listed(SecretId)).RotationEnabled, false)
  // Also on one that never had it: false and nothing else (recorded).
  await secrets.createSecret({ Name: 'trap31/never', SecretString: 'x' })
  await secrets.cancelRotateSecret({ SecretId: 'trap31/never' })
  const never = await described('trap31/never')
  assert.equal(never.RotationEnabled, false)
  for (const absent of ['RotationLambdaARN', 'RotationRules', 'NextRotationDate', 'LastRotatedDate'])
    assert.equal(absent in never, false, absent)
  // A refused RotateSecret leaves it absent (recorded).
  await secrets.createSecret({ Name: 'trap31/refused', SecretString: 'x' })
  const RotationLambdaARN = await rotor.shut('closed')
  await refused(
    secrets.rotateSecret({
      SecretId: 'trap31/refused',
      RotationLambdaARN,
      RotationRules: { AutomaticallyAfterDays: 1 },
    }),
    'AccessDeniedException',
  )
  assert.equal('RotationEnabled' in (await described('trap31/refused')), false)
  await lambda.deleteFunction({ FunctionName: 'closed' })
})

test('trap 32: Tags is absent on a secret that never had any, and [] after the last one went or when made with []', async () => {
  await secrets.createSecret({ Name: 'trap32/never' })
  await secrets.createSecret({ Name: 'trap32/made', Tags: [] })
  await secrets.createSecret({ Name: 'trap32/gone', Tags: [{ Key: 'a', Value: '1' }] })
  await secrets.untagResource({ SecretId: 'trap32/gone', TagKeys: ['a'] })
  await secrets.untagResource({ SecretId: 'trap32/never', TagKeys: ['a'] })
  for (const show of [described, listed]) {
    assert.equal('Tags' in (await show('trap32/never')), false)
    assert.deepEqual((await show('trap32/made')).Tags, [])
    assert.deepEqual((await show('trap32/gone')).Tags, [])
  }
  await secrets.tagResource({
    SecretId: 'trap32/gone',
    Tags: [
      { Key: 'z', Value: '' },
      { Key: 'a', Value: '1' },
    ],
  })
  // In the order of insertion; an empty value is a value.
  assert.deepEqual((await described('trap32/gone')).Tags, [
    { Key: 'z', Value: '' },
    { Key: 'a', Value: '1' },
  ])
})

test('trap 33: an empty Description is absent, created so or updated so', async () => {
  await secrets.createSecret({ Name: 'trap33/made', Description: '' })
  await secrets.createSecret({ Name: 'trap33/updated', Description: 'was here' })
  await secrets.updateSecret({ SecretId: 'trap33/updated', Description: '' })
  for (const name of ['trap33/made', 'trap33/updated']) {
    assert.equal('Description' in (await described(name)), false)
    assert.equal('Description' in (await listed(name)), false)
  }
})

test('trap 34: KmsKeyId is echoed as it was supplied, KmsKeyIds of a version are ARNs or DefaultEncryptionKey', async () => {
  const { KeyId = '', Arn = '' } = (await kms.createKey({})).KeyMetadata ?? {}
  await kms.createAlias({ AliasName: 'alias/trap34', TargetKeyId: KeyId })
  const aliasArn = Arn.replace(/key\/.*/, 'alias/trap34')
  for (const [at, KmsKeyId] of [KeyId, Arn, 'alias/trap34', aliasArn].entries()) {
    const SecretId = `trap34/${at}`
    await secrets.createSecret({ Name: SecretId, SecretString: 'x', KmsKeyId })
    assert.equal((await described(SecretId)).KmsKeyId, KmsKeyId)
    assert.equal((await listed(SecretId)).KmsKeyId, KmsKeyId)
    const { json } = await wire('ListSecretVersionIds', { SecretId })
    assert.deepEqual(json.Versions[0].KmsKeyIds, [Arn])
  }
  const SecretId = 'trap34/default'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  assert.equal('KmsKeyId' in (await described(SecretId)), false)
  assert.deepEqual((await wire('ListSecretVersionIds', { SecretId })).json.Versions[0].KmsKeyIds, [
    'DefaultEncryptionKey',
  ])
  // Even the default key, when its alias was supplied; an empty text goes back to the default key.
  await secrets.updateSecret({ SecretId, KmsKeyId: 'alias/aws/secretsmanager' })
  assert.equal((await described(SecretId)).KmsKeyId, 'alias/aws/secretsmanager')
  assert.deepEqual((await wire('ListSecretVersionIds', { SecretId })).json.Versions[0].KmsKeyIds, [
    'DefaultEncryptionKey',
  ])
  await secrets.updateSecret({ SecretId, KmsKeyId: 'alias/trap34' })
  assert.equal((await described(SecretId)).KmsKeyId, 'alias/trap34')
  assert.deepEqual((await wire('ListSecretVersionIds', { SecretId })).json.Versions[0].KmsKeyIds, [Arn])
  await secrets.updateSecret({ SecretId, KmsKeyId: '' })
  assert.equal('KmsKeyId' in (await described(SecretId)), false)
})

test('trap 35: LastAccessedDate is midnight UTC of the day of a value that was read, absent before; of the secret and of each version', async () => {
  await using other = await start({ hoursAgo: 48 })
  const clients = clientsOf(other)
  try {
    const show = wireOf(other)
    const SecretId = 'trap35'
    await clients.secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
    await clients.secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
    const seen = async () => {
      const { json } = await show('DescribeSecret', { SecretId })
      const { json: list } = await show('ListSecretVersionIds', { SecretId })
      const versions = new Map<string, { LastAccessedDate?: number }>(
        list.Versions.map((entry: { VersionId: string }) => [entry.VersionId, entry]),
      )
      const { json: all } = await show('ListSecrets', {})
      return {
        secret: json.LastAccessedDate,
        listed: all.SecretList[0].LastAccessedDate,
        v1: versions.get(version(1))?.LastAccessedDate,
        v2: versions.get(version(2))?.LastAccessedDate,
      }
    }
    const never = { secret: undefined, listed: undefined, v1: undefined, v2: undefined }
    assert.deepEqual(await seen(), never)
    await clients.secrets.getResourcePolicy({ SecretId })
    await refused(clients.secrets.getSecretValue({ SecretId, VersionStage: 'none' }), 'ResourceNotFoundException')
    assert.deepEqual(await seen(), never)
    const today = () => Math.floor(other.clock.now() / 86_400_000) * 86_400
    await clients.secrets.getSecretValue({ SecretId })
    const first = today()
    assert.deepEqual(await seen(), { secret: first, listed: first, v1: undefined, v2: first })
    await other.clock.advance({ days: 1 })
    await clients.secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })
    const second = today()
    assert.ok(second > first)
    assert.deepEqual(await seen(), { secret: second, listed: second, v1: second, v2: first })
    await other.clock.advance({ days: 1 })
    await clients.secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
    assert.deepEqual(await seen(), { secret: today(), listed: today(), v1: second, v2: today() })
  } finally {
    clients.destroy()
  }
})

test('trap 36: CreatedDate of GetSecretValue, of a batch and of a version list is that of the version', async () => {
  const SecretId = 'trap36'
  const before = server.clock.now() / 1000
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  await server.clock.advance({ seconds: 3 })
  await secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  await server.clock.advance({ seconds: 3 })
  const { json: list } = await wire('ListSecretVersionIds', { SecretId })
  const dates: Record<string, number> = Object.fromEntries(
    list.Versions.map((entry: { VersionId: string; CreatedDate: number }) => [entry.VersionId, entry.CreatedDate]),
  )
  const first = dates[version(1)] ?? 0
  const second = dates[version(2)] ?? 0
  assert.ok(first >= before && second - first >= 3 && server.clock.now() / 1000 - second >= 3)
  const read = async (more: object) => (await wire('GetSecretValue', { SecretId, ...more })).json.CreatedDate
  assert.equal(await read({}), second)
  assert.equal(await read({ VersionStage: 'AWSPREVIOUS' }), first)
  assert.equal(await read({ VersionId: version(1) }), first)
  const { json: batch } = await wire('BatchGetSecretValue', { SecretIdList: [SecretId] })
  assert.equal(batch.SecretValues[0].CreatedDate, second)
  assert.equal((await described(SecretId)).CreatedDate, first)
})

test('trap 37: versions are VersionIdsToStages in DescribeSecret and SecretVersionsToStages in ListSecrets, never both', async () => {
  const SecretId = 'trap37'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x', ClientRequestToken: version(1) })
  const one = await described(SecretId)
  assert.deepEqual(one.VersionIdsToStages, { [version(1)]: ['AWSCURRENT'] })
  assert.equal('SecretVersionsToStages' in one, false)
  const entry = await listed(SecretId)
  assert.deepEqual(entry.SecretVersionsToStages, { [version(1)]: ['AWSCURRENT'] })
  assert.equal('VersionIdsToStages' in entry, false)
})

// Replication is not there yet: no secret is a primary with replicas or a replica, and both traps hold for what is.
test('trap 38: PrimaryRegion and ReplicationStatus are on no secret that is not replicated, in no place', async () => {
  const SecretId = 'trap38'
  const { json: created } = await wire('CreateSecret', {
    Name: SecretId,
    SecretString: 'x',
    ClientRequestToken: version(1),
  })
  for (const shown of [created, await described(SecretId), await listed(SecretId)]) {
    assert.equal('PrimaryRegion' in shown, false)
    assert.equal('ReplicationStatus' in shown, false)
  }
  const { json: batch } = await wire('BatchGetSecretValue', { SecretIdList: [SecretId] })
  assert.equal('PrimaryRegion' in batch.SecretValues[0], false)
  const { json: selected } = await wire('ListSecrets', { Filters: [{ Key: 'primary-region', Values: ['us-east-1'] }] })
  assert.deepEqual(selected.SecretList, [])
})

test('trap 39: there is no replica to write to: a secret is never made as one, and the three operations of replication are not offered', async () => {
  const asked = { Name: 'trap39', SecretString: 'x', ClientRequestToken: version(1) }
  // Recorded: a replica in the secret's own Region is none.
  refusedOnWire(
    await wire('CreateSecret', { ...asked, AddReplicaRegions: [{ Region: 'us-east-1' }] }),
    'InvalidParameterException',
    'Invalid replica region.',
  )
  const elsewhere = await wire('CreateSecret', { ...asked, AddReplicaRegions: [{ Region: 'eu-west-1' }] })
  refusedOnWire(elsewhere, 'InvalidRequestException', /^Replication is not supported/)
  await refused(secrets.describeSecret({ SecretId: 'trap39' }), 'ResourceNotFoundException')
  await secrets.createSecret(asked)
  for (const [operation, input] of [
    ['ReplicateSecretToRegions', { AddReplicaRegions: [{ Region: 'eu-west-1' }] }],
    ['RemoveRegionsFromReplication', { RemoveReplicaRegions: ['eu-west-1'] }],
    ['StopReplicationToReplica', {}],
  ] as const) {
    const answer = await wire(operation, { SecretId: 'trap39', ...input })
    refusedOnWire(answer, 'UnknownOperationException', `${operation} is not offered by this server yet.`, 'message')
  }
  assert.deepEqual((await described('trap39')).VersionIdsToStages, { [version(1)]: ['AWSCURRENT'] })
})
