import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { defaultLimits } from '../../config.ts'
import { listen } from '../../http.ts'
import { region } from '../conformance/session.ts'
import { refusalOf } from '../registry/client.ts'
import { allow, deliver, type Keys, lines, outcome, READ, siege } from './siege.ts'

/**
 * Requests that try to say what only the server may: where they came from, by whom, on whose behalf, for which account.
 * Sources: access.md 5.7, 7 (35, 36).
 */

const { server, account, root, person, rule, call, signedCall, secretOf, neighbour } = await siege()
const { secrets } = root
const DENIED = 'AccessDeniedException'

let alice: Awaited<ReturnType<typeof person>>

before(async () => {
  await secrets.createSecret({ Name: 'db', SecretString: 'value' })
  alice = await person([allow(READ)])
})

/** Headers by which somebody might try to say what the server says itself. */
const CLAIMS: Readonly<Record<string, string>> = {
  'aws-viaawsservice': 'true',
  'x-aws-viaawsservice': 'true',
  'x-amz-via-aws-service': 'true',
  'x-amz-called-via': 'secretsmanager.amazonaws.com',
  'x-amz-source-arn': 'arn:aws:iam::111122223333:root',
  'x-amz-source-account': '111122223333',
  'x-amz-principal-tag-team': 'red',
  'x-amz-source-vpce': 'vpce-1',
  'x-amz-source-ip': '203.0.113.9',
  'x-amz-account-id': '111122223333',
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'secretsmanager.amazonaws.com',
  'x-real-ip': '203.0.113.9',
  'x-client-ip': '203.0.113.9',
  'true-client-ip': '203.0.113.9',
  'cf-connecting-ip': '203.0.113.9',
  forwarded: 'for=203.0.113.9;proto=https',
  via: '1.1 secretsmanager.amazonaws.com',
}

/** The same as members of the input. */
const MEMBERS = {
  'aws:ViaAWSService': 'true',
  ViaAWSService: true,
  'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
  ViaService: `secretsmanager.${region}.amazonaws.com`,
  'aws:SourceAccount': account,
  SourceArn: secretOf('db'),
  'aws:PrincipalTag/team': 'red',
  caller: { kind: 'root' },
  Caller: { kind: 'service' },
  account,
  via: 'secretsmanager.amazonaws.com',
  context: { 'aws:SourceIp': '203.0.113.9' },
}

const VIA = `secretsmanager.${region}.amazonaws.com`

test('who asks, by whom and from where is not the client’s to say: not by header, parameter, tag or member', async () => {
  const user = await person()
  const { KeyMetadata } = await root.kms.createKey({})
  const KeyId = KeyMetadata?.KeyId
  const Tags = Object.keys(MEMBERS)
    .filter((key) => !key.startsWith('aws:'))
    .map((Key) => ({ Key, Value: 'true' }))
  for (const condition of [
    { Bool: { 'aws:ViaAWSService': 'true' } },
    { StringEquals: { 'kms:ViaService': VIA } },
    { StringLike: { 'kms:ViaService': '*' } },
    { 'ForAnyValue:StringLike': { 'aws:CalledVia': '*' } },
    { StringLike: { 'aws:CalledViaFirst': '*' } },
    { StringLike: { 'aws:SourceArn': '*' } },
    { StringLike: { 'aws:SourceAccount': '*' } },
    { StringLike: { 'aws:SourceVpce': '*' } },
    { StringLike: { 'aws:SourceIdentity': '*' } },
    { StringLike: { 'aws:PrincipalTag/team': '*' } },
    { StringLike: { 'aws:PrincipalServiceName': '*' } },
    { Bool: { 'aws:PrincipalIsAWSService': 'true' } },
    { Bool: { 'aws:SecureTransport': 'true' } },
    { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
    { StringEquals: { 'aws:PrincipalAccount': '444455556666' } },
    { StringLike: { 'aws:TokenIssueTime': '*' } },
    { StringLike: { 'aws:FederatedProvider': '*' } },
    { Null: { 'aws:SourceIp': 'true' } },
  ]) {
    const said = JSON.stringify(condition)
    await rule(user.name, allow('*', '*', condition))
    assert.equal(outcome(await call(user.keys, READ, { SecretId: 'db', ...MEMBERS }, CLAIMS)), DENIED, said)
    const decrypt = { KeyId, Plaintext: 'YQ==', EncryptionContext: { 'kms:ViaService': VIA }, ...MEMBERS }
    assert.equal(outcome(await call(user.keys, 'kms:Encrypt', decrypt, CLAIMS)), DENIED, said)
    const made = { Name: 'made', SecretString: 'x', Tags, ...MEMBERS }
    assert.equal(outcome(await call(user.keys, 'secretsmanager:CreateSecret', made, CLAIMS)), DENIED, said)
    assert.equal(outcome(await call(user.keys, 'iam:ListUsers', MEMBERS, CLAIMS)), 'AccessDenied', said)
  }
  // Tags of the request are aws:RequestTag, and no tags of who asks or of what is there.
  await rule(user.name, allow('*', '*', { StringEquals: { 'aws:PrincipalTag/team': 'red' } }))
  const tagged = {
    Name: 'made',
    SecretString: 'x',
    Tags: [
      { Key: 'team', Value: 'red' },
      { Key: 'principaltag/team', Value: 'red' },
    ],
  }
  assert.equal(outcome(await call(user.keys, 'secretsmanager:CreateSecret', tagged)), DENIED)
  await rule(user.name, allow('*', '*', { StringEquals: { 'aws:ResourceTag/team': 'red' } }))
  const tagging = { SecretId: 'db', Tags: tagged.Tags }
  assert.equal(outcome(await call(user.keys, 'secretsmanager:TagResource', tagging)), DENIED)
})

test('tags that would be condition keys of AWS can’t be set', async () => {
  for (const Key of ['aws:PrincipalTag/team', 'AWS:x', 'aws:SourceIp']) {
    const Tags = [{ Key, Value: 'x' }]
    for (const [action, input, code] of [
      ['secretsmanager:CreateSecret', { Name: 'reserved', SecretString: 'x', Tags }, 'InvalidRequestException'],
      ['secretsmanager:TagResource', { SecretId: 'db', Tags }, 'InvalidParameterException'],
      ['kms:CreateKey', { Tags: [{ TagKey: Key, TagValue: 'x' }] }, 'TagException'],
    ] as const) {
      assert.equal(outcome(await call(server.credentials, action, input)), code, `${action} ${Key}`)
    }
  }
})

test('a secret’s key that only Secrets Manager may use: no call of the client’s own passes for one of it', async () => {
  const user = await person([allow('*')])
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: account }, Action: ['kms:Describe*', 'kms:Put*'], Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*'],
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': VIA } },
      },
    ],
  })
  const made = await call(server.credentials, 'kms:CreateKey', { Policy, BypassPolicyLockoutSafetyCheck: true })
  assert.equal(outcome(made), '200', made.text)
  const { KeyMetadata } = JSON.parse(made.text) as { KeyMetadata: { KeyId: string } }
  await user.secrets.createSecret({ Name: 'through', SecretString: 'x', KmsKeyId: KeyMetadata.KeyId })
  assert.equal((await user.secrets.getSecretValue({ SecretId: 'through' })).SecretString, 'x')
  const { ARN = '' } = await secrets.describeSecret({ SecretId: 'through' })
  for (const [action, input] of [
    ['kms:Encrypt', { Plaintext: 'YQ==' }],
    ['kms:GenerateDataKey', { KeySpec: 'AES_256' }],
  ] as const) {
    const EncryptionContext = { SecretARN: ARN, 'kms:ViaService': VIA, 'aws:ViaAWSService': 'true' }
    const answer = await call(
      user.keys,
      action,
      { KeyId: KeyMetadata.KeyId, ...input, EncryptionContext, ...MEMBERS },
      CLAIMS,
    )
    assert.equal(outcome(answer), DENIED, action)
  }
})

test('X-Forwarded-For says where a call comes from when a trusted proxy says so, and only its own word counts', async () => {
  const log = openLog({ level: 'silent', form: 'json', clock: server.clock, to: { write: () => undefined } })
  const listening = await listen(
    {
      mode: 'serve',
      listen: { host: '127.0.0.1', port: 0 },
      limits: defaultLimits,
      trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
    },
    {
      handle: server.inside.handle,
      admin: { health: server.inside.health },
      log,
      metrics: openMetrics('test'),
      clock: server.clock,
    },
  )
  try {
    const user = await person([allow(READ, '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })])
    const secure = await person([allow(READ, '*', { Bool: { 'aws:SecureTransport': 'true' } })])
    const ask = async (port: number, keys: Keys, ...more: readonly string[]) => {
      const raw = lines(signedCall(keys, READ, { SecretId: 'db' }))
      return outcome(await deliver(port, { ...raw, headers: [...raw.headers, ...more] }))
    }
    const proxied = (...more: readonly string[]) => ask(listening.port, user.keys, ...more)
    assert.equal(await proxied('x-forwarded-for', '203.0.113.7'), '200')
    assert.equal(await proxied('x-forwarded-for', '203.0.113.7, 10.1.2.3'), '200')
    assert.equal(await proxied('x-forwarded-for', '::ffff:203.0.113.7'), '200')
    // What stands before the last address that is no proxy of ours was written by a stranger.
    assert.equal(await proxied('x-forwarded-for', '203.0.113.7, 198.51.100.1'), DENIED)
    assert.equal(await proxied('x-forwarded-for', '203.0.113.7, 198.51.100.1, 10.1.2.3'), DENIED)
    assert.equal(await proxied('x-forwarded-for', '203.0.113.7', 'x-forwarded-for', '198.51.100.1'), DENIED)
    for (const text of [
      '',
      ' ',
      '203.0.113.7, unknown',
      '203.0.113.7, ',
      '203.0.113.7:80, _hidden',
      '203.0.113.007',
      '203.0.113.7/24',
      '0xcb.0.113.7',
      '203.0.113.7 198.51.100.1',
    ]) {
      assert.equal(await proxied('x-forwarded-for', text), DENIED, text)
    }
    assert.equal(await proxied('x-real-ip', '203.0.113.7'), DENIED)
    assert.equal(await proxied('forwarded', 'for=203.0.113.7'), DENIED)
    assert.equal(await proxied(), DENIED)
    // Beside the proxy nobody is believed.
    assert.equal(await ask(server.port, user.keys, 'x-forwarded-for', '203.0.113.7'), DENIED)
    assert.equal(await ask(server.port, secure.keys, 'x-forwarded-proto', 'https'), DENIED)
    assert.equal(await ask(listening.port, secure.keys, 'x-forwarded-proto', 'https'), '200')
    assert.equal(await ask(listening.port, secure.keys, 'x-forwarded-proto', 'http'), DENIED)
    assert.equal(await ask(listening.port, secure.keys, 'x-forwarded-proto', 'https, http'), DENIED)
    assert.equal(
      await ask(listening.port, secure.keys, 'x-forwarded-proto', 'http', 'x-forwarded-proto', 'https'),
      DENIED,
    )
  } finally {
    await listening.close(0)
  }
})

test('of two accounts, keys and names of the one are nothing in the other', async () => {
  const foreign = await neighbour('444455556666')
  const answer = await call(foreign, READ, {
    SecretId: 'db',
    account,
    Account: account,
    'aws:ResourceAccount': account,
  })
  assert.equal(outcome(answer), 'ResourceNotFoundException')
  assert.equal(refusalOf(await call(foreign, 'iam:GetUser', { UserName: alice.name })).code, 'NoSuchEntity')
  assert.equal(
    outcome(await call(foreign, 'iam:DeleteAccessKey', { UserName: alice.name, AccessKeyId: alice.keys.accessKeyId })),
    'NoSuchEntity',
  )
  assert.ok((await call(alice.keys, 'sts:GetCallerIdentity')).text.includes(alice.arn))
})
