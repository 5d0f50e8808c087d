import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, world } from '../test/world.ts'

test('ListKeyRotations: rotations, or all materials with the current one first; the first has no date (kms.md 6)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const current = async () => (await w.ask('DescribeKey', { KeyId })).KeyMetadata.CurrentKeyMaterialId
  const ids = [await current()]
  const dates = []
  for (let i = 0; i < 2; i++) {
    w.clock.set(w.clock.now() + 1000)
    dates.push(new Date(w.clock.now()))
    await w.ask('RotateKeyOnDemand', { KeyId })
    ids.push(await current())
  }
  const rotated = [
    {
      KeyId: Arn,
      KeyMaterialId: ids[2],
      KeyMaterialState: 'CURRENT',
      RotationDate: dates[1],
      RotationType: 'ON_DEMAND',
    },
    {
      KeyId: Arn,
      KeyMaterialId: ids[1],
      KeyMaterialState: 'NON_CURRENT',
      RotationDate: dates[0],
      RotationType: 'ON_DEMAND',
    },
  ]
  assert.deepEqual(await w.ask('ListKeyRotations', { KeyId }), { Rotations: rotated, Truncated: false })
  const first = { KeyId: Arn, KeyMaterialId: ids[0], KeyMaterialState: 'NON_CURRENT' }
  const all = await w.ask('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })
  assert.deepEqual(all, { Rotations: [...rotated, first], Truncated: false })
})

test('ListKeyRotations walks page by page; a marker of another list is none (kms.md 3.4)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  for (let i = 0; i < 5; i++) await w.ask('RotateKeyOnDemand', { KeyId })
  const walk = async (IncludeKeyMaterial?: string) => {
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const out = await w.ask('ListKeyRotations', { KeyId, IncludeKeyMaterial, Limit: 2, Marker })
      seen.push(...out.Rotations.map(({ KeyMaterialId }: { KeyMaterialId: string }) => KeyMaterialId))
      Marker = out.NextMarker
    } while (Marker !== undefined)
    return seen
  }
  assert.equal(new Set(await walk()).size, 5)
  assert.equal(new Set(await walk('ALL_KEY_MATERIAL')).size, 6)
  await assert.rejects(w.ask('ListKeyRotations', { KeyId, Marker: 'x' }), refusal('InvalidMarkerException'))
  const mac = await w.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await assert.rejects(w.ask('ListKeyRotations', { KeyId: mac.KeyId }), refusal('UnsupportedOperationException'))
})
