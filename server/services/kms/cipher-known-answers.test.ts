import assert from 'node:assert/strict'
import { createCipheriv, createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { type Random, systemRandom } from '#kernel/random'
import { dataKeyBlob, materialOfKey, openBlob, sealBlob } from './cipher.ts'
import { refusal } from './test/world.ts'

// The two standards that a ciphertext is made with, written out here once more and held against NIST's own vectors; then
// what the server makes is held against them.

const hex = (text: string) => Buffer.from(text, 'hex')

/** KDF in counter mode of SP 800-108 with HMAC-SHA-512, a 32-bit counter before the fixed input; one block is enough. */
function kdf(key: Uint8Array, fixed: Uint8Array, bits: number): Buffer {
  return createHmac('sha512', key)
    .update(hex('00000001'))
    .update(fixed)
    .digest()
    .subarray(0, bits / 8)
}

function gcm(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, aad: Uint8Array = Buffer.alloc(0)): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** NIST CAVP, KBKDF800-108 CounterMode.zip: PRF=HMAC_SHA512, CTRLOCATION=BEFORE_FIXED, RLEN=32_BITS; by COUNT. */
const KDF_VECTORS = [
  {
    count: 0,
    key: 'dd5dbd45593ee2ac139748e7645b450f223d2ff297b73fd71cbcebe71d41653c950b88500de5322d99ef18dfdd30428294c4b3094f4c954334e593bd982ec614',
    fixed:
      'b50b0c963c6b3034b8cf19cd3f5c4ebe4f4985af0c03e575db62e6fdf1ecfe4f28b95d7ce16df85843246e1557ce95bb26cc9a21974bbd2eb69e8355',
    out: 'e5993bf9bd2aa1c45746042e12598155',
  },
  {
    count: 10,
    key: '5be2bf7f5e2527e15fe65cde4507d98ba55457006867de9e4f36645bcff4ca38754f92898b1c5544718102593b8c26d45d1fceaea27d97ede9de8b9ebfe88093',
    fixed:
      '004b13c1f628cb7a00d9498937bf437b71fe196cc916c47d298fa296c6b86188073543bbc66b7535eb17b5cf43c37944b6ca1225298a9e563413e5bb',
    out: 'cee0c11be2d8110b808f738523e718447d785878bbb783fb081a055160590072',
  },
  {
    count: 20,
    key: '9dd03864a31aa4156ca7a12000f541680ce0a5f4775eef1088ac13368200b447a78d0bf14416a1d583c54b0f11200ff4a8983dd775ce9c0302d262483e300ae6',
    fixed:
      '037369f142d669fca9e87e9f37ae8f2c8d506b753fdfe8a3b72f75cac1c50fa1f8620883b8dcb8dcc67adcc95e70aa624adb9fe1b2cb396692b0d2e8',
    out: '96e8d1bc01dc95c0bf42c3c38fc54c090373ced4',
  },
  {
    count: 30,
    key: 'a9f4a2c5af839867f5db5a1e520ab3cca72a166ca60de512fd7fe7e64cf94f92cf1d8b636175f293e003275e021018c3f0ede495997a505ec9a2afeb0495be57',
    fixed:
      '8e9db3335779db688bcfe096668d9c3bc64e193e3529c430e68d09d56c837dd6c0f94678f121a68ee1feea4735da85a49d34a5290aa39f7b40de435f',
    out: '6db880daac98b078ee389a2164252ded61322d661e2b49247ea921e544675d8f17af2bf66dd40d81',
  },
  {
    count: 32,
    key: 'f5567a2dd9236a99200c4bd5390743e2560bab4b196e3c732b01abf900c7649cab5b957da6ae8fd025605147b36572c19f103670b16f6bb57c138754479ad45d',
    fixed:
      'a8ccd4bd36fb0ed0765e9662f1028d600bd650e4c2cdddf94b27ee881120aaf74b727b02f0036b46162062e39ed43fa85687a58d177af6f566811889',
    out: '2e55b73d126db0f92810266c92e4dc7a7f2d32cbed9eb4edab519e5cc9138c642fd4b229780c17bf',
  },
]

/** NIST CAVP, gcmtestvectors.zip, gcmEncryptExtIV256.rsp: Keylen=256, IVlen=96, Taglen=128. */
const GCM_VECTORS = [
  {
    key: 'b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4',
    iv: '516c33929df5a3284ff463d7',
    plaintext: '',
    aad: '',
    out: 'bdc1ac884d332457a1d2664f168c76f0',
  },
  {
    key: '31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22',
    iv: '0d18e06c7c725ac9e362e1ce',
    plaintext: '2db5168e932556f8089a0622981d017d',
    aad: '',
    out: 'fa4362189661d163fcd6a56d8bf0405ad636ac1bbedd5cc3ee727dc2ab4a9489',
  },
  {
    key: '92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b',
    iv: 'ac93a1a6145299bde902f21a',
    plaintext: '2d71bcfa914e4ac045b2aa60955fad24',
    aad: '1e0889016f67601c8ebea4943bc23ad6',
    out: '8995ae2e6df3dbf96fac7b7137bae67feca5aa77d51d4a0a14d9c51e1da474ab',
  },
  {
    key: 'e5a0eb92cc2b064e1bc80891faf1fab5e9a17a9c3a984e25416720e30e6c2b21',
    iv: '4742357c335913153ff0eb0f',
    plaintext: '8499893e16b0ba8b007d54665a',
    aad: '',
    out: 'eb8e6175f1fe38eb1acf95fd5188a8b74bb74fda553e91020a23deed45',
  },
]

test('the KDF gives what NIST says (CAVP KBKDF800-108, counter mode, HMAC-SHA-512)', () => {
  for (const { count, key, fixed, out } of KDF_VECTORS)
    assert.equal(kdf(hex(key), hex(fixed), out.length * 4).toString('hex'), out, `COUNT=${count}`)
})

test('the cipher gives what NIST says (CAVP gcmEncryptExtIV256)', () => {
  for (const { key, iv, plaintext, aad, out } of GCM_VECTORS)
    assert.equal(gcm(hex(key), hex(iv), hex(plaintext), hex(aad)).toString('hex'), out, key)
})

const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const MATERIAL_ID = 'ab'.repeat(32)
const bytes = Buffer.alloc(32, 7)
const material = materialOfKey(KEY_ID, MATERIAL_ID, createSecretKey(bytes))
const salt = Buffer.alloc(32, 0x5a)
const salted: Random = { ...systemRandom, bytes: (size) => Buffer.alloc(size, 0x5a) }
const invalid = refusal('InvalidCiphertextException')
const context = { tenant: 'a', purpose: 'b' }

/** `label 00 | salt | format, key id, material id, context | bits`: the fixed input of the KDF. Source: kms.md 4.2, 13.3. */
function fixedInput(label: string): Buffer {
  const text = (value: string) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(Buffer.byteLength(value))
    return Buffer.concat([size, Buffer.from(value)])
  }
  return Buffer.concat([
    Buffer.from(`${label}\0`),
    salt,
    hex('01'),
    Buffer.from(KEY_ID),
    hex(MATERIAL_ID),
    hex('00000002'),
    ...['purpose', 'b', 'tenant', 'a'].map(text),
    hex('00000200'),
  ])
}

const header = (format: string) => hex(`0102020078${format}${MATERIAL_ID}`)

test('a ciphertext is made of exactly these: derived key and commitment, AES-256-GCM under a key of its own', () => {
  const okm = kdf(bytes, fixedInput('kms/sym/v1'), 512)
  const sealed = gcm(okm.subarray(0, 32), Buffer.alloc(12), Buffer.from('a message'))
  const expected = Buffer.concat([header('01'), salt, okm.subarray(32), sealed])
  assert.deepEqual(sealBlob(material, context, Buffer.from('a message'), salted), expected)
  assert.equal(openBlob(material, context, expected).toString(), 'a message')
})

test('a data key is exactly this: derived, with a commitment, under a label of its own', () => {
  const okm = kdf(bytes, fixedInput('kms/data-key/v1'), 512)
  const expected = Buffer.concat([header('02'), salt, okm.subarray(32)])
  const { plaintext, blob } = dataKeyBlob(material, context, salted)
  assert.deepEqual([plaintext, blob], [okm.subarray(0, 32), expected])
  assert.deepEqual(openBlob(material, context, expected), okm.subarray(0, 32))
})

test('a message that another key or context committed to opens under none, though its GCM tag is right', () => {
  // AES-GCM alone lets one make a ciphertext that opens under two keys: whoever knows the derived key of ours seals under it.
  const okm = kdf(bytes, fixedInput('kms/sym/v1'), 512)
  const sealed = gcm(okm.subarray(0, 32), Buffer.alloc(12), Buffer.from('forged'))
  for (const commitment of [
    Buffer.alloc(32),
    okm.subarray(0, 32),
    kdf(Buffer.alloc(32, 8), fixedInput('kms/sym/v1'), 512).subarray(32),
  ])
    assert.throws(() => openBlob(material, context, Buffer.concat([header('01'), salt, commitment, sealed])), invalid)
})

test('the key id and the material are authenticated: the same secret under another name opens nothing (kms.md 13.4)', () => {
  const blob = sealBlob(material, context, Buffer.from('x'), systemRandom)
  const others = [
    materialOfKey(KEY_ID.replace('1', '2'), MATERIAL_ID, createSecretKey(bytes)),
    materialOfKey(KEY_ID, 'cd'.repeat(32), createSecretKey(bytes)),
  ]
  for (const other of others) assert.throws(() => openBlob(other, context, blob), invalid)
})

test('a tag that was cut is refused, down to the four bytes that the runtime would take (kms.md 17, 25)', () => {
  const blob = sealBlob(material, context, Buffer.from('a message'), systemRandom)
  for (let cut = 1; cut <= 16; cut++) assert.throws(() => openBlob(material, context, blob.subarray(0, -cut)), invalid)
})

test('no two of many ciphertexts share a salt: their keys are their own, so no limit of AES-GCM is near (kms.md 13.3)', () => {
  const salts = new Set<string>()
  const times = 5000
  for (let i = 0; i < times; i++)
    salts.add(sealBlob(material, undefined, Buffer.alloc(1), systemRandom).toString('latin1', 38, 70))
  assert.equal(salts.size, times)
})
