import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bring } from './test/importing.ts'
import { ACCOUNT, REGION, world } from './test/world.ts'

const DAY_MS = 86_400_000

test('KMS tells of new material, of a key that is destroyed, of imported material that expired (surroundings.md 4.1)', async () => {
  await using w = await world()
  const told = () => w.announced.splice(0).map(({ detailType, detail }) => [detailType, detail['key-id']])
  const { KeyId, Arn } = await w.key()
  await w.ask('RotateKeyOnDemand', { KeyId })
  const [first] = w.announced
  assert.deepEqual(first, {
    source: 'aws.kms',
    detailType: 'KMS CMK Rotation',
    account: ACCOUNT,
    region: REGION,
    resources: [Arn],
    detail: { 'key-id': KeyId },
    by: first?.by,
  })
  told()
  await w.ask('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  await w.runner.travel(w.clock, w.clock.now() + 90 * DAY_MS)
  assert.deepEqual(told(), [['KMS CMK Rotation', KeyId]])

  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.deepEqual(told(), [])
  await w.runner.travel(w.clock, w.clock.now() + 7 * DAY_MS)
  assert.deepEqual(told(), [['KMS CMK Deletion', KeyId]])

  const external = await w.key({ Origin: 'EXTERNAL' })
  const ValidTo = new Date(w.clock.now() + DAY_MS)
  await bring(w, external.KeyId, Buffer.alloc(32, 7), { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo })
  assert.deepEqual(told(), [])
  await w.runner.travel(w.clock, w.clock.now() + DAY_MS)
  assert.deepEqual(told(), [['KMS Imported Key Material Expiration', external.KeyId]])
})
