import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cbor } from '@smithy/core/cbor'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { Input } from '#kernel/input'
import { Moment, readCbor } from '#kernel/protocol/cbor'
import { encodeCbor } from '#kernel/protocol/cbor-encoding'
import { decodeRpc, rpcTarget } from '#kernel/protocol/rpc'

const of = (hex: string) => readCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const refused = (hex: string) =>
  assert.throws(
    () => of(hex),
    (error) => error instanceof ApiError && error.code === 'SerializationException',
    hex,
  )
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

test('the examples of RFC 8949, appendix A, are read', () => {
  const numbers: [string, number][] = [
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3863', -100],
    ['f90000', 0],
    ['f93c00', 1],
    ['f93e00', 1.5],
    ['f97bff', 65_504],
    ['f90001', 2 ** -24],
    ['f9c400', -4],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f97c00', Number.POSITIVE_INFINITY],
    ['f9fc00', Number.NEGATIVE_INFINITY],
    ['f97e00', Number.NaN],
  ]
  for (const [hex, value] of numbers) assert.deepEqual(of(hex), value, hex)
  assert.deepEqual([of('f4'), of('f5'), of('f6'), of('f7')], [false, true, null, null])
  assert.deepEqual(of('c11a514b67b0'), new Moment(1_363_896_240))
  assert.deepEqual(of('c1fb41d452d9ec200000'), new Moment(1_363_896_240.5))
  assert.equal(of('62c3bc'), 'ü')
  assert.deepEqual(plain(of('83010203')), [1, 2, 3])
  assert.deepEqual(plain(of('9f018202039f0405ffff')), [1, [2, 3], [4, 5]])
  assert.deepEqual(plain(of('bf61610161629f0203ffff')), { a: 1, b: [2, 3] })
  assert.equal(of('7f657374726561646d696e67ff'), 'streaming')
  assert.deepEqual(of('5f42010243030405ff'), Buffer.from([1, 2, 3, 4, 5]))
})

test('what is malformed, ends too early or goes on behind its end is refused', () => {
  for (const hex of ['', '18', '1a0000', '62c3', '61ff', '1c', 'ff', '0000', '81', 'a1', 'a16161', '9f01', 'bf6161ff'])
    refused(hex)
  for (const hex of [
    'a10102',
    'a2616101616102',
    'fc',
    'f800',
    '7f01ff',
    '7f7f6161ffff',
    '5f6161ff',
    'c16161',
    'c1f97e00',
  ])
    refused(hex)
  // 2^53 and more
  refused('1b0020000000000000')
})

test('hostile bodies cost no more than their length: depth, counts and lengths that are not there', () => {
  refused('81'.repeat(100_000))
  refused('c1'.repeat(100_000))
  refused('9f'.repeat(100_000))
  refused('9b00000000ffffffff')
  refused('bb00000000ffffffff')
  refused('5bffffffffffffffff')
  refused('7a7fffffff61')
  assert.throws(() => readCbor(Buffer.concat([Buffer.from([0x9f]), Buffer.alloc(500_000)])), ApiError)
})

test('maps have no prototype: __proto__ is a key like any other, and names nothing', () => {
  const value = of('a1695f5f70726f746f5f5fa1616101') as Record<string, unknown>
  assert.equal(Object.getPrototypeOf(value), null)
  assert.deepEqual(Object.keys(value), ['__proto__'])
  assert.equal(({} as { a?: unknown }).a, undefined)
  const input = new Input({
    A: { kind: 'string' },
    M: { kind: 'map', key: { kind: 'string' }, value: { kind: 'string' } },
  })
  const decoded = decodeRpc(input, encodeCbor({ A: 'x', M: new Map([['__proto__', 'y']]), constructor: 'z' }))
  assert.deepEqual(
    [decoded.A, Object.keys(decoded), Object.entries(decoded.M as object)],
    ['x', ['A', 'M'], [['__proto__', 'y']]],
  )
})

test('whatever is written is read the same, by us and by the SDK', () => {
  const leaf = fc.oneof(fc.string(), fc.boolean(), fc.maxSafeInteger(), fc.double({ noNaN: true }))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        tie('tree'),
        { maxKeys: 5 },
      ),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const bytes = encodeCbor(value)
      assert.deepEqual(plain(readCbor(bytes)), plain(value))
      assert.deepEqual(plain(cbor.deserialize(new Uint8Array(bytes))), plain(value))
      assert.deepEqual(plain(readCbor(cbor.serialize(value) as Uint8Array)), plain(value))
    }),
    { numRuns: 200 },
  )
})

test('any bytes at all are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        readCbor(bytes)
      } catch (error) {
        assert.ok(error instanceof ApiError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('members that are floating point numbers go out as such also when they are whole, times as tag 1 (Smithy RPC v2)', () => {
  assert.equal(encodeCbor({ V: [1], N: 1 }, new Set(['V'])).toString('hex'), 'a2615681fb3ff0000000000000614e01')
  assert.equal(encodeCbor({ T: new Date(1_363_896_240_500) }).toString('hex'), 'a16154c1fb41d452d9ec200000')
})

test('the path of RPC v2 names service and operation', () => {
  assert.equal(
    rpcTarget('/service/GraniteServiceVersion20100801/operation/PutMetricData'),
    'GraniteServiceVersion20100801.PutMetricData',
  )
  assert.equal(rpcTarget('/prefix/service/A/operation/B'), 'A.B')
  for (const path of [
    '/service/A/operation/',
    '/service//operation/B',
    '/service/A/operation/B?x=1',
    '/operation/B',
    `/${'a/'.repeat(90_000)}operation/x`,
  ])
    assert.equal(rpcTarget(path), undefined)
})
