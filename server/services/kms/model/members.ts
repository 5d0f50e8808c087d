import { required } from '#kernel/shape'

/**
 * The named request members of KMS with their constraints, under AWS's names for the shapes.
 * Source: API model of KMS (botocore 1.43.107), kms.md.
 */

export const KeyId = { kind: 'string', length: [1, 2048] } as const
export const Description = { kind: 'string', length: [0, 8192] } as const
/** AWS says 131,072 here and enforces 32,768 bytes with an error of its own. */
export const Policy = {
  kind: 'string',
  length: [1, 131072],
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
} as const
export const PolicyName = { kind: 'string', length: [1, 128], pattern: '[\\w]+' } as const
export const Bypass = { kind: 'boolean' } as const
export const MultiRegion = { kind: 'boolean' } as const

export const KeyUsage = {
  kind: 'string',
  oneOf: ['SIGN_VERIFY', 'ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT', 'ENCAPSULATE_DECAPSULATE'],
} as const
export const CustomerMasterKeySpec = {
  kind: 'string',
  oneOf: [
    'RSA_2048',
    'RSA_3072',
    'RSA_4096',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'SYMMETRIC_DEFAULT',
    'HMAC_224',
    'HMAC_256',
    'HMAC_384',
    'HMAC_512',
    'SM2',
  ],
} as const
export const KeySpec = {
  kind: 'string',
  oneOf: [
    ...CustomerMasterKeySpec.oneOf,
    'ML_DSA_44',
    'ML_DSA_65',
    'ML_DSA_87',
    'ML_KEM_512',
    'ML_KEM_768',
    'ML_KEM_1024',
    'ECC_NIST_EDWARDS25519',
  ],
} as const
export const Origin = {
  kind: 'string',
  oneOf: ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'],
} as const
export const CustomKeyStoreId = { kind: 'string', length: [1, 64] } as const
export const XksKeyId = { kind: 'string', length: [1, 128], pattern: '[a-zA-Z0-9-_.]+' } as const

export const Tags = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      TagKey: required({ kind: 'string', length: [1, 128] } as const),
      TagValue: required({ kind: 'string', length: [0, 256] } as const),
    },
  },
} as const

export const TagKeys = { kind: 'list', of: { kind: 'string', length: [1, 128] } } as const

export const AliasName = { kind: 'string', length: [1, 256], pattern: '[a-zA-Z0-9:/_-]+' } as const

export const Limit = { kind: 'integer', range: [1, 1000] } as const
export const Marker = { kind: 'string', length: [1, 1024], pattern: '[\\u0020-\\u00FF]*' } as const

export const Plaintext = { kind: 'blob', length: [1, 4096], sensitive: true } as const
export const CiphertextBlob = { kind: 'blob', length: [1, 6144] } as const
export const EncryptionContext = {
  kind: 'map',
  key: { kind: 'string' },
  value: { kind: 'string' },
} as const
export const EncryptionAlgorithm = {
  kind: 'string',
  oneOf: ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'],
} as const
export const GrantTokens = { kind: 'list', length: [0, 10], of: { kind: 'string', length: [1, 8192] } } as const
export const DryRun = { kind: 'boolean' } as const
export const DryRunModifiers = {
  kind: 'list',
  length: [0, 1],
  of: { kind: 'string', oneOf: ['IGNORE_CIPHERTEXT'] },
} as const
export const DataKeySpec = { kind: 'string', oneOf: ['AES_256', 'AES_128'] } as const
export const NumberOfBytes = { kind: 'integer', range: [1, 1024] } as const
export const Recipient = {
  kind: 'structure',
  members: {
    KeyEncryptionAlgorithm: { kind: 'string', oneOf: ['RSAES_OAEP_SHA_256'] },
    AttestationDocument: { kind: 'blob', length: [1, 262144] },
  },
} as const

const PRINCIPAL = { kind: 'string', length: [1, 256], pattern: '^[\\w+=,.@:/-]+$' } as const
export const GranteePrincipal = PRINCIPAL
export const RetiringPrincipal = PRINCIPAL
/** Assumed: the bounds; the services' own are shorter. With a dot, as all have: the number of an account is no service. */
export const ServicePrincipal = { kind: 'string', length: [1, 256], pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+)+$' } as const
export const GrantId = { kind: 'string', length: [1, 128] } as const
export const GrantToken = { kind: 'string', length: [1, 8192] } as const
export const GrantName = { kind: 'string', length: [1, 256], pattern: '^[a-zA-Z0-9:/_-]+$' } as const
export const GrantOperations = {
  kind: 'list',
  of: {
    kind: 'string',
    oneOf: [
      'Decrypt',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
      'Sign',
      'Verify',
      'GetPublicKey',
      'CreateGrant',
      'RetireGrant',
      'DescribeKey',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
      'GenerateMac',
      'VerifyMac',
      'DeriveSharedSecret',
    ],
  },
} as const
export const GrantConstraints = {
  kind: 'structure',
  members: {
    EncryptionContextSubset: EncryptionContext,
    EncryptionContextEquals: EncryptionContext,
    SourceArn: { kind: 'string', length: [1, 2048] },
  },
} as const

export const RotationPeriodInDays = { kind: 'integer', range: [90, 2560] } as const
export const IncludeKeyMaterial = { kind: 'string', oneOf: ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'] } as const
export const Region = { kind: 'string', length: [1, 32], pattern: '^([a-z]+-){2,3}\\d+$' } as const

export const PendingWindowInDays = { kind: 'integer', range: [1, 365] } as const

export const Message = { kind: 'blob', length: [1, 4096], sensitive: true } as const
export const MessageType = { kind: 'string', oneOf: ['RAW', 'DIGEST', 'EXTERNAL_MU'] } as const
export const SigningAlgorithm = {
  kind: 'string',
  oneOf: [
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'ECDSA_SHA_256',
    'ECDSA_SHA_384',
    'ECDSA_SHA_512',
    'SM2DSA',
    'ML_DSA_SHAKE_256',
    'ED25519_SHA_512',
    'ED25519_PH_SHA_512',
  ],
} as const
export const Signature = { kind: 'blob', length: [1, 6144] } as const
export const MacAlgorithm = {
  kind: 'string',
  oneOf: ['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'],
} as const
export const Mac = { kind: 'blob', length: [1, 6144] } as const
export const KeyAgreementAlgorithm = { kind: 'string', oneOf: ['ECDH'] } as const
export const PublicKey = { kind: 'blob', length: [1, 8192] } as const
export const DataKeyPairSpec = {
  kind: 'string',
  oneOf: [
    'RSA_2048',
    'RSA_3072',
    'RSA_4096',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'SM2',
    'ECC_NIST_EDWARDS25519',
  ],
} as const

export const WrappingAlgorithm = {
  kind: 'string',
  oneOf: [
    'RSAES_PKCS1_V1_5',
    'RSAES_OAEP_SHA_1',
    'RSAES_OAEP_SHA_256',
    'RSA_AES_KEY_WRAP_SHA_1',
    'RSA_AES_KEY_WRAP_SHA_256',
    'SM2PKE',
  ],
} as const
export const WrappingKeySpec = { kind: 'string', oneOf: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'] } as const
export const ImportToken = { kind: 'blob', length: [1, 6144] } as const
export const EncryptedKeyMaterial = { kind: 'blob', length: [1, 6144] } as const
export const ValidTo = { kind: 'timestamp' } as const
export const ExpirationModel = {
  kind: 'string',
  oneOf: ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'],
} as const
export const ImportType = { kind: 'string', oneOf: ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'] } as const
export const KeyMaterialDescription = { kind: 'string', length: [0, 256], pattern: '[a-zA-Z0-9:/_\\s.-]+' } as const
export const KeyMaterialId = { kind: 'string', length: [64, 64], pattern: '[a-f0-9]+' } as const
