import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { memorySeal } from '#kernel/sealing/seal'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'
import { bring } from './test/importing.ts'
import { refusal, user, world } from './test/world.ts'

// What KMS and its keys do on PostgreSQL, with two nodes on one database. SQLite is in the other tests.

const skip = postgresMissing() ?? false
let server: Postgres | undefined
after(async () => server?.[Symbol.asyncDispose]())

/** Two nodes that start a new store at the same moment, with one seal. */
async function nodes() {
  server ??= await startPostgres()
  const url = await server.database()
  const seal = memorySeal()
  const [one, two] = await Promise.all([world({ url, seal }), world({ url, seal })])
  return {
    one,
    two,
    [Symbol.asyncDispose]: async () => void (await Promise.all([one.storage.close(), two.storage.close()])),
  }
}

test('two nodes that start at once share one root key, and read what the other has wrapped', { skip }, async () => {
  await using both = await nodes()
  const { KeyId } = await both.one.key()
  const { CiphertextBlob } = await both.one.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  assert.equal((await both.two.ask('Decrypt', { CiphertextBlob })).Plaintext.toString(), 'x')
})

test('50 first uses on two nodes at once make one AWS managed key (kms.md 18, 12)', { skip }, async () => {
  await using both = await nodes()
  const { one, two } = both
  const made = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      (i % 2 === 0 ? one : two).through((keys) => keys.generateDataKey(undefined, {})),
    ),
  )
  assert.equal(new Set(made.map(({ keyArn }) => keyArn)).size, 1)
  assert.equal((await two.ask('ListKeys', {})).Keys.length, 1)
})

test('a key disabled on one node is disabled on the other within a second', { skip }, async () => {
  await using both = await nodes()
  const { one, two } = both
  const { KeyId, Arn } = await one.key()
  const { blob } = await one.through((keys) => keys.generateDataKey(KeyId, {}))
  const read = () => two.through((keys) => keys.decrypt(blob, {}), { effect: 'read' })
  await read()
  await one.ask('DisableKey', { KeyId })
  const until = performance.now() + 1000
  let last: unknown
  while (last === undefined && performance.now() < until)
    last = await read().then(
      () => undefined,
      (error: unknown) => error,
    )
  assert.throws(
    () => {
      throw last
    },
    refusal('DisabledException', `${Arn} is disabled.`),
  )
})

test('pages of keys and aliases are ordered by bytes', { skip }, async () => {
  await using both = await nodes()
  const { one } = both
  const { KeyId } = await one.key()
  for (const name of ['b', 'B', '_', 'a/b', 'a'])
    await one.ask('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: KeyId })
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const out = await one.ask('ListAliases', { Limit: 1, Marker })
    seen.push(...out.Aliases.map((alias: { AliasName: string }) => alias.AliasName))
    Marker = out.NextMarker
  } while (Marker !== undefined)
  const managed = ['alias/aws/secretsmanager', 'alias/aws/ssm']
  assert.deepEqual(seen, ['alias/B', 'alias/_', 'alias/a', 'alias/a/b', ...managed, 'alias/b'])
})

test('keys of every kind on PostgreSQL: signed here, verified there; imported here, expired there', {
  skip,
}, async () => {
  await using both = await nodes()
  const { one, two } = both
  const Message = Buffer.from('m')
  const signer = await one.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const asked = { KeyId: signer.KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }
  const { Signature } = await one.ask('Sign', asked)
  assert.equal((await two.ask('Verify', { ...asked, Signature })).SignatureValid, true)

  const { KeyId, Arn } = await one.key({ Origin: 'EXTERNAL' })
  const material = Buffer.alloc(32, 7)
  await bring(one, KeyId, material, { ValidTo: new Date(one.clock.now() + 1000) })
  const { CiphertextBlob } = await one.ask('Encrypt', { KeyId, Plaintext: Message })
  await two.runner.travel(two.clock, two.clock.now() + 1000)
  await assert.rejects(
    two.ask('Decrypt', { CiphertextBlob }),
    refusal('KMSInvalidStateException', `${Arn} is pending import.`),
  )
  await bring(two, KeyId, material)
  assert.deepEqual((await two.ask('Decrypt', { CiphertextBlob })).Plaintext, Message)
  // Of two that are imported at once one waits for a rotation, and the other is refused.
  const other = (fill: number) =>
    bring(fill === 1 ? one : two, KeyId, Buffer.alloc(32, fill), {
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ImportType: 'NEW_KEY_MATERIAL',
    })
  const ended = await Promise.allSettled([other(1), other(2)])
  assert.deepEqual(ended.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('changes of one key that are made at once on two nodes all last', { skip }, async () => {
  await using both = await nodes()
  const { one, two } = both
  const { KeyId } = await one.key()
  const names = Array.from({ length: 12 }, (_, i) => `tag${i}`)
  const tag = (TagKey: string, i: number) =>
    (i % 2 === 0 ? one : two).ask('TagResource', { KeyId, Tags: [{ TagKey, TagValue: 'x' }] })
  await Promise.all(names.map(tag))
  const { Tags } = await two.ask('ListResourceTags', { KeyId })
  assert.deepEqual(Tags.map(({ TagKey }: { TagKey: string }) => TagKey).sort(), names.toSorted())
  // A key is either to be deleted or enabled: whoever comes second is told.
  for (let round = 0; round < 5; round++) {
    const ended = await Promise.allSettled([
      one.ask('ScheduleKeyDeletion', { KeyId }),
      two.ask('DisableKey', { KeyId }),
      one.ask('EnableKey', { KeyId }),
    ])
    assert.equal(ended[0]?.status, 'fulfilled')
    assert.equal((await two.ask('DescribeKey', { KeyId })).KeyMetadata.KeyState, 'PendingDeletion')
    await one.ask('CancelKeyDeletion', { KeyId })
  }
})

test('grants, rotation, several Regions and last uses on two nodes', { skip }, async () => {
  await using both = await nodes()
  const { one, two } = both
  const ann = user('ann')
  const Plaintext = Buffer.from('x')
  const { KeyId, Arn } = await one.key({ MultiRegion: true, Tags: [{ TagKey: 'a', TagValue: 'b' }] })
  const there = { region: 'eu-west-1' }
  await one.ask('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' })
  const { CiphertextBlob } = await one.ask('Encrypt', { KeyId, Plaintext })
  assert.equal((await two.ask('Decrypt', { CiphertextBlob }, there)).Plaintext.toString(), 'x')
  // Rotations at the same moment on both nodes: each is whole, and the replica has what the primary has.
  await Promise.all(Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? one : two).ask('RotateKeyOnDemand', { KeyId })))
  for (const asked of [{}, there]) {
    assert.equal((await one.ask('ListKeyRotations', { KeyId }, asked)).Rotations.length, 6)
    assert.equal((await two.ask('Decrypt', { CiphertextBlob }, asked)).Plaintext.toString(), 'x')
  }
  const again = await two.ask('Encrypt', { KeyId, Plaintext })
  await one.ask('Decrypt', { CiphertextBlob: again.CiphertextBlob }, there)
  await one.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  assert.equal((await two.ask('GetKeyRotationStatus', { KeyId }, there)).RotationPeriodInDays, 90)
  const grant = { KeyId, GranteePrincipal: ann.arn, RetiringPrincipal: ann.arn, Operations: ['Encrypt'], Name: 'n' }
  const made = await one.ask('CreateGrant', grant)
  assert.equal((await two.ask('CreateGrant', grant)).GrantId, made.GrantId)
  await one.ask('Encrypt', { KeyId, Plaintext }, { caller: ann })
  assert.equal((await two.ask('ListGrants', { KeyId, GranteePrincipal: ann.arn })).Grants.length, 1)
  assert.equal((await two.ask('ListRetirableGrants', { RetiringPrincipal: ann.arn })).Grants[0].KeyId, Arn)
  await two.ask('RetireGrant', { GrantToken: made.GrantToken }, { caller: ann })
  await one.flush(one.storage)
  await one.flush(one.storage)
  assert.equal((await two.ask('GetKeyLastUsage', { KeyId })).KeyLastUsage.Operation, 'Encrypt')
  await two.ask('TagResource', { KeyId, Tags: [{ TagKey: 'c', TagValue: 'd' }] })
  await two.ask('UpdateKeyDescription', { KeyId, Description: 'changed' })
  await two.ask('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId })
  const other = await two.key()
  await two.ask('UpdateAlias', { AliasName: 'alias/a', TargetKeyId: other.KeyId })
  await two.ask('DeleteAlias', { AliasName: 'alias/a' })
  await two.ask('UpdatePrimaryRegion', { KeyId, PrimaryRegion: 'eu-west-1' })
  const { KeyMetadata } = await two.ask('DescribeKey', { KeyId })
  assert.deepEqual(
    [KeyMetadata.Description, KeyMetadata.MultiRegionConfiguration.MultiRegionKeyType],
    ['changed', 'REPLICA'],
  )
})

test('what hangs together in several Regions changes as one, whichever nodes change it at once', { skip }, async () => {
  await using both = await nodes()
  const { one, two } = both
  const there = { region: 'eu-west-1' }
  const days = { PendingWindowInDays: 7 }
  const described = async (KeyId: string, asked = {}) => (await one.ask('DescribeKey', { KeyId }, asked)).KeyMetadata
  const key = async () => {
    const { KeyId } = await one.key({ MultiRegion: true })
    await one.ask('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' })
    return KeyId
  }
  const later = () => {
    const due = one.clock.now() + 7 * 86_400_000
    for (const { clock } of [one, two]) clock.set(due)
    return due
  }
  for (let i = 0; i < 4; i++) {
    // The last replica goes while its primary is scheduled for deletion: it never waits for nobody.
    const KeyId = await key()
    await one.ask('ScheduleKeyDeletion', { KeyId, ...days }, there)
    await Promise.all([one.runner.runDue(later()), two.ask('ScheduleKeyDeletion', { KeyId, ...days })])
    assert.equal((await described(KeyId)).KeyState, 'PendingDeletion')
  }
  for (let i = 0; i < 4; i++) {
    // A replica becomes the primary while it is scheduled for deletion: one of both, or the new primary waits.
    const KeyId = await key()
    const [moved] = await Promise.allSettled([
      one.ask('UpdatePrimaryRegion', { KeyId, PrimaryRegion: 'eu-west-1' }),
      two.ask('ScheduleKeyDeletion', { KeyId, ...days }, there),
    ])
    const { KeyState, MultiRegionConfiguration: regions } = await described(KeyId, there)
    assert.deepEqual(
      [regions.MultiRegionKeyType, KeyState],
      moved.status === 'fulfilled' ? ['PRIMARY', 'PendingReplicaDeletion'] : ['REPLICA', 'PendingDeletion'],
    )
  }
})
