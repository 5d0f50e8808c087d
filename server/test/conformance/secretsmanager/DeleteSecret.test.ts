import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { allow, documentOf, personOf, wireOf } from './rig.ts'

/** Deletion with and without a window, and what a secret answers meanwhile: secretsmanager.md 8.5 and 6, row by row. */
const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const DAY = 86_400_000
const RANGE = 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).'
const FORCED = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."

const made = async (Name: string) =>
  (await secrets.createSecret({ Name, SecretString: 'x', ClientRequestToken: version(1) })).ARN ?? ''
const remove = (SecretId: string, more = {}) => secrets.deleteSecret({ SecretId, ...more })
const gone = (SecretId: string) =>
  refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)

test('it answers ARN, name and the time of the purge: 30 days when nothing else is said', async () => {
  for (const [days, more] of [
    [30, {}],
    [30, { ForceDeleteWithoutRecovery: false }],
    [7, { RecoveryWindowInDays: 7 }],
    [30, { RecoveryWindowInDays: 30 }],
    [8, { RecoveryWindowInDays: 8, ForceDeleteWithoutRecovery: false }],
  ] as const) {
    const SecretId = `window/${Object.keys(more).join('-')}${days}`
    const ARN = await made(SecretId)
    const { $metadata: _, DeletionDate, ...answer } = await remove(SecretId, more)
    assert.deepEqual(answer, { ARN, Name: SecretId })
    const { DeletedDate } = await secrets.describeSecret({ SecretId })
    assert.equal((DeletionDate?.getTime() ?? 0) - (DeletedDate?.getTime() ?? 0), days * DAY)
  }
})

test('a window outside 7 to 30 days is refused, also with force, and before anybody looks for the secret', async () => {
  await made('range')
  for (const SecretId of ['range', 'range/none']) {
    for (const RecoveryWindowInDays of [6, 31, 0, -1, 1000]) {
      for (const more of [{}, { ForceDeleteWithoutRecovery: true }, { ForceDeleteWithoutRecovery: false }]) {
        await refused(remove(SecretId, { RecoveryWindowInDays, ...more }), 'InvalidParameterException', RANGE)
      }
    }
    const both = { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }
    await refused(remove(SecretId, both), 'InvalidParameterException', FORCED)
  }
  assert.equal((await secrets.describeSecret({ SecretId: 'range' })).DeletedDate, undefined)
  assert.equal(
    (await wire('DeleteSecret', { SecretId: 'range', RecoveryWindowInDays: 7.5 })).json.__type,
    'SerializationException',
  )
})

test('forced it is gone at once with all its versions, and the name is free', async () => {
  const ARN = await made('forced')
  const before = server.clock.now()
  const { $metadata: _, DeletionDate, ...answer } = await remove('forced', { ForceDeleteWithoutRecovery: true })
  assert.deepEqual(answer, { ARN, Name: 'forced' })
  assert.ok((DeletionDate?.getTime() ?? 0) >= before && (DeletionDate?.getTime() ?? 0) <= server.clock.now())
  await gone('forced')
  await gone(ARN)
  await refused(secrets.restoreSecret({ SecretId: ARN }), 'ResourceNotFoundException', texts.noSecret)
  const next = await made('forced')
  assert.notEqual(next, ARN)
  await gone(ARN)
  const { Versions } = await secrets.listSecretVersionIds({ SecretId: next, IncludeDeprecated: true })
  assert.equal(Versions?.length, 1)
})

test('forced on what does not exist it succeeds with an invented ARN and the id as it was sent', async () => {
  const none = { ForceDeleteWithoutRecovery: true }
  const first = await remove('never/was', none)
  const second = await remove('never/was', none)
  assert.equal(first.Name, 'never/was')
  assert.match(first.ARN ?? '', /^arn:aws:secretsmanager:us-east-1:111122223333:secret:never\/was-[A-Za-z0-9]{6}$/)
  assert.notEqual(first.ARN, second.ARN)
  const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:never/was'
  assert.equal((await remove(arn, none)).Name, arn)
  await gone('never/was')
})

test('a plain deletion of what does not exist or is scheduled is refused', async () => {
  await refused(remove('none'), 'ResourceNotFoundException', texts.noSecret)
  await made('twice')
  await remove('twice')
  const text = "You can't perform this operation on the secret because it was already scheduled for deletion."
  for (const more of [{}, { RecoveryWindowInDays: 7 }])
    await refused(remove('twice', more), 'InvalidRequestException', text)
})

test('a scheduled secret is described, its versions are listed, and everything else refuses it (6)', async () => {
  const SecretId = 'scheduled'
  const ARN = await made(SecretId)
  const Tags = [{ Key: 'a', Value: 'b' }]
  await secrets.tagResource({ SecretId, Tags })
  await secrets.deleteSecret({ SecretId })
  const ResourcePolicy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: server.account } }))
  for (const id of [SecretId, ARN]) {
    for (const [operation, input] of Object.entries({
      GetSecretValue: {},
      PutSecretValue: { SecretString: 'y', ClientRequestToken: version(2) },
      UpdateSecret: { Description: 'd' },
      UpdateSecretVersionStage: { VersionStage: 'mine', MoveToVersionId: version(1) },
      TagResource: { Tags },
      UntagResource: { TagKeys: ['a'] },
      PutResourcePolicy: { ResourcePolicy },
      GetResourcePolicy: {},
      DeleteResourcePolicy: {},
      RotateSecret: { ClientRequestToken: version(3) },
      CancelRotateSecret: {},
    })) {
      const { json } = await wire(operation, { SecretId: id, ...input })
      assert.deepEqual(json, { __type: 'InvalidRequestException', Message: texts.marked }, operation)
    }
    const described = await secrets.describeSecret({ SecretId: id })
    assert.deepEqual([described.Tags, described.DeletedDate instanceof Date], [Tags, true])
    assert.equal((await secrets.listSecretVersionIds({ SecretId: id })).Versions?.length, 1)
  }
  const { Errors, SecretValues } = await secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
  assert.deepEqual(SecretValues, [])
  assert.deepEqual(Errors, [{ SecretId, ErrorCode: 'InvalidRequestException', Message: texts.marked }])
  const Filters = [{ Key: 'name' as const, Values: [SecretId] }]
  assert.deepEqual((await secrets.batchGetSecretValue({ Filters })).SecretValues, [])
  assert.deepEqual((await secrets.listSecrets({ Filters })).SecretList, [])
  const { SecretList } = await secrets.listSecrets({ Filters, IncludePlannedDeletion: true })
  assert.equal(SecretList?.[0]?.ARN, ARN)
})

test('RestoreSecret brings it back as it was, and moves LastChangedDate', async () => {
  const SecretId = 'restored'
  const ARN = await made(SecretId)
  const ResourcePolicy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: server.account } }))
  await secrets.putResourcePolicy({ SecretId, ResourcePolicy })
  const { $metadata: _, LastChangedDate, ...before } = await secrets.describeSecret({ SecretId })
  await server.clock.advance({ minutes: 1 })
  await remove(SecretId)
  await server.clock.advance({ minutes: 1 })
  const { $metadata: __, ...answer } = await secrets.restoreSecret({ SecretId })
  assert.deepEqual(answer, { ARN, Name: SecretId })
  const { $metadata: ___, LastChangedDate: changed, ...after } = await secrets.describeSecret({ SecretId })
  assert.deepEqual(after, before)
  assert.ok((changed?.getTime() ?? 0) - (LastChangedDate?.getTime() ?? 0) >= 120_000)
  assert.ok((await secrets.getResourcePolicy({ SecretId })).ResourcePolicy)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
  await server.clock.advance({ days: 31 })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
})

test('the purge comes at the end of the window and not before, and frees the name', async () => {
  const SecretId = 'purged'
  const ARN = await made(SecretId)
  await made('purged/kept')
  await remove(SecretId, { RecoveryWindowInDays: 7 })
  await server.clock.advance({ days: 6, hours: 23, minutes: 59 })
  assert.ok((await secrets.describeSecret({ SecretId })).DeletedDate)
  await server.clock.advance({ minutes: 2 })
  await gone(SecretId)
  await refused(secrets.restoreSecret({ SecretId: ARN }), 'ResourceNotFoundException', texts.noSecret)
  await refused(remove(SecretId), 'ResourceNotFoundException', texts.noSecret)
  assert.equal((await secrets.getSecretValue({ SecretId: 'purged/kept' })).SecretString, 'x')
  assert.notEqual(await made(SecretId), ARN)
})

test('rotation that never was configured is not shown as off by a deletion; it is after CancelRotateSecret', async () => {
  await made('never-rotated')
  await remove('never-rotated')
  assert.ok(!('RotationEnabled' in (await wire('DescribeSecret', { SecretId: 'never-rotated' })).json))
})

test('it needs its permission, whether there is such a secret or not, with the window and force as conditions', async () => {
  const remover = await personOf(server, clients, 'remover')
  const erase = (SecretId: string, more = {}) => remover.secrets.deleteSecret({ SecretId, ...more })
  await made('mine')
  await remover.may(allow('secretsmanager:DescribeSecret'))
  for (const id of ['mine', 'mine/none']) {
    await refused(erase(id), 'AccessDeniedException', remover.denied('DeleteSecret', id))
    const force = erase(id, { ForceDeleteWithoutRecovery: true })
    await refused(force, 'AccessDeniedException', remover.denied('DeleteSecret', id))
    // The window is looked at after the permission.
    await refused(erase(id, { RecoveryWindowInDays: 1 }), 'AccessDeniedException')
  }
  const when = (Condition: object) => remover.may(allow('secretsmanager:DeleteSecret', '*', { Condition }))
  await when({ NumericGreaterThanEquals: { 'secretsmanager:RecoveryWindowInDays': '14' } })
  await refused(erase('mine'), 'AccessDeniedException')
  await refused(erase('mine', { RecoveryWindowInDays: 13 }), 'AccessDeniedException')
  await erase('mine', { RecoveryWindowInDays: 14 })
  await when({ Bool: { 'secretsmanager:ForceDeleteWithoutRecovery': 'false' } })
  await refused(erase('mine', { ForceDeleteWithoutRecovery: true }), 'AccessDeniedException')
  await secrets.restoreSecret({ SecretId: 'mine' })
  await erase('mine', { ForceDeleteWithoutRecovery: false })
})
