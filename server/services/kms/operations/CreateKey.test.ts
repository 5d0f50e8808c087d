import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, deny, refusal, root, user, world } from '../test/world.ts'

test('CreateKey answers the metadata of a symmetric key (kms.md 3.2, shape recorded)', async () => {
  await using w = await world()
  const { KeyMetadata } = await w.ask('CreateKey', { Description: 'mine' })
  const { KeyId, CurrentKeyMaterialId, ...rest } = KeyMetadata
  assert.match(KeyId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.match(CurrentKeyMaterialId, /^[0-9a-f]{64}$/)
  assert.deepEqual(rest, {
    AWSAccountId: ACCOUNT,
    Arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${KeyId}`,
    CreationDate: new Date(w.clock.now()),
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    Description: 'mine',
    Enabled: true,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
  })
})

test('CreateKey refuses kinds of keys that do not go together (kms.md 3.1)', async () => {
  await using w = await world()
  const cases: readonly (readonly [object, string, string])[] = [
    [
      { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      'ValidationException',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    ],
    [
      { KeySpec: 'RSA_2048' },
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ],
    [
      { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
      'ValidationException',
      'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
    ],
    [
      { KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT',
    ],
    [{ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException', 'KeySpec SM2 is not supported.'],
    [{ Origin: 'AWS_CLOUDHSM' }, 'UnsupportedOperationException', 'Origin AWS_CLOUDHSM is not supported.'],
    [
      { Origin: 'EXTERNAL', KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' },
      'UnsupportedOperationException',
      'Origin EXTERNAL with KeySpec ML_DSA_44 is not supported.',
    ],
  ]
  for (const [input, code, text] of cases) await assert.rejects(w.ask('CreateKey', input), refusal(code, text))
})

test('CreateKey takes the older name of the spec', async () => {
  await using w = await world()
  assert.equal(
    (await w.ask('CreateKey', { CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' })).KeyMetadata.KeySpec,
    'SYMMETRIC_DEFAULT',
  )
})

test('CreateKey checks tags (kms.md 3.1, texts recorded)', async () => {
  await using w = await world()
  const tags = (...keys: string[]) => ({ Tags: keys.map((TagKey) => ({ TagKey, TagValue: '' })) })
  await assert.rejects(w.ask('CreateKey', tags('a', 'a')), refusal('TagException', 'Duplicate tag keys'))
  await assert.rejects(
    w.ask('CreateKey', tags('aws:x')),
    refusal('TagException', 'Tags beginning with aws: are reserved'),
  )
  const many = Array.from({ length: 51 }, (_, i) => `k${i}`)
  await assert.rejects(w.ask('CreateKey', tags(...many)), refusal('TagException', 'Too many tags'))
  await w.ask('CreateKey', tags(...many.slice(1)))
  await w.ask('CreateKey', tags('a', 'A'))
})

test('CreateKey needs kms:CreateKey, with tags kms:TagResource too; tags are conditions', async () => {
  await using w = await world()
  const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
  const may = (...statements: object[]) => ({ caller: user('u', statements) })
  await assert.rejects(
    w.ask('CreateKey', {}, may()),
    refusal(
      'AccessDeniedException',
      `User: arn:aws:iam::${ACCOUNT}:user/u is not authorized to perform: kms:CreateKey because no identity-based policy allows the kms:CreateKey action`,
    ),
  )
  await w.ask('CreateKey', {}, may(allow(['kms:CreateKey', 'kms:PutKeyPolicy'])))
  await assert.rejects(w.ask('CreateKey', { Tags }, may(allow('kms:CreateKey'))), /kms:TagResource/)
  const blue = { Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } } }
  await w.ask('CreateKey', { Tags }, may(allow(['kms:CreateKey', 'kms:TagResource'], '*', blue)))
  const symmetric = {
    Condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT', 'kms:KeyUsage': 'ENCRYPT_DECRYPT' } },
  }
  await w.ask('CreateKey', {}, may(allow('kms:CreateKey', '*', symmetric)))
})

test('CreateKey refuses a policy that is none, or too large (kms.md 3.1, 8.2)', async () => {
  await using w = await world()
  await assert.rejects(w.ask('CreateKey', { Policy: 'x' }), { code: 'MalformedPolicyDocumentException' })
  await assert.rejects(w.ask('CreateKey', { Policy: ' '.repeat(32_769) }), { code: 'LimitExceededException' })
})

const policyFor = (principal: string, more: readonly object[] = []) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'kms:*', Resource: '*' }, ...more],
  })

test('CreateKey refuses a policy under which the caller could not change it, unless told to (kms.md 8.2)', async () => {
  await using w = await world()
  const lockedOut = refusal(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  )
  const other = policyFor(`arn:aws:iam::${ACCOUNT}:user/other`)
  await assert.rejects(w.ask('CreateKey', { Policy: other }, { caller: admin() }), lockedOut)
  await assert.rejects(w.ask('CreateKey', { Policy: other }), lockedOut)
  await w.ask('CreateKey', { Policy: other, BypassPolicyLockoutSafetyCheck: true }, { caller: admin() })
  // Delegation to the account is enough for who may by identity policies, and for nobody else.
  const delegating = policyFor(root().arn)
  await w.ask('CreateKey', { Policy: delegating }, { caller: admin() })
  const creator = user('creator', [allow('kms:CreateKey')])
  await assert.rejects(w.ask('CreateKey', { Policy: delegating }, { caller: creator }), lockedOut)
  await w.ask('CreateKey', { Policy: policyFor(creator.arn) }, { caller: creator })
  const barred = user('barred', [allow('*'), deny('kms:PutKeyPolicy')])
  await assert.rejects(w.ask('CreateKey', { Policy: delegating }, { caller: barred }), lockedOut)
})

test('CreateKey makes no key of its own where a custom store is asked for (kms.md 0, tier 3)', async () => {
  await using w = await world()
  for (const store of [{ CustomKeyStoreId: 'cks-1234567890abcdef0' }, { XksKeyId: 'abc' }])
    await assert.rejects(
      w.ask('CreateKey', store),
      refusal('UnsupportedOperationException', 'Custom key stores are not supported.'),
    )
  assert.equal((await w.ask('ListKeys', {})).Keys.length, 0)
})

test('CreateKey refuses a policy that names nobody who is there (kms.md 8.2)', async () => {
  await using w = await world()
  const invalid = refusal(
    'MalformedPolicyDocumentException',
    'Policy contains a statement with one or more invalid principals.',
  )
  const ghost = `arn:aws:iam::${ACCOUNT}:user/ghost`
  w.people.ids.set(ghost, undefined)
  for (const principal of [ghost, `arn:aws:sts::${ACCOUNT}:assumed-role/app/*`, 'arn:aws:iam::*:root', 'ghost']) {
    await assert.rejects(w.ask('CreateKey', { Policy: policyFor(principal) }), invalid)
    const Policy = policyFor(root().arn, [
      { Effect: 'Deny', NotPrincipal: { AWS: principal }, Action: 'kms:Decrypt', Resource: '*' },
    ])
    await assert.rejects(w.ask('CreateKey', { Policy, BypassPolicyLockoutSafetyCheck: true }), invalid)
  }
})

test('CreateKey refuses ForAllValues on a pair of the encryption context (kms.md 8.2; the text is ours)', async () => {
  await using w = await world()
  const asking = (operator: string, key: string) => ({
    Policy: policyFor(root().arn, [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { [operator]: { [key]: ['a'] } },
      },
    ]),
  })
  for (const key of ['kms:EncryptionContext:app', 'KMS:encryptioncontext:app']) {
    await assert.rejects(
      w.ask('CreateKey', asking('ForAllValues:StringEquals', key)),
      refusal('MalformedPolicyDocumentException', 'ForAllValues must not be used with the encryption context.'),
    )
  }
  await w.ask('CreateKey', asking('ForAllValues:StringEquals', 'kms:EncryptionContextKeys'))
  await w.ask('CreateKey', asking('StringEquals', 'kms:EncryptionContext:app'))
})

test('CreateKey of every kind: one list of algorithms, by usage (kms.md 3.2, 3.3)', async () => {
  await using w = await world()
  const kinds: readonly (readonly [string, string, object])[] = [
    ['RSA_2048', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] }],
    ['ECC_NIST_P256', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
    ['ECC_NIST_P256', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
    ['ECC_NIST_P384', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_384'] }],
    ['ECC_NIST_P521', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_512'] }],
    ['ECC_SECG_P256K1', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
    ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', { SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] }],
    ['HMAC_384', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_384'] }],
    ['ML_DSA_44', 'SIGN_VERIFY', { SigningAlgorithms: ['ML_DSA_SHAKE_256'] }],
  ]
  for (const [KeySpec, KeyUsage, algorithms] of kinds) {
    const { KeyMetadata } = await w.ask('CreateKey', { KeySpec, KeyUsage })
    const lists = Object.fromEntries(Object.entries(KeyMetadata).filter(([name]) => name.endsWith('Algorithms')))
    assert.deepEqual(lists, algorithms)
    assert.deepEqual([KeyMetadata.KeySpec, KeyMetadata.KeyUsage, KeyMetadata.Enabled], [KeySpec, KeyUsage, true])
    assert(!('CurrentKeyMaterialId' in KeyMetadata))
    const older = KeySpec === 'ECC_NIST_EDWARDS25519' || KeySpec.startsWith('ML_DSA_') ? undefined : KeySpec
    assert.equal(KeyMetadata.CustomerMasterKeySpec, older)
    assert.deepEqual((await w.ask('DescribeKey', { KeyId: KeyMetadata.KeyId })).KeyMetadata, KeyMetadata)
  }
})

test('CreateKey of a pair that nobody may create makes none: the permission comes before the primes', async () => {
  await using w = await world()
  const symmetricOnly = { Condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } } }
  const caller = user('u', [allow('kms:CreateKey', '*', symmetricOnly)])
  await assert.rejects(w.ask('CreateKey', { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' }, { caller }), {
    code: 'AccessDeniedException',
  })
  const external = { Condition: { StringEquals: { 'kms:KeyOrigin': 'EXTERNAL' } } }
  await w.ask('CreateKey', { Origin: 'EXTERNAL' }, { caller: user('u', [allow('kms:CreateKey', '*', external)]) })
})
