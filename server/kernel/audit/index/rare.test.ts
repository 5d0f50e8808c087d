import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Rare } from '#kernel/audit/index/rare'

/** Codes that have their upper 32 bits, or their lower 16, in common. */
const code = fc
  .tuple(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff))
  .map(([high, low]) => high * 0x1_0000 + low)
const place = fc.constantFrom(0, 1, 2, 0x7fff, 0x8000, 0xffff)

test('terms by their codes are found again, each with its places, and come in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(code, place), { maxLength: 60 }), fc.nat(3000), (entries, more) => {
      const rare = new Rare()
      const expected = new Map<number, number[]>()
      const put = (of: number, at: number) => {
        rare.add(of, at)
        expected.set(of, [...(expected.get(of) ?? []), at])
      }
      for (let n = 0; n < more; n++) put(2 ** 40 + n, n)
      for (const [of, at] of entries) put(of, at)
      for (const [of, places] of expected) if (of < 2 ** 40 || of > 2 ** 41) assert.deepEqual(rare.list(of), places)
      assert.deepEqual(rare.list(2 ** 47 + 12_345), [])
      assert.deepEqual(
        [...rare.sorted()].map(({ code: of, list }) => [of, list]),
        [...expected].sort(([a], [b]) => a - b).map(([of, places]) => [of, places.toSorted((a, b) => a - b)]),
      )
    }),
    { numRuns: 60 },
  )
})
