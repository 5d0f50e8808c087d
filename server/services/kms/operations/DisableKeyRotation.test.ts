import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from '../test/world.ts'

test('DisableKeyRotation answers nothing, is free to be repeated, and takes the dates away (kms.md 6)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('EnableKeyRotation', { KeyId })
  for (let i = 0; i < 2; i++) assert.equal(await w.ask('DisableKeyRotation', { KeyId }), undefined)
  assert.deepEqual(await w.ask('GetKeyRotationStatus', { KeyId }), { KeyId: Arn, KeyRotationEnabled: false })
  await w.runner.travel(w.clock, w.clock.now() + 400 * 86_400_000)
  assert.deepEqual((await w.ask('ListKeyRotations', { KeyId })).Rotations, [])
})
