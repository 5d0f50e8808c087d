import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, root, world } from '../test/world.ts'

test('ListResourceTags walks through the tags page by page, larger limits are clamped (kms.md 10)', async () => {
  await using w = await world()
  const Tags = Array.from({ length: 5 }, (_, i) => ({ TagKey: `k${i}`, TagValue: String(i) }))
  const { KeyId } = await w.key({ Tags })
  const seen: object[] = []
  let Marker: string | undefined
  do {
    const out = await w.ask('ListResourceTags', { KeyId, Limit: 2, Marker })
    assert.equal(out.Truncated, out.NextMarker !== undefined)
    seen.push(...out.Tags)
    Marker = out.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(seen, Tags)
  assert.deepEqual(await w.ask('ListResourceTags', { KeyId, Limit: 1000 }), { Tags, Truncated: false })
  await assert.rejects(w.ask('ListResourceTags', { KeyId, Marker: 'x' }), refusal('InvalidMarkerException'))
})

test('ListResourceTags of a key that AWS manages: its policy lets the account look (kms.md 13.1)', async () => {
  await using w = await world()
  const { keyArn } = await w.through((keys) => keys.generateDataKey(undefined, {}))
  assert.deepEqual(await w.ask('ListResourceTags', { KeyId: keyArn }, { caller: root() }), {
    Tags: [],
    Truncated: false,
  })
})
