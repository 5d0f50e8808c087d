import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal } from '../test/world.ts'
import { KeySpec } from './members.ts'
import { algorithmsOf, isSpec, olderSpec, requireAlgorithm, requireDataKeys, requireUsage, usagesOf } from './specs.ts'

const arn = 'arn:aws:kms:us-east-1:111122223333:key/k'

test('every spec of the API is made here, but SM2 and ML-KEM (kms.md 3.3)', () => {
  const left = KeySpec.oneOf.filter((spec) => !isSpec(spec))
  assert.deepEqual(left, ['SM2', 'ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'])
})

test('what each spec may be used for, and with which algorithms (kms.md 3.3)', () => {
  const table = KeySpec.oneOf
    .filter(isSpec)
    .flatMap((spec) =>
      (usagesOf(spec) as ('ENCRYPT_DECRYPT' | 'SIGN_VERIFY')[]).map(
        (usage) => `${spec} ${usage} ${Object.values(algorithmsOf({ spec, usage })).flat().join(',')}`,
      ),
    )
  const pss = [256, 384, 512].map((bits) => `RSASSA_PSS_SHA_${bits}`).join(',')
  const pkcs1 = [256, 384, 512].map((bits) => `RSASSA_PKCS1_V1_5_SHA_${bits}`).join(',')
  const rsa = (bits: number) => [
    `RSA_${bits} ENCRYPT_DECRYPT RSAES_OAEP_SHA_1,RSAES_OAEP_SHA_256`,
    `RSA_${bits} SIGN_VERIFY ${pkcs1},${pss}`,
  ]
  assert.deepEqual(table.toSorted(), [
    'ECC_NIST_EDWARDS25519 SIGN_VERIFY ED25519_SHA_512,ED25519_PH_SHA_512',
    'ECC_NIST_P256 KEY_AGREEMENT ECDH',
    'ECC_NIST_P256 SIGN_VERIFY ECDSA_SHA_256',
    'ECC_NIST_P384 KEY_AGREEMENT ECDH',
    'ECC_NIST_P384 SIGN_VERIFY ECDSA_SHA_384',
    'ECC_NIST_P521 KEY_AGREEMENT ECDH',
    'ECC_NIST_P521 SIGN_VERIFY ECDSA_SHA_512',
    'ECC_SECG_P256K1 SIGN_VERIFY ECDSA_SHA_256',
    'HMAC_224 GENERATE_VERIFY_MAC HMAC_SHA_224',
    'HMAC_256 GENERATE_VERIFY_MAC HMAC_SHA_256',
    'HMAC_384 GENERATE_VERIFY_MAC HMAC_SHA_384',
    'HMAC_512 GENERATE_VERIFY_MAC HMAC_SHA_512',
    'ML_DSA_44 SIGN_VERIFY ML_DSA_SHAKE_256',
    'ML_DSA_65 SIGN_VERIFY ML_DSA_SHAKE_256',
    'ML_DSA_87 SIGN_VERIFY ML_DSA_SHAKE_256',
    ...rsa(2048),
    ...rsa(3072),
    ...rsa(4096),
    'SYMMETRIC_DEFAULT ENCRYPT_DECRYPT SYMMETRIC_DEFAULT',
  ])
})

test('a signing algorithm is none of a key for encryption, though the spec has it', () => {
  assert.throws(
    () => requireAlgorithm({ spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT' }, 'RSASSA_PSS_SHA_256'),
    refusal('InvalidKeyUsageException', 'Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec RSA_2048.'),
  )
  assert.throws(
    () => requireUsage({ spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC', arn }, 'SIGN_VERIFY', 'Sign'),
    refusal('InvalidKeyUsageException', `${arn} key usage is GENERATE_VERIFY_MAC which is not valid for Sign.`),
  )
  assert.throws(
    () => requireDataKeys({ spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT', arn }, 'GenerateDataKey'),
    refusal('InvalidKeyUsageException', 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.'),
  )
  requireDataKeys({ spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', arn }, 'GenerateDataKey')
})

test('the older name of the spec is there where it lists the spec (kms.md 17, 18)', () => {
  assert.deepEqual(
    [olderSpec('RSA_2048'), olderSpec('ML_DSA_44'), olderSpec('ECC_NIST_EDWARDS25519')],
    ['RSA_2048', undefined, undefined],
  )
})
