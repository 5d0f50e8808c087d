import assert from 'node:assert/strict'
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { signDigest, verifyDigest, type Work } from './digests.ts'
import { encodePss, isPssOf } from './pss.ts'
import { bytes, MESSAGE, PKCS1_VALID, PSS_INVALID, PSS_VALID, RSA_PKCS8 } from './test/vectors.ts'

const rsa = createPrivateKey({ key: RSA_PKCS8, format: 'der', type: 'pkcs8' })
const rsaPublic = createPublicKey(rsa)
const digestOf = (hash: string, message: Uint8Array) => createHash(hash).update(message).digest()

const rsaWork = (algorithm: string): Work => ({
  spec: 'RSA_2048',
  algorithm,
  digest: digestOf(`sha${algorithm.slice(-3)}`, MESSAGE),
})

test('RSASSA-PSS over a digest: what Wycheproof calls valid, and nothing that it calls invalid', () => {
  const pss = rsaWork('RSASSA_PSS_SHA_256')
  assert.equal(verifyDigest(pss, rsaPublic, PSS_VALID), true)
  for (const [why, signature] of [...PSS_INVALID, ['108: PKCS #1 v1.5', PKCS1_VALID] as const])
    assert.equal(verifyDigest(pss, rsaPublic, signature), false, why)
  const zeros = Buffer.alloc(2)
  for (const signature of [
    Buffer.concat([zeros, PSS_VALID]),
    Buffer.concat([PSS_VALID, zeros]),
    PSS_VALID.subarray(0, -2),
    Buffer.alloc(256),
    Buffer.alloc(0),
  ])
    assert.equal(verifyDigest(pss, rsaPublic, signature), false)
})

test('RSASSA-PKCS1-v1_5 over a digest: what Wycheproof signed, byte by byte, since it is deterministic', () => {
  const pkcs1 = rsaWork('RSASSA_PKCS1_V1_5_SHA_256')
  assert.deepEqual(Buffer.from(signDigest(pkcs1, rsa)), PKCS1_VALID)
  assert.equal(verifyDigest(pkcs1, rsaPublic, PKCS1_VALID), true)
  assert.equal(verifyDigest(pkcs1, rsaPublic, PSS_VALID), false)
  assert.equal(verifyDigest(rsaWork('RSASSA_PKCS1_V1_5_SHA_512'), rsaPublic, PKCS1_VALID), false)
})

test('RSA over a digest and RSA over its message by OpenSSL are the same, both ways (kms.md 17, 24)', () => {
  for (const hash of ['sha256', 'sha384', 'sha512']) {
    const size = hash.slice(3)
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(size) / 8 }
    for (const [algorithm, options] of [
      [`RSASSA_PSS_SHA_${size}`, pss],
      [`RSASSA_PKCS1_V1_5_SHA_${size}`, { padding: constants.RSA_PKCS1_PADDING }],
    ] as const) {
      const work = rsaWork(algorithm)
      assert.equal(verify(hash, MESSAGE, { key: rsaPublic, ...options }, signDigest(work, rsa)), true, algorithm)
      assert.equal(verifyDigest(work, rsaPublic, sign(hash, MESSAGE, { key: rsa, ...options })), true, algorithm)
    }
  }
  // A salt of another length is another scheme (kms.md 16.1).
  const short = sign('sha256', MESSAGE, { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 })
  assert.equal(verifyDigest(rsaWork('RSASSA_PSS_SHA_256'), rsaPublic, short), false)
})

test('EMSA-PSS: an encoding with any bit changed encodes something else', () => {
  const digest = digestOf('sha256', MESSAGE)
  const encoded = encodePss('sha256', digest, 2048, systemRandom)
  assert.equal(isPssOf('sha256', digest, encoded), true)
  fc.assert(
    fc.property(fc.nat(2047), (bit) => {
      const changed = Buffer.from(encoded)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (0x80 >> (bit & 7))
      return !isPssOf('sha256', digest, changed)
    }),
  )
})

const CURVES = [
  ['ECC_NIST_P256', 'prime256v1', 'sha256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', 'secp384r1', 'sha384', 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', 'secp521r1', 'sha512', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'secp256k1', 'sha256', 'ECDSA_SHA_256'],
] as const

test('ECDSA over a digest and over its message by OpenSSL are the same, both ways, on every curve', () => {
  for (const [spec, namedCurve, hash, algorithm] of CURVES) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    const work: Work = { spec, algorithm, digest: digestOf(hash, MESSAGE) }
    const made = signDigest(work, privateKey)
    assert.equal(verify(hash, MESSAGE, publicKey, made), true, spec)
    assert.notDeepEqual(signDigest(work, privateKey), made, 'chance goes into each signature')
    assert.equal(verifyDigest(work, publicKey, sign(hash, MESSAGE, privateKey)), true, spec)
    const other: Work = { ...work, digest: Buffer.alloc(work.digest.length) }
    assert.equal(verifyDigest(other, publicKey, made), false, spec)
    assert.equal(verifyDigest(other, publicKey, signDigest(other, privateKey)), true, 'a digest of zeros is one too')
  }
})

test('ECDSA: what Wycheproof calls valid (a high s too, kms.md 16.1) and invalid (ecdsa_secp256r1_sha256_test)', () => {
  const publicKey = createPublicKey({
    key: bytes(
      '3059301306072a8648ce3d020106082a8648ce3d030107034200042927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e',
    ),
    format: 'der',
    type: 'spki',
  })
  const work: Work = { spec: 'ECC_NIST_P256', algorithm: 'ECDSA_SHA_256', digest: digestOf('sha256', MESSAGE) }
  const r = '02202ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18'
  const s = '022100b329f479a2bbd0a5c384ee1493b1f5186a87139cac5df4087c134b49156847db'
  const low = '02204cd60b855d442f5b3c7b11eb6c4e0ae7525fe710fab9aa7c77a67f79e6fadd76'
  for (const valid of [`3044${r}${low}`, `3045${r}${s}`])
    assert.equal(verifyDigest(work, publicKey, bytes(valid)), true, valid)
  const invalid = {
    '2: s misses its leading zero': `3044${r}0220${s.slice(6)}`,
    '4: long form of the length': `308145${r}${s}`,
    '5: length with a leading zero': `30820045${r}${s}`,
    '6: wrong length': `3046${r}${s}`,
    '10: length 2^31 - 1': `30847fffffff${r}${s}`,
    '14: incorrect length': `30ff${r}${s}`,
    '15: indefinite length': `3080${r}${s}`,
    '19: a tag alone': '30',
    '20: zeros appended': `3047${r}${s}0000`,
    '22: zeros after it': `3045${r}${s}0000`,
    'r and s joined, not DER': `${r.slice(4)}${s.slice(6)}`,
    'r and s zero': '3006020100020100',
  }
  for (const [why, signature] of Object.entries(invalid))
    assert.equal(verifyDigest(work, publicKey, bytes(signature)), false, why)
})

/** A private key of Ed25519 around its 32 bytes. Source: RFC 8410, 7. */
const ed25519 = (seed: string) =>
  createPrivateKey({ key: bytes(`302e020100300506032b657004220420${seed}`), format: 'der', type: 'pkcs8' })

test('Ed25519ph signs as RFC 8032, 7.3 has it', () => {
  const key = ed25519('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42')
  const work: Work = { spec: 'ECC_NIST_EDWARDS25519', algorithm: 'ED25519_PH_SHA_512', digest: Buffer.from('abc') }
  const signature = bytes(
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
  )
  assert.deepEqual(Buffer.from(signDigest(work, key)), signature)
  assert.equal(verifyDigest(work, createPublicKey(key), signature), true)
  assert.equal(verifyDigest({ ...work, digest: Buffer.from('abd') }, createPublicKey(key), signature), false)
  // Ed25519 without "ph" is another scheme.
  const plain = sign(null, Buffer.from('abc'), key)
  assert.equal(verifyDigest(work, createPublicKey(key), plain), false)
})

test('ML-DSA over mu and over the message by OpenSSL are the same, both ways (FIPS 204, 6.2: mu)', () => {
  for (const [spec, type] of [
    ['ML_DSA_44', 'ml-dsa-44'],
    ['ML_DSA_65', 'ml-dsa-65'],
    ['ML_DSA_87', 'ml-dsa-87'],
  ] as const) {
    const { privateKey, publicKey } = generateKeyPairSync(type as 'ml-dsa-44')
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(22)
    const shake = (...parts: Uint8Array[]) =>
      createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest()
    // mu = H(H(public key) | 0 | length of the context | context | message); pure, and the context is empty.
    const digest = shake(shake(raw), Buffer.of(0, 0), MESSAGE)
    const work: Work = { spec, algorithm: 'ML_DSA_SHAKE_256', digest }
    assert.equal(verify(null, MESSAGE, publicKey, signDigest(work, privateKey)), true, spec)
    assert.equal(verifyDigest(work, publicKey, sign(null, MESSAGE, privateKey)), true, spec)
    assert.equal(verifyDigest({ ...work, digest: Buffer.alloc(64) }, publicKey, sign(null, MESSAGE, privateKey)), false)
  }
})

test('whatever bytes come as a signature, the answer is no, and nothing else happens', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const curve: Work = { spec: 'ECC_NIST_P256', algorithm: 'ECDSA_SHA_256', digest: digestOf('sha256', MESSAGE) }
  const edwards = createPublicKey(ed25519('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42'))
  const mlDsa = generateKeyPairSync('ml-dsa-44' as 'ed25519').publicKey
  const good = signDigest(curve, privateKey)
  const digest = digestOf('sha512', MESSAGE)
  const keys: readonly (readonly [Work, KeyObject])[] = [
    [curve, publicKey],
    [rsaWork('RSASSA_PSS_SHA_256'), rsaPublic],
    [rsaWork('RSASSA_PKCS1_V1_5_SHA_256'), rsaPublic],
    [{ spec: 'ECC_NIST_EDWARDS25519', algorithm: 'ED25519_PH_SHA_512', digest }, edwards],
    [{ spec: 'ML_DSA_44', algorithm: 'ML_DSA_SHAKE_256', digest }, mlDsa],
  ]
  const changed = fc
    .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([at, by]) => good.map((byte, i) => (i === at ? byte ^ by : byte)))
  const any = fc.oneof(
    changed,
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ minLength: 256, maxLength: 256 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
    fc.constant(new Uint8Array(2420)),
    fc.constant(new Uint8Array(6144).fill(255)),
  )
  fc.assert(
    fc.property(fc.constantFrom(...keys), any, ([work, key], signature) => !verifyDigest(work, key, signature)),
    { numRuns: 200 },
  )
})
