import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keep, KeyCache, sizeOf, sizeOfKey } from './cache.ts'
import { present } from './locate.ts'
import { world } from './test/world.ts'

const MB = 1024 * 1024

test('what is kept of keys, grants and all else takes 256 MB together: beyond, what was there goes', () => {
  const cache = new KeyCache()
  const kept = cache.of(1)
  assert(kept !== undefined)
  const ofRegion = new Map()
  kept.materials.set('us-east-1', ofRegion)
  keep(kept, kept.aliases, 'a', 'k', 100 * MB)
  keep(kept, ofRegion, 'm', {} as never, 100 * MB)
  keep(kept, kept.grants, 'g', [], 56 * MB)
  assert.deepEqual([kept.aliases.size, ofRegion.size, kept.grants.size, kept.taken], [1, 1, 1, 256 * MB])
  keep(kept, kept.aliases, 'b', 'k', 1)
  assert.deepEqual([[...kept.aliases.keys()], ofRegion.size, kept.materials.size, kept.grants.size], [['b'], 0, 0, 0])
  assert.equal(kept.taken, 1)
  // What is more than everything is not kept, and drives nothing out.
  keep(kept, kept.aliases, 'c', 'k', 257 * MB)
  assert.deepEqual([...kept.aliases.keys()], ['b'])
})

test('a key counts with its texts: 400 policies of the largest size are as much as there may be', async () => {
  await using w = await world()
  const size = async (input: object) => {
    const { KeyId } = await w.key(input)
    return w.storage.unit('read', async (unit) => {
      const { keys } = w.service.env(unit, w.call({}))
      const key = await keys.key(w.call({}), KeyId)
      return sizeOfKey(present({ key, arn: '', owner: '', named: '', alias: undefined }))
    })
  }
  const statement = (Sid: string) => ({ Sid, Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' })
  const Policy = JSON.stringify({ Statement: Array.from({ length: 300 }, (_, i) => statement(`s${i}`)) })
  const Description = 'd'.repeat(8192)
  const plain = await size({})
  assert(plain < 12_000, `${plain} bytes`)
  assert.equal((await size({ Description })) - plain, 2 * Description.length)
  assert((await size({ Policy })) > 20 * Policy.length)
  assert.equal(sizeOf('grant', 1000) - sizeOf('grant'), 2000)
})
