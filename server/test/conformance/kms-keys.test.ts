import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { KMS, paginateListGrants, paginateListKeyRotations } from '@aws-sdk/client-kms'
import { start } from '../start.ts'
import { clientsOf, refused } from './session.ts'

// The life of keys through the official client, and what it means for what lies under them. Source: kms.md 6 to 9, 13, 18.

const FAR = 'eu-west-1'
const server = await start({ regions: ['us-east-1', FAR] })
const { kms, secrets, ssm, iam, destroy } = clientsOf(server)
const far = new KMS({ endpoint: server.url, region: FAR, credentials: server.credentials })
const opened: { destroy(): void }[] = [far, { destroy }]
after(async () => {
  for (const clients of opened) clients.destroy()
  await server[Symbol.asyncDispose]()
})

const account = server.account
const root = `arn:aws:iam::${account}:root`
let count = 0

const allow = (Action: unknown, Resource: unknown = '*', Condition?: unknown) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
})
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

/** A user with these permissions, and clients in its name. */
async function person(...statements: object[]) {
  const UserName = `person-${++count}`
  await iam.createUser({ UserName })
  if (statements.length > 0)
    await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: documentOf(...statements) })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const clients = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  opened.push(clients)
  return { arn: `arn:aws:iam::${account}:user/${UserName}`, ...clients }
}

async function newKey(input: object = {}): Promise<{ id: string; arn: string }> {
  const { KeyMetadata } = await kms.createKey(input)
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

/** A secret and a SecureString under a key of one's own. */
async function stored(keyId: string) {
  const name = `under-${keyId}`
  const { ARN: arn = '' } = await secrets.createSecret({ Name: name, SecretString: 'the value', KmsKeyId: keyId })
  const parameter = `/under/${keyId}`
  await ssm.putParameter({ Name: parameter, Value: 'the value', Type: 'SecureString', KeyId: keyId })
  return { name, arn, parameter, read: () => secrets.getSecretValue({ SecretId: name }) }
}

const noKms = 'Access to KMS is not allowed'

test('role separation: to read a secret takes the permission on the secret and on its key, each alone is refused', async () => {
  const key = await newKey()
  const { name, arn, parameter } = await stored(key.id)
  const reading = allow(['secretsmanager:GetSecretValue', 'ssm:GetParameter'])
  const decrypting = allow('kms:Decrypt', key.arn)
  const [reader, keeper, both] = [await person(reading), await person(decrypting), await person(reading, decrypting)]
  await refused(reader.secrets.getSecretValue({ SecretId: name }), 'AccessDeniedException', noKms)
  await refused(
    keeper.secrets.getSecretValue({ SecretId: name }),
    'AccessDeniedException',
    /is not authorized to perform: secretsmanager:GetSecretValue/,
  )
  assert.equal((await both.secrets.getSecretValue({ SecretId: name })).SecretString, 'the value')
  const value = (who: typeof reader) => who.ssm.getParameter({ Name: parameter, WithDecryption: true })
  await refused(value(reader), 'AccessDeniedException', /kms:Decrypt/)
  await refused(value(keeper), 'AccessDeniedException', /ssm:GetParameter/)
  assert.equal((await value(both)).Parameter?.Value, 'the value')
  // The key's administrator manages it and reads nothing; a permission on the secret's key through the service only is enough.
  const Policy = documentOf(
    { ...allow(['kms:Put*', 'kms:Get*', 'kms:Describe*', 'kms:Disable*', 'kms:Enable*']), Principal: { AWS: root } },
    {
      ...allow('kms:Decrypt', '*', { StringEquals: { 'kms:EncryptionContext:SecretARN': arn } }),
      Principal: { AWS: reader.arn },
    },
  )
  await kms.putKeyPolicy({ KeyId: key.id, Policy })
  assert.equal((await reader.secrets.getSecretValue({ SecretId: name })).SecretString, 'the value')
  await refused(both.secrets.getSecretValue({ SecretId: name }), 'AccessDeniedException', noKms)
  await refused(secrets.getSecretValue({ SecretId: name }), 'AccessDeniedException', noKms)
})

test('a key disabled, or scheduled for deletion: what is under it can’t be read by the very next call (kms.md 17, 4; 18, 5)', async () => {
  const key = await newKey()
  const { name, parameter, read } = await stored(key.id)
  const value = () => ssm.getParameter({ Name: parameter, WithDecryption: true })
  const readable = async () => {
    assert.equal((await read()).SecretString, 'the value')
    assert.equal((await value()).Parameter?.Value, 'the value')
  }
  const closed = async (text: RegExp) => {
    await refused(read(), 'DecryptionFailure')
    await refused(value(), 'InvalidKeyId', text)
    await refused(secrets.putSecretValue({ SecretId: name, SecretString: 'another' }), 'EncryptionFailure')
  }
  await readable()
  for (let turn = 0; turn < 3; turn++) {
    await kms.disableKey({ KeyId: key.id })
    await closed(/is disabled\./)
    await kms.enableKey({ KeyId: key.id })
    await readable()
  }
  await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
  await closed(/is pending deletion\./)
  await kms.cancelKeyDeletion({ KeyId: key.id })
  await closed(/is disabled\./)
  await kms.enableKey({ KeyId: key.id })
  await readable()
})

test('with another encryption context nothing opens, whatever is changed in it, and no error says why (kms.md 18, 2)', async () => {
  const key = await newKey()
  const EncryptionContext = { tenant: 'blue', purpose: 'test' }
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x'), EncryptionContext })
  const { CiphertextBlob: wrapped } = await kms.generateDataKey({
    KeyId: key.id,
    KeySpec: 'AES_256',
    EncryptionContext,
  })
  for (const context of [
    undefined,
    {},
    { tenant: 'blue' },
    { ...EncryptionContext, more: '' },
    { Tenant: 'blue', purpose: 'test' },
    { tenant: 'Blue', purpose: 'test' },
    { tenant: 'test', purpose: 'blue' },
    { tenan: 'tblue', purpose: 'test' },
  ])
    for (const blob of [CiphertextBlob, wrapped])
      await refused(
        kms.decrypt({ CiphertextBlob: blob, EncryptionContext: context }),
        'InvalidCiphertextException',
        /^(InvalidCiphertextException|UnknownError)?$/,
      )
  const turned = { purpose: 'test', tenant: 'blue' }
  await kms.decrypt({ CiphertextBlob, EncryptionContext: turned })
})

test('rotation under load loses nothing: every ciphertext opens, and every secret is read, before, during and after', async () => {
  const key = await newKey()
  const { read } = await stored(key.id)
  const made: { blob: Uint8Array; text: string }[] = []
  let done = false
  const open = async ({ blob, text }: (typeof made)[number]) => {
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { text } })
    assert.equal(Buffer.from(Plaintext ?? []).toString(), text)
  }
  const writer = async (number: number) => {
    for (let i = 0; !done; i++) {
      const text = `${number}-${i}`
      const input = { KeyId: key.id, Plaintext: Buffer.from(text), EncryptionContext: { text } }
      const { CiphertextBlob = new Uint8Array() } = await kms.encrypt(input)
      const one = { blob: CiphertextBlob, text }
      await open(one)
      made.push(one)
    }
  }
  const reader = async () => {
    for (let i = 0; !done; i++) {
      assert.equal((await read()).SecretString, 'the value')
      const old = made[(i * 7919) % Math.max(1, made.length)]
      if (old !== undefined) await open(old)
    }
  }
  const load = Promise.all([writer(1), writer(2), reader(), reader()])
  const materials = new Set<string>()
  for (let i = 0; i < 25; i++) {
    const before = made.length
    await kms.rotateKeyOnDemand({ KeyId: key.id })
    materials.add((await kms.describeKey({ KeyId: key.id })).KeyMetadata?.CurrentKeyMaterialId ?? '')
    while (made.length === before) await new Promise(setImmediate)
  }
  done = true
  await load
  assert.equal(materials.size, 25)
  assert.ok(made.length >= 25)
  for (const one of made) await open(one)
  const seen: string[] = []
  for await (const { Rotations = [] } of paginateListKeyRotations({ client: kms, pageSize: 10 }, { KeyId: key.id }))
    seen.push(...Rotations.map(({ KeyMaterialId = '' }) => KeyMaterialId))
  assert.deepEqual(new Set(seen), materials)
})

test('grants through the client: listed by the paginator, used with their token and without, retired by it', async () => {
  const key = await newKey()
  const worker = await person()
  const Plaintext = Buffer.from('x')
  await refused(worker.kms.encrypt({ KeyId: key.arn, Plaintext }), 'AccessDeniedException')
  const input = { KeyId: key.id, GranteePrincipal: worker.arn, RetiringPrincipal: worker.arn }
  const { GrantId, GrantToken = '' } = await kms.createGrant({ ...input, Operations: ['Encrypt', 'Decrypt'] })
  await worker.kms.encrypt({ KeyId: key.arn, Plaintext, GrantTokens: [GrantToken] })
  const { CiphertextBlob } = await worker.kms.encrypt({ KeyId: key.arn, Plaintext })
  await worker.kms.decrypt({ CiphertextBlob })
  await refused(worker.kms.describeKey({ KeyId: key.arn }), 'AccessDeniedException')
  const ids: (string | undefined)[] = []
  for await (const { Grants = [] } of paginateListGrants({ client: kms, pageSize: 1 }, { KeyId: key.id }))
    ids.push(...Grants.map((grant) => grant.GrantId))
  assert.deepEqual(ids, [GrantId])
  await worker.kms.retireGrant({ GrantToken })
  await refused(worker.kms.decrypt({ CiphertextBlob }), 'AccessDeniedException')
})

test('a reader of a secret by right of a grant on its key alone, until the grant is revoked', async () => {
  const key = await newKey()
  const { name, arn } = await stored(key.id)
  const reader = await person(allow('secretsmanager:GetSecretValue', arn))
  const read = () => reader.secrets.getSecretValue({ SecretId: name })
  await refused(read(), 'AccessDeniedException', noKms)
  const { GrantId = '' } = await kms.createGrant({
    KeyId: key.id,
    GranteePrincipal: reader.arn,
    Operations: ['Decrypt'],
    Constraints: { EncryptionContextSubset: { SecretARN: arn } },
  })
  assert.equal((await read()).SecretString, 'the value')
  await kms.revokeGrant({ KeyId: key.id, GrantId })
  await refused(read(), 'AccessDeniedException', noKms)
})

test('a multi-Region key: encrypted in one Region, opened in the other, rotated in both, the primary moves (kms.md 18, 7)', async () => {
  const key = await newKey({ MultiRegion: true })
  const Plaintext = Buffer.from('x')
  const { ReplicaKeyMetadata } = await kms.replicateKey({ KeyId: key.id, ReplicaRegion: FAR })
  assert.equal(ReplicaKeyMetadata?.KeyState, 'Creating')
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext })
  const decrypted = await far.decrypt({ CiphertextBlob })
  assert.deepEqual([Buffer.from(decrypted.Plaintext ?? []), decrypted.KeyId], [Plaintext, ReplicaKeyMetadata?.Arn])
  await refused(far.rotateKeyOnDemand({ KeyId: key.id }), 'UnsupportedOperationException')
  await kms.updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: FAR })
  await far.rotateKeyOnDemand({ KeyId: key.id })
  const there = await far.encrypt({ KeyId: key.id, Plaintext })
  await kms.decrypt({ CiphertextBlob: there.CiphertextBlob })
  // A key of one Region is unknown in the other, and so are its ciphertexts (kms.md 4.3).
  const single = await newKey()
  const sealed = await kms.encrypt({ KeyId: single.id, Plaintext })
  await refused(
    far.decrypt({ CiphertextBlob: sealed.CiphertextBlob }),
    'AccessDeniedException',
    /on the resource associated with this ciphertext because the resource does not exist in this Region/,
  )
  await refused(far.describeKey({ KeyId: single.arn }), 'NotFoundException', 'Invalid arn us-east-1')
})

test('answers without members have an empty body (kms.md 17, 2)', async () => {
  const key = await newKey()
  const { $metadata, ...out } = await kms.enableKeyRotation({ KeyId: key.id })
  assert.deepEqual(out, {})
  assert.equal($metadata.httpStatusCode, 200)
})
