import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const FAR = 'eu-west-1'
const DAY = 86_400_000
const there = { region: FAR }
const Plaintext = Buffer.from('x')

async function replicated() {
  const w = await world()
  const { KeyId, Arn } = await w.key({ MultiRegion: true })
  await w.ask('ReplicateKey', { KeyId, ReplicaRegion: FAR })
  const type = async (asked = {}) =>
    (await w.ask('DescribeKey', { KeyId }, asked)).KeyMetadata.MultiRegionConfiguration.MultiRegionKeyType
  const move = (PrimaryRegion: string, asked = {}) => w.ask('UpdatePrimaryRegion', { KeyId, PrimaryRegion }, asked)
  return {
    w,
    KeyId,
    Arn,
    FarArn: Arn.replace('us-east-1', FAR),
    type,
    move,
    [Symbol.asyncDispose]: () => w[Symbol.asyncDispose](),
  }
}

test('UpdatePrimaryRegion there and back: the keys go on, and who is primary rotates (kms.md 18, 7)', async () => {
  await using r = await replicated()
  const { w, KeyId } = r
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext })
  await w.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  assert.equal(await r.move(FAR), undefined)
  assert.deepEqual([await r.type(), await r.type(there)], ['REPLICA', 'PRIMARY'])
  await w.ask('Decrypt', { CiphertextBlob })
  await assert.rejects(
    w.ask('RotateKeyOnDemand', { KeyId }),
    refusal('UnsupportedOperationException', `${r.Arn} is not a multi-region primary key.`),
  )
  await w.runner.travel(w.clock, w.clock.now() + 90 * DAY)
  for (const asked of [{}, there]) assert.equal((await w.ask('ListKeyRotations', { KeyId }, asked)).Rotations.length, 1)
  await r.move('us-east-1', there)
  assert.deepEqual([await r.type(), await r.type(there)], ['PRIMARY', 'REPLICA'])
  await w.ask('RotateKeyOnDemand', { KeyId })
  await w.ask('Decrypt', { CiphertextBlob }, there)
})

test('UpdatePrimaryRegion refuses: a replica, a Region without one or the same, states (kms.md 7, 11)', async () => {
  await using r = await replicated()
  await assert.rejects(
    r.move('us-east-1', there),
    refusal('UnsupportedOperationException', `${r.FarArn} is not a multi-region primary key.`),
  )
  await assert.rejects(r.move('us-east-1'), { code: 'ValidationException' })
  await assert.rejects(r.move('us-west-2'), { code: 'NotFoundException' })
  await r.w.ask('DisableKey', { KeyId: r.KeyId }, there)
  await assert.rejects(r.move(FAR), refusal('DisabledException', `${r.FarArn} is disabled.`))
  await r.w.ask('EnableKey', { KeyId: r.KeyId }, there)
  await r.w.ask('DisableKey', { KeyId: r.KeyId })
  await assert.rejects(r.move(FAR), refusal('DisabledException', `${r.Arn} is disabled.`))
})

test('UpdatePrimaryRegion needs the permission on both keys; the Region is a condition (kms.md 7, 12)', async () => {
  await using r = await replicated()
  const Condition = { StringEquals: { 'kms:PrimaryRegion': FAR } }
  const may = (...arns: string[]) => ({
    caller: user(
      'ann',
      arns.map((arn) => allow('kms:UpdatePrimaryRegion', arn, { Condition })),
    ),
  })
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(r.move(FAR, may(r.Arn)), denied)
  await assert.rejects(r.move(FAR, may(r.FarArn)), denied)
  await r.move(FAR, may(r.Arn, r.FarArn))
})
