import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, refusal, root, user, world } from '../test/world.ts'

const FAR = 'eu-west-1'
const DAY = 86_400_000
const Plaintext = Buffer.from('x')
const there = { region: FAR }

async function replicated(input: object = {}) {
  const w = await world()
  const { KeyId, Arn } = await w.key({ MultiRegion: true, ...input })
  const replicate = (more: object = {}, asked = {}) =>
    w.ask('ReplicateKey', { KeyId, ReplicaRegion: FAR, ...more }, asked)
  return {
    w,
    KeyId,
    Arn,
    FarArn: Arn.replace('us-east-1', FAR),
    replicate,
    [Symbol.asyncDispose]: () => w[Symbol.asyncDispose](),
  }
}

test('a multi-Region key has an id of its own kind, and its replicas have the same (kms.md 3.1, 7)', async () => {
  await using r = await replicated()
  assert.match(r.KeyId, /^mrk-[0-9a-f]{32}$/)
  const primary = await r.w.ask('DescribeKey', { KeyId: r.KeyId })
  const PrimaryKey = { Arn: r.Arn, Region: 'us-east-1' }
  assert.equal(primary.KeyMetadata.MultiRegion, true)
  assert.deepEqual(primary.KeyMetadata.MultiRegionConfiguration, {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey,
    ReplicaKeys: [],
  })
  const made = await r.replicate({ Description: 'far' })
  const { ReplicaKeyMetadata, ReplicaPolicy, ReplicaTags } = made
  const ReplicaKeys = [{ Arn: r.FarArn, Region: FAR }]
  // Recorded: the answer says that the replica is being made.
  assert.deepEqual(
    [ReplicaKeyMetadata.KeyState, ReplicaKeyMetadata.Enabled, ReplicaKeyMetadata.CurrentKeyMaterialId],
    ['Creating', false, undefined],
  )
  assert.deepEqual([ReplicaKeyMetadata.KeyId, ReplicaKeyMetadata.Arn, ReplicaTags], [r.KeyId, r.FarArn, undefined])
  assert.match(ReplicaPolicy, /^\{\n {2}"Version": "2012-10-17"/)
  const [one, two] = [
    await r.w.ask('DescribeKey', { KeyId: r.KeyId }),
    await r.w.ask('DescribeKey', { KeyId: r.KeyId }, there),
  ]
  const of = (MultiRegionKeyType: string) => ({ MultiRegionKeyType, PrimaryKey, ReplicaKeys })
  assert.deepEqual(one.KeyMetadata.MultiRegionConfiguration, of('PRIMARY'))
  assert.deepEqual(two.KeyMetadata.MultiRegionConfiguration, of('REPLICA'))
  assert.deepEqual([two.KeyMetadata.KeyState, two.KeyMetadata.Description], ['Enabled', 'far'])
  assert.equal(two.KeyMetadata.CurrentKeyMaterialId, one.KeyMetadata.CurrentKeyMaterialId)
})

test('what one encrypts the other opens, by its own policy, tags, aliases and state (kms.md 18, 7)', async () => {
  await using r = await replicated({ Tags: [{ TagKey: 'a', TagValue: 'b' }] })
  const { CiphertextBlob } = await r.w.ask('Encrypt', { KeyId: r.KeyId, Plaintext })
  const open = (asked = {}) => r.w.ask('Decrypt', { CiphertextBlob }, { ...there, ...asked })
  await assert.rejects(open(), { code: 'AccessDeniedException' })
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: root().arn }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Deny', Principal: { AWS: user('ann').arn }, Action: 'kms:Decrypt', Resource: '*' },
    ],
  })
  await r.replicate({ Policy, Tags: [{ TagKey: 'c', TagValue: 'd' }] })
  const out = await open()
  assert.deepEqual([out.Plaintext, out.KeyId], [Plaintext, r.FarArn])
  const ann = user('ann', [allow('kms:*')])
  await r.w.ask('Decrypt', { CiphertextBlob }, { caller: ann })
  await assert.rejects(open({ caller: ann }), { code: 'AccessDeniedException' })
  assert.deepEqual((await r.w.ask('ListResourceTags', { KeyId: r.KeyId }, there)).Tags, [
    { TagKey: 'c', TagValue: 'd' },
  ])
  await r.w.ask('DisableKey', { KeyId: r.KeyId })
  await open()
  await r.w.ask('DisableKey', { KeyId: r.KeyId }, there)
  await assert.rejects(open(), refusal('DisabledException', `${r.FarArn} is disabled.`))
})

test('rotation is the primary’s to set, on demand and by itself, and reaches its replicas (kms.md 7)', async () => {
  await using r = await replicated()
  await r.w.ask('RotateKeyOnDemand', { KeyId: r.KeyId })
  await r.replicate()
  await r.w.ask('EnableKeyRotation', { KeyId: r.KeyId, RotationPeriodInDays: 90 })
  const status = await r.w.ask('GetKeyRotationStatus', { KeyId: r.KeyId }, there)
  assert.deepEqual([status.KeyId, status.RotationPeriodInDays], [r.FarArn, 90])
  await r.w.ask('RotateKeyOnDemand', { KeyId: r.KeyId })
  await r.w.runner.travel(r.w.clock, r.w.clock.now() + 90 * DAY)
  const material = async (asked = {}) =>
    (await r.w.ask('DescribeKey', { KeyId: r.KeyId }, asked)).KeyMetadata.CurrentKeyMaterialId
  assert.equal(await material(there), await material())
  assert.equal((await r.w.ask('ListKeyRotations', { KeyId: r.KeyId }, there)).Rotations.length, 3)
  const { CiphertextBlob } = await r.w.ask('Encrypt', { KeyId: r.KeyId, Plaintext })
  await r.w.ask('Decrypt', { CiphertextBlob }, there)
  const replica = refusal('UnsupportedOperationException', `${r.FarArn} is not a multi-region primary key.`)
  for (const name of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'])
    await assert.rejects(r.w.ask(name, { KeyId: r.KeyId }, there), replica)
})

test('ReplicateKey refuses: replicas and keys of one Region, Regions that are the primary’s, elsewhere or none (kms.md 7, recorded)', async () => {
  await using r = await replicated()
  const invalid = (text: string) => refusal('ValidationException', text)
  const single = await r.w.key()
  await assert.rejects(
    r.replicate({ KeyId: single.KeyId }),
    refusal('UnsupportedOperationException', `${single.Arn} is not a multi-region primary key.`),
  )
  await assert.rejects(
    r.replicate({ ReplicaRegion: 'us-east-1' }),
    invalid('us-east-1 cannot have a replica because it contains the primary.'),
  )
  await assert.rejects(
    r.replicate({ ReplicaRegion: 'cn-north-1' }),
    invalid('The replica key Region must be in the same AWS partition as the primary key Region.'),
  )
  await assert.rejects(
    r.replicate({ ReplicaRegion: 'us-middle-9' }),
    invalid('Region us-middle-9 is not a valid Region or multi-Region keys are not supported in Region us-middle-9.'),
  )
  await r.replicate()
  await assert.rejects(r.replicate(), { code: 'AlreadyExistsException' })
  await assert.rejects(
    r.replicate({ ReplicaRegion: 'us-west-2' }, there),
    refusal('UnsupportedOperationException', `${r.FarArn} is not a multi-region primary key.`),
  )
  await r.w.ask('DisableKey', { KeyId: r.KeyId })
  await assert.rejects(
    r.replicate({ ReplicaRegion: 'us-west-2' }),
    refusal('DisabledException', `${r.Arn} is disabled.`),
  )
})

test('ReplicateKey needs kms:ReplicateKey on the primary, kms:CreateKey in the other Region, and kms:TagResource (kms.md 7)', async () => {
  await using r = await replicated()
  const far = { Condition: { StringEquals: { 'aws:RequestedRegion': FAR } } }
  const here = { Condition: { StringEquals: { 'kms:ReplicaRegion': FAR, 'kms:MultiRegionKeyType': 'PRIMARY' } } }
  const all = [
    allow('kms:ReplicateKey', r.Arn, here),
    allow('kms:CreateKey', '*', far),
    allow('kms:TagResource', '*', { Condition: { StringEquals: { 'aws:RequestTag/a': 'b' } } }),
  ]
  const Tags = [{ TagKey: 'a', TagValue: 'b' }]
  for (const left of all) {
    const caller = user(
      'ann',
      all.filter((statement) => statement !== left),
    )
    await assert.rejects(r.replicate({ Tags }, { caller }), { code: 'AccessDeniedException' })
  }
  await r.replicate({ Tags }, { caller: user('ann', all) })
})

test('ReplicateKey checks the replica’s policy like that of a new key (kms.md 8.2)', async () => {
  await using r = await replicated()
  const Statement = { Effect: 'Allow', Principal: { AWS: user('ann').arn }, Action: 'kms:*', Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await assert.rejects(r.replicate({ Policy }), { code: 'MalformedPolicyDocumentException' })
  await r.replicate({ Policy, BypassPolicyLockoutSafetyCheck: true })
  await assert.rejects(r.w.ask('DescribeKey', { KeyId: r.KeyId }, { ...there, caller: admin() }), {
    code: 'AccessDeniedException',
  })
})

test('a primary waits for its replicas to be gone, then for its own days (kms.md 3.4, 7)', async () => {
  await using r = await replicated()
  const { w, KeyId } = r
  await r.replicate()
  await r.replicate({ ReplicaRegion: 'us-west-2' })
  assert.deepEqual(await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 9 }), {
    KeyId: r.Arn,
    KeyState: 'PendingReplicaDeletion',
    PendingWindowInDays: 9,
  })
  const described = async () => (await w.ask('DescribeKey', { KeyId })).KeyMetadata
  const { KeyState, PendingDeletionWindowInDays, DeletionDate } = await described()
  assert.deepEqual([KeyState, PendingDeletionWindowInDays, DeletionDate], ['PendingReplicaDeletion', 9, undefined])
  await assert.rejects(
    w.ask('Encrypt', { KeyId, Plaintext }),
    refusal('KMSInvalidStateException', `${r.Arn} is pending deletion.`),
  )
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, there)
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 8 }, { region: 'us-west-2' })
  const began = w.clock.now()
  await w.runner.travel(w.clock, began + 7 * DAY)
  assert.equal((await described()).KeyState, 'PendingReplicaDeletion')
  assert.equal((await described()).MultiRegionConfiguration.ReplicaKeys.length, 1)
  await w.runner.travel(w.clock, began + 8 * DAY)
  const counting = await described()
  assert.deepEqual(
    [counting.KeyState, counting.DeletionDate, counting.PendingDeletionWindowInDays],
    ['PendingDeletion', new Date(began + 17 * DAY), undefined],
  )
  await w.runner.travel(w.clock, began + 17 * DAY)
  await assert.rejects(described(), { code: 'NotFoundException' })
})

test('a primary’s deletion that waits is cancelled like another (kms.md 11)', async () => {
  await using r = await replicated()
  await r.replicate()
  await r.w.ask('ScheduleKeyDeletion', { KeyId: r.KeyId })
  await r.w.ask('CancelKeyDeletion', { KeyId: r.KeyId })
  const { KeyState, PendingDeletionWindowInDays } = (await r.w.ask('DescribeKey', { KeyId: r.KeyId })).KeyMetadata
  assert.deepEqual([KeyState, PendingDeletionWindowInDays], ['Disabled', undefined])
})

test('pairs, HMAC keys and keys whose material is brought have replicas too; the latter’s is brought again (kms.md 7)', async () => {
  await using w = await world()
  const mac = await w.key({ MultiRegion: true, KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await w.ask('ReplicateKey', { KeyId: mac.KeyId, ReplicaRegion: FAR })
  const input = { KeyId: mac.KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: Plaintext }
  const { Mac } = await w.ask('GenerateMac', input)
  assert.deepEqual((await w.ask('GenerateMac', input, there)).Mac, Mac)
  assert.equal((await w.ask('DescribeKey', { KeyId: mac.KeyId })).KeyMetadata.Arn.split(':')[4], ACCOUNT)
})
