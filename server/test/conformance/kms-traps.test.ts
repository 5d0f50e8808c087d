import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { start } from '../start.ts'
import { clientsOf, refused } from './session.ts'

// What is easily wrong about KMS, seen from outside: the traps of kms.md 17 that no other test names.

const server = await start({ regions: ['us-east-1', 'eu-west-1'], standing: true })
const { kms, secrets, iam, destroy } = clientsOf(server)
const opened: { destroy(): void }[] = [{ destroy }]
after(async () => {
  for (const clients of opened) clients.destroy()
  await server[Symbol.asyncDispose]()
})

/** A client that notes the bodies and headers as they come over the wire, and sends more headers. */
function listening(headers: Readonly<Record<string, string>> = {}) {
  const bodies: string[] = []
  const answered: Record<string, string>[] = []
  const config = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  const client = new KMS(config)
  opened.push(client)
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers)
      return next(args)
    },
    { step: 'build', name: 'headers' },
  )
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const response = result.response as { body: Readable; headers: Record<string, string> }
      answered.push(response.headers)
      const chunks: Buffer[] = []
      for await (const chunk of response.body) chunks.push(chunk as Buffer)
      const bytes = Buffer.concat(chunks)
      bodies.push(bytes.toString())
      response.body = Readable.from(bytes.length === 0 ? [] : [bytes])
      return result
    },
    { step: 'deserialize', name: 'bodies', priority: 'low' },
  )
  return { client, bodies, answered }
}

async function newKey(input: object = {}): Promise<{ id: string; arn: string }> {
  const { KeyMetadata } = await kms.createKey(input)
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

test('6: ListAliases takes a limit of 1,000 and gives 100', async () => {
  const keys = [await newKey(), await newKey(), await newKey()]
  for (let i = 0; i < 105; i++)
    await kms.createAlias({ AliasName: `alias/many-${i}`, TargetKeyId: keys[i % 3]?.id ?? '' })
  const { Aliases = [], Truncated } = await kms.listAliases({ Limit: 1000 })
  assert.deepEqual([Aliases.length, Truncated], [100, true])
})

test('10, and 11 of 18: no header makes a call one that comes through a service; the managed key serves nobody directly', async () => {
  await secrets.createSecret({ Name: 'default', SecretString: 'x' })
  const Plaintext = Buffer.from('x')
  const { client } = listening({
    'x-amz-via-service': 'secretsmanager.us-east-1.amazonaws.com',
    'kms-viaservice': 'secretsmanager.us-east-1.amazonaws.com',
    'x-amz-source-arn': 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x',
    'x-amzn-via': 'secretsmanager.amazonaws.com',
    'user-agent': 'secretsmanager.amazonaws.com',
  })
  await refused(client.encrypt({ KeyId: 'alias/aws/secretsmanager', Plaintext }), 'AccessDeniedException')
  await refused(
    client.generateDataKey({ KeyId: 'alias/aws/secretsmanager', KeySpec: 'AES_256' }),
    'AccessDeniedException',
  )
})

test('12: kms:RequestAlias is the name in the request, kms:ResourceAliases the aliases that the key has then', async () => {
  const key = await newKey()
  const other = await newKey()
  await kms.createAlias({ AliasName: 'alias/blue', TargetKeyId: key.id })
  const person = async (name: string, Condition: object) => {
    await iam.createUser({ UserName: name })
    const Statement = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*', Condition }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.putUserPolicy({ UserName: name, PolicyName: 'own', PolicyDocument })
    const { AccessKey } = await iam.createAccessKey({ UserName: name })
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }
    const clients = clientsOf(server, credentials)
    opened.push(clients)
    return (KeyId: string) => clients.kms.encrypt({ KeyId, Plaintext: Buffer.from('x') })
  }
  const byRequest = await person('by-request', { StringEquals: { 'kms:RequestAlias': 'alias/blue' } })
  const byKey = await person('by-key', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/blue' } })
  await byRequest('alias/blue')
  await refused(byRequest(key.id), 'AccessDeniedException')
  await byKey(key.id)
  await kms.updateAlias({ AliasName: 'alias/blue', TargetKeyId: other.id })
  assert.equal((await byRequest('alias/blue')).KeyId, other.arn)
  await refused(byKey(key.id), 'AccessDeniedException')
  await byKey(other.id)
})

test('13: under the default key a reader needs no permission of KMS; a boundary that says nothing of it is no hindrance, one that denies is', async () => {
  const UserName = 'reader-by-default'
  const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
  const reads = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }
  await secrets.createSecret({ Name: 'by-default', SecretString: 'x' })
  await iam.createUser({ UserName })
  await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: document(reads) })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const clients = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  opened.push(clients)
  const read = () => clients.secrets.getSecretValue({ SecretId: 'by-default' })
  const bound = async (PolicyName: string, ...statements: object[]) => {
    const { Policy } = await iam.createPolicy({ PolicyName, PolicyDocument: document(...statements) })
    await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: Policy?.Arn ?? '' })
  }
  assert.equal((await read()).SecretString, 'x')
  await bound('says-nothing-of-kms', reads)
  assert.equal((await read()).SecretString, 'x')
  await bound('denies-kms', reads, { Effect: 'Deny', Action: 'kms:*', Resource: '*' })
  await refused(read(), 'AccessDeniedException', 'Access to KMS is not allowed')
})

test('17: a key that is gone frees nothing: what named it names no other key', async () => {
  const { id, arn } = await newKey()
  await kms.createAlias({ AliasName: 'alias/gone', TargetKeyId: id })
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: Buffer.from('x') })
  await kms.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
  await server.clock.advance({ days: 7 })
  // The clients' clock is the machine's: the server's is led back for them by what it answers.
  const next = await newKey()
  assert.notEqual(next.id, id)
  await refused(kms.describeKey({ KeyId: arn }), 'NotFoundException', `Key '${arn}' does not exist`)
  await refused(kms.describeKey({ KeyId: 'alias/gone' }), 'NotFoundException')
  await refused(
    kms.decrypt({ CiphertextBlob }),
    'AccessDeniedException',
    /on the resource associated with this ciphertext/,
  )
})

test('19: dates are numbers of seconds, and 2: answers that say nothing have no body at all', async () => {
  const { client, bodies } = listening()
  const key = await newKey()
  await client.scheduleKeyDeletion({ KeyId: key.id })
  assert.match(bodies.at(-1) ?? '', /"DeletionDate":\d{10}(\.\d{1,3})?[,}]/)
  await client.describeKey({ KeyId: key.id })
  assert.match(bodies.at(-1) ?? '', /"CreationDate":\d{10}(\.\d{1,3})?[,}]/)
  await client.cancelKeyDeletion({ KeyId: key.id })
  for (const answer of [
    () => client.enableKey({ KeyId: key.id }),
    () => client.enableKeyRotation({ KeyId: key.id }),
    () => client.tagResource({ KeyId: key.id, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
    () => client.createAlias({ AliasName: 'alias/silent', TargetKeyId: key.id }),
  ]) {
    await answer()
    assert.equal(bodies.at(-1), '')
  }
  await client.getKeyRotationStatus({ KeyId: key.id })
  assert.match(bodies.at(-1) ?? '', /"NextRotationDate":\d{10}(\.\d{1,3})?[,}]/)
})

test('20: the longest plaintext gives a ciphertext that Decrypt still takes, as the client sends it', async () => {
  const { id } = await newKey()
  const Plaintext = Buffer.alloc(4096, 1)
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext })
  assert.ok((CiphertextBlob?.length ?? 0) <= 4096 + 140)
  assert.deepEqual(Buffer.from((await kms.decrypt({ CiphertextBlob })).Plaintext ?? []), Plaintext)
})

test('23: the Region is the one that was signed for; a key of another one is refused by its ARN', async () => {
  const { id, arn } = await newKey()
  const far = new KMS({ endpoint: server.url, region: 'eu-west-1', credentials: server.credentials })
  opened.push(far)
  await refused(far.describeKey({ KeyId: arn }), 'NotFoundException', 'Invalid arn us-east-1')
  await refused(far.encrypt({ KeyId: arn, Plaintext: Buffer.from('x') }), 'NotFoundException', 'Invalid arn us-east-1')
  await refused(
    far.describeKey({ KeyId: id }),
    'NotFoundException',
    `Key '${arn.replace('us-east-1', 'eu-west-1')}' does not exist`,
  )
})

test('nobody on the way keeps an answer, be it a plaintext or a refusal (kms.md 1)', async () => {
  const { client, answered } = listening()
  await client.generateRandom({ NumberOfBytes: 8 })
  await refused(client.describeKey({ KeyId: 'alias/none' }), 'NotFoundException')
  assert.ok(answered.length >= 2)
  for (const headers of answered)
    assert.deepEqual(
      [headers['cache-control'], headers.expires, headers.pragma],
      ['no-cache, no-store, must-revalidate, private', '0', 'no-cache'],
    )
})
