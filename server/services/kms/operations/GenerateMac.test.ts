import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { bring } from '../test/importing.ts'
import { allow, refusal, user, world } from '../test/world.ts'

test('GenerateMac of imported material gives the MACs of RFC 4231, test case 6', async () => {
  await using w = await world()
  // A key of 131 bytes is longer than may be imported: HMAC makes its hash the key (RFC 2104, 2), which fits.
  const Message = Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First')
  const long = Buffer.alloc(131, 0xaa)
  const macs = {
    224: '95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e',
    256: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    384: '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
    512: '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  }
  const { createHash } = await import('node:crypto')
  for (const [bits, mac] of Object.entries(macs)) {
    const { KeyId, Arn } = await w.key({
      KeySpec: `HMAC_${bits}`,
      KeyUsage: 'GENERATE_VERIFY_MAC',
      Origin: 'EXTERNAL',
    })
    await bring(w, KeyId, createHash(`sha${bits}`).update(long).digest())
    const MacAlgorithm = `HMAC_SHA_${bits}`
    const out = await w.ask('GenerateMac', { KeyId, Message, MacAlgorithm })
    assert.deepEqual(out, { Mac: Buffer.from(mac, 'hex'), MacAlgorithm, KeyId: Arn })
  }
})

test('GenerateMac: material of the size of the hash, and MACs of its length (kms.md 16.2)', async () => {
  await using w = await world()
  for (const bits of [224, 256, 384, 512]) {
    const { KeyId } = await w.key({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' })
    const { KeyMetadata } = await w.ask('DescribeKey', { KeyId })
    assert.deepEqual(
      [KeyMetadata.MacAlgorithms, KeyMetadata.CurrentKeyMaterialId, KeyMetadata.EncryptionAlgorithms],
      [[`HMAC_SHA_${bits}`], undefined, undefined],
    )
    const asked = { KeyId, Message: Buffer.from('m'), MacAlgorithm: `HMAC_SHA_${bits}` }
    const { Mac } = await w.ask('GenerateMac', asked)
    assert.equal(Mac.length, bits / 8)
    assert.deepEqual((await w.ask('GenerateMac', asked)).Mac, Mac)
    assert.notDeepEqual(
      createHmac(`sha${bits}`, Buffer.alloc(bits / 8))
        .update('m')
        .digest(),
      Mac,
    )
  }
})

test('GenerateMac refuses another algorithm (text recorded), another key, and a dry run', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const Message = Buffer.from('m')
  await assert.rejects(
    w.ask('GenerateMac', { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }),
    refusal('InvalidKeyUsageException', 'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.'),
  )
  await assert.rejects(w.ask('GenerateMac', { KeyId, Message, MacAlgorithm: 'HMAC_SHA_224', DryRun: true }), {
    code: 'DryRunOperationException',
  })
  const { KeyId: other, Arn } = await w.key()
  await assert.rejects(
    w.ask('GenerateMac', { KeyId: other, Message, MacAlgorithm: 'HMAC_SHA_256' }),
    refusal('InvalidKeyUsageException', `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.`),
  )
})

test('GenerateMac: the algorithm is a condition (kms.md 12)', async () => {
  await using w = await world()
  const Condition = { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } }
  const caller = user('u', [allow('kms:GenerateMac', '*', { Condition })])
  const ask = async (bits: number) => {
    const { KeyId } = await w.key({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' })
    return w.ask('GenerateMac', { KeyId, Message: Buffer.from('m'), MacAlgorithm: `HMAC_SHA_${bits}` }, { caller })
  }
  await ask(256)
  await assert.rejects(ask(384), { code: 'AccessDeniedException' })
})
