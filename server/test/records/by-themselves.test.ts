import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuditRecord, open, type Who, type World } from '../registry/world.ts'

/** What services tell of what they do by themselves, on behalf of callers, and of refusals. Source: surroundings.md 1.2 to 1.4. */

type Told = AuditRecord & {
  readonly additionalEventData?: Readonly<Record<string, unknown>>
  readonly serviceEventDetails?: Readonly<Record<string, unknown>>
  readonly resources?: readonly { readonly ARN: string }[]
  readonly userAgent: string
  readonly tlsDetails?: unknown
}

const records = async (world: World, source?: string) =>
  ((await world.records()) as readonly Told[]).filter(
    ({ eventSource }) => source === undefined || eventSource === source,
  )

const token = (n: number) => `version-0000-0000-0000-00000000000${n}`

async function secret(world: World, Name: string): Promise<string> {
  const made = await world.done('secretsmanager:CreateSecret', {
    Name,
    ClientRequestToken: token(1),
    SecretString: 'a',
  })
  await world.done('secretsmanager:PutSecretValue', { SecretId: Name, ClientRequestToken: token(2), SecretString: 'b' })
  return (JSON.parse(made) as { ARN: string }).ARN
}

/** Service events as name and version. */
const versions = (told: readonly Told[]) =>
  told
    .filter(({ eventType }) => eventType === 'AwsServiceEvent')
    .map(({ eventName, additionalEventData }) => [eventName, additionalEventData?.SecretVersionId])

test('the deletion of a secret is told for each version: begun, taken back, done', async () => {
  await using world = await open({ level: 'error' })
  const arn = await secret(world, 'x')
  await world.records()
  await world.done('secretsmanager:DeleteSecret', { SecretId: 'x', RecoveryWindowInDays: 7 })
  const begun = await records(world)
  assert.deepEqual(versions(begun), [
    ['StartSecretVersionDelete', token(1)],
    ['StartSecretVersionDelete', token(2)],
  ])
  const {
    eventID: _,
    eventTime: __,
    requestID,
    ...shape
  } = begun.find(({ eventType }) => eventType === 'AwsServiceEvent') as Told & { eventID: string; eventTime: string }
  assert.equal(requestID, `StartSecretVersionDelete-${arn}-${token(1)}`)
  const { account } = world.server
  assert.deepEqual(shape, {
    eventVersion: '1.11',
    userIdentity: { accountId: account, invokedBy: 'secretsmanager.amazonaws.com' },
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'StartSecretVersionDelete',
    awsRegion: 'us-east-1',
    sourceIPAddress: 'secretsmanager.amazonaws.com',
    userAgent: 'secretsmanager.amazonaws.com',
    requestParameters: null,
    responseElements: null,
    additionalEventData: { SecretId: arn, SecretVersionId: token(1) },
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  })
  await world.done('secretsmanager:RestoreSecret', { SecretId: 'x' })
  assert.deepEqual(versions(await records(world)), [
    ['CancelSecretVersionDelete', token(1)],
    ['CancelSecretVersionDelete', token(2)],
  ])
  await world.done('secretsmanager:DeleteSecret', { SecretId: 'x', RecoveryWindowInDays: 7 })
  await world.records()
  await world.server.clock.advance({ days: 7, minutes: 1 })
  assert.deepEqual(versions(await records(world, 'secretsmanager.amazonaws.com')), [
    ['EndSecretVersionDelete', token(1)],
    ['EndSecretVersionDelete', token(2)],
  ])
  await secret(world, 'y')
  await world.records()
  await world.done('secretsmanager:DeleteSecret', { SecretId: 'y', ForceDeleteWithoutRecovery: true })
  assert.deepEqual(
    versions(await records(world)).map(([name]) => name),
    ['StartSecretVersionDelete', 'EndSecretVersionDelete', 'StartSecretVersionDelete', 'EndSecretVersionDelete'],
  )
})

test('KMS tells of the rotation and the end of keys: serviceEventDetails.keyId, by AWS Internal', async () => {
  await using world = await open({ level: 'error' })
  const made = JSON.parse(await world.done('kms:CreateKey', {})) as { KeyMetadata: { KeyId: string; Arn: string } }
  const { KeyId, Arn } = made.KeyMetadata
  const events = async () =>
    (await records(world, 'kms.amazonaws.com')).filter(({ eventType }) => eventType === 'AwsServiceEvent')
  await world.done('kms:RotateKeyOnDemand', { KeyId })
  const [rotated] = await events()
  assert.deepEqual(
    [rotated?.eventName, rotated?.serviceEventDetails, rotated?.userIdentity.invokedBy, rotated?.sourceIPAddress],
    ['RotateKey', { rotationType: 'ON_DEMAND', keyId: KeyId }, 'AWS Internal', 'AWS Internal'],
  )
  assert.deepEqual(rotated?.resources, [{ accountId: world.server.account, type: 'AWS::KMS::Key', ARN: Arn }])
  await world.done('kms:EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  await world.server.clock.advance({ days: 91 })
  assert.deepEqual(
    (await events()).map(({ eventName, serviceEventDetails }) => [eventName, serviceEventDetails?.rotationType]),
    [['RotateKey', 'AUTOMATIC']],
  )
  await world.done('kms:ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await world.server.clock.advance({ days: 8 })
  assert.deepEqual(
    (await events()).map(({ eventName, serviceEventDetails }) => [eventName, serviceEventDetails]),
    [['DeleteKey', { keyId: KeyId }]],
  )
})

test('KMS works for Secrets Manager in the caller’s name: his identity, invokedBy, and the service as address and program', async () => {
  await using world = await open({ level: 'error' })
  const arn = await secret(world, 'x')
  await world.records()
  await world.done('secretsmanager:GetSecretValue', { SecretId: 'x' })
  const [decrypt] = (await records(world, 'kms.amazonaws.com')) as Told[]
  const service = 'secretsmanager.amazonaws.com'
  assert.deepEqual(decrypt?.userIdentity, { ...world.root.identity, invokedBy: service })
  assert.deepEqual([decrypt?.eventName, decrypt?.sourceIPAddress, decrypt?.userAgent], ['Decrypt', service, service])
  // Trap 2: cryptography is read-only.
  assert.equal(decrypt?.readOnly, true)
  assert.deepEqual(decrypt?.requestParameters?.encryptionContext, { SecretARN: arn, SecretVersionId: token(2) })
})

test('a batch leaves one record of its own, and one GetSecretValue for each secret, read or refused', async () => {
  await using world = await open({ level: 'error' })
  const arn = await secret(world, 'x')
  await world.records()
  await world.done('secretsmanager:BatchGetSecretValue', { SecretIdList: ['x', 'gone'] })
  const told = await records(world, 'secretsmanager.amazonaws.com')
  assert.deepEqual(
    told.map((each) => [each.eventName, each.requestParameters, each.errorCode, each.additionalEventData]),
    [
      [
        'GetSecretValue',
        { secretId: 'x' },
        undefined,
        { SecretId: arn, SecretVersionId: token(2), BatchGetSecretValue: true },
      ],
      ['GetSecretValue', { secretId: 'gone' }, 'ResourceNotFoundException', { BatchGetSecretValue: true }],
      ['BatchGetSecretValue', { secretIdList: ['x', 'gone'] }, undefined, undefined],
    ],
  )
})

test('a refused call says which secret of its own account was meant, and nothing of one that is not there', async () => {
  await using world = await open({ level: 'error' })
  const arn = await secret(world, 'x')
  await world.records()
  const entry = world.entry('secretsmanager:GetSecretValue')
  const additional = async (SecretId: string, who: Who) => {
    await world.call(entry, { SecretId }, who)
    const [record] = await records(world, 'secretsmanager.amazonaws.com')
    assert.match(record?.errorCode ?? '', /AccessDenied|ResourceNotFound/)
    assert.deepEqual(record?.requestParameters, { secretId: SecretId })
    return record?.additionalEventData
  }
  assert.deepEqual(await additional('x', world.nobody), { SecretId: arn })
  assert.equal(await additional('gone', world.nobody), undefined)
  assert.equal(await additional('gone', world.root), undefined)
  const theirs = arn.replace(world.server.account, '999999999999')
  assert.equal(await additional(theirs, world.nobody), undefined)
})

test('Parameter Store: some refusals leave records that do not say so; a ValidationException of the model has no parameters (recorded)', async () => {
  await using world = await open({ level: 'error' })
  await world.done('ssm:PutParameter', { Name: '/x', Type: 'String', Value: 'a' })
  await world.records()
  const told = async (action: string, input: object) => {
    const answer = await world.call(world.entry(action), { ...input })
    assert.equal(answer.status, 400, answer.text)
    const [record] = await records(world, 'ssm.amazonaws.com')
    return [record?.errorCode, record?.errorMessage !== undefined, record?.requestParameters]
  }
  assert.deepEqual(await told('ssm:GetParameter', { Name: '/x:9' }), [undefined, false, { name: '/x:9' }])
  assert.deepEqual(await told('ssm:GetParameter', { Name: '/x:' }), [undefined, false, { name: '/x:' }])
  const filter = { Key: 'Type', Values: ['None'] }
  assert.deepEqual((await told('ssm:DescribeParameters', { ParameterFilters: [filter] })).slice(0, 2), [
    undefined,
    false,
  ])
  assert.deepEqual(await told('ssm:GetParameter', { Name: '' }), ['ValidationException', true, null])
  // A self-hosted trail says so, where AWS has no record at all. Source: parameterstore.md 18.
  assert.deepEqual(await told('ssm:GetParameter', { Name: '/gone' }), ['ParameterNotFound', false, { name: '/gone' }])
})

test('trap 1: SecretString is absent, a parameter’s value is masked, of every type', async () => {
  await using world = await open({ level: 'error' })
  await world.done('secretsmanager:CreateSecret', { Name: 'x', ClientRequestToken: token(1), SecretString: 'canary' })
  for (const [at, Type] of ['String', 'StringList', 'SecureString'].entries())
    await world.done('ssm:PutParameter', { Name: `/p${at}`, Type, Value: 'canary' })
  const told = await records(world)
  const of = (name: string) => told.filter(({ eventName }) => eventName === name).map((each) => each.requestParameters)
  assert.deepEqual(Object.keys(of('CreateSecret')[0] ?? {}), ['name', 'clientRequestToken'])
  assert.deepEqual(
    of('PutParameter').map((each) => each?.value),
    Array(3).fill('HIDDEN_DUE_TO_SECURITY_REASONS'),
  )
  assert.doesNotMatch(JSON.stringify(told), /canary/)
})
