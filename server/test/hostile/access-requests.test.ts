import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openLog } from '#kernel/log'
import { openMetrics } from '#kernel/metrics'
import { defaultLimits } from '../../config.ts'
import { listen } from '../../http.ts'
import { region } from '../conformance/session.ts'
import { draftOf, type Answer, refusalOf, signed } from '../registry/client.ts'
import { type Draft, sign } from '../signature/signer.ts'
import { allow, deliver, type Keys, keysOf, lines, outcome, READ, siege } from './siege.ts'

/**
 * Requests that say two things at once, and requests that try to say what only the server may: where they came from, by whom,
 * on whose behalf. Sources: access.md 1.2 (rows 3, 8, 14), 1.5 (11), 5.7, 7 (35, 36).
 */

const { server, account, root, person, rule, call, send, signedCall, entry, secretOf, neighbour } = await siege()
const { secrets } = root
const DENIED = 'AccessDeniedException'
const BAD_SIGNATURE = 'InvalidSignatureException'
const STRANGER = 'UnrecognizedClientException'

let alice: Awaited<ReturnType<typeof person>>
let mallory: Awaited<ReturnType<typeof person>>
/** Temporary credentials of each. */
let hers: ReturnType<typeof keysOf>
let his: ReturnType<typeof keysOf>

before(async () => {
  await secrets.createSecret({ Name: 'db', SecretString: 'value' })
  alice = await person([allow(READ)])
  mallory = await person()
  hers = keysOf((await alice.sts.getSessionToken({})).Credentials)
  his = keysOf((await mallory.sts.getSessionToken({})).Credentials)
})

const arnIn = (answer: Answer) => /<Arn>([^<]*)<\/Arn>/.exec(answer.text)?.[1]

/** The header lines of a rightly signed GetSecretValue. */
const right = (keys: Keys) => lines(signedCall(keys, READ, { SecretId: 'db' }))
const post = (raw: ReturnType<typeof lines>, headers: readonly string[]) => deliver(server.port, { ...raw, headers })

test('two Authorization headers are refused, whichever of them is good, and however they are put together', async () => {
  const hersLines = right(alice.keys)
  const at = hersLines.headers.indexOf('authorization')
  const good = hersLines.headers[at + 1] as string
  const his = right(mallory.keys).headers
  const other = his[his.indexOf('authorization') + 1] as string
  const rest = hersLines.headers.toSpliced(at, 2)
  assert.equal(outcome(await post(hersLines, [...rest, 'authorization', good])), '200')
  for (const [first, second] of [
    [good, good],
    [good, other],
    [other, good],
    [good, ''],
    ['', good],
    ['Basic YTpi', good],
    [good, 'Bearer x'],
  ] as const) {
    for (const names of [
      ['authorization', 'authorization'],
      ['Authorization', 'AUTHORIZATION'],
    ] as const) {
      const answer = await post(hersLines, [names[0], first, ...rest, names[1], second])
      assert.equal(outcome(answer), BAD_SIGNATURE, `${first} | ${second}`)
      assert.doesNotMatch(answer.text, /Credential=|value/)
    }
  }
  // In one header: the last of each parameter counts, and only what was signed for with it passes. Source: access.md 1.1.
  const [, hersParameters = ''] = good.split('AWS4-HMAC-SHA256 ')
  const [, hisParameters = ''] = other.split('AWS4-HMAC-SHA256 ')
  const mixed = await post(hersLines, [
    ...rest,
    'authorization',
    `AWS4-HMAC-SHA256 ${hisParameters}, ${hersParameters}`,
  ])
  assert.equal(outcome(mixed), '200')
  const swapped = await post(hersLines, [
    ...rest,
    'authorization',
    `AWS4-HMAC-SHA256 ${hersParameters}, ${hisParameters}`,
  ])
  assert.notEqual(outcome(swapped), '200')
  // His key id with her signature, and the other way round.
  const id = (text: string, from: Keys, to: Keys) => text.replace(from.accessKeyId, to.accessKeyId)
  assert.equal(
    outcome(await post(hersLines, [...rest, 'authorization', id(good, alice.keys, mallory.keys)])),
    BAD_SIGNATURE,
  )
})

/** GetCallerIdentity, presigned or with a header, as AWS's own signer makes it. */
const identify = (keys: Keys, over: Draft = {}, presign?: number) =>
  sign(
    {
      method: 'GET',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      ...over,
    },
    { ...keys, service: 'sts', at: server.clock.now(), ...(presign === undefined ? {} : { presign }) },
  )

test('header and query string may not both sign, whoever signed the one and whoever the other', async () => {
  const presigned = await identify(alice.keys, {}, 60)
  assert.equal(arnIn(await deliver(server.port, presigned)), alice.arn)
  const inHeader = await identify(mallory.keys)
  assert.equal(arnIn(await deliver(server.port, inHeader)), mallory.arn)
  const both = await deliver(server.port, { ...inHeader, target: presigned.target })
  assert.equal(outcome(both), 'SignatureDoesNotMatch')
  // A part of the query form is enough, wherever it stands.
  for (const part of ['X-Amz-Signature=', 'X-Amz-Credential=a', 'X-Amz-Algorithm=AWS4-HMAC-SHA256']) {
    const answer = await deliver(server.port, { ...inHeader, target: `${inHeader.target}&${part}` })
    assert.equal(outcome(answer), 'SignatureDoesNotMatch', part)
  }
  // Twice in the query string: what is used must be what was signed.
  const his = await identify(mallory.keys, {}, 60)
  const pairs = (target: string) => target.slice(target.indexOf('?') + 1)
  for (const target of [`${presigned.target}&${pairs(his.target)}`, `${his.target}&${pairs(presigned.target)}`]) {
    assert.equal(outcome(await deliver(server.port, { ...presigned, target })), 'SignatureDoesNotMatch')
  }
  for (const more of ['Action=GetSessionToken', 'X-Amz-Expires=604800', 'X-Amz-Date=20990101T000000Z', 'a=b']) {
    for (const target of [`${presigned.target}&${more}`, presigned.target.replace('?', `?${more}&`)]) {
      assert.notEqual(outcome(await deliver(server.port, { ...presigned, target })), '200', more)
    }
  }
})

test('the path is signed as it came: no other form of it, no other operation', async () => {
  for (const path of ['/', '/a/../', '/./', '//', '/%2e%2e/', '/..%2f', '/%2F', '/a%2F..%2Fb']) {
    const raw = await identify(alice.keys, { path })
    for (const other of ['/other', '/%252F', '/a']) {
      const target = raw.target.replace(path, other)
      assert.equal(outcome(await deliver(server.port, { ...raw, target })), 'SignatureDoesNotMatch', `${path} ${other}`)
    }
  }
  // The operation of a JSON call is its signed header, never its path.
  const raw = right(alice.keys)
  const elsewhere = await deliver(server.port, { ...raw, target: '/secretsmanager.DeleteSecret' })
  assert.equal(outcome(elsewhere), BAD_SIGNATURE)
})

test('a session token: once, in one place, and signed', async () => {
  assert.equal(outcome(await call(hers, READ, { SecretId: 'db' })), '200')
  const raw = right(hers)
  for (const [more, why] of [
    [['x-amz-security-token', hers.sessionToken], 'the same once more'],
    [['X-Amz-Security-Token', his.sessionToken], 'another one behind it'],
    [['x-amz-security-token', ''], 'an empty one behind it'],
  ] as const) {
    assert.equal(outcome(await post(raw, [...raw.headers, ...more])), BAD_SIGNATURE, why)
    assert.equal(outcome(await post(raw, [...more, ...raw.headers])), BAD_SIGNATURE, why)
  }
  // Added, taken away or exchanged after signing.
  const bare = right({ accessKeyId: hers.accessKeyId, secretAccessKey: hers.secretAccessKey })
  assert.equal(outcome(await post(bare, [...bare.headers, 'x-amz-security-token', hers.sessionToken])), BAD_SIGNATURE)
  assert.equal(outcome(await post(bare, bare.headers)), STRANGER)
  const at = raw.headers.indexOf('x-amz-security-token')
  assert.equal(outcome(await post(raw, raw.headers.toSpliced(at, 2))), STRANGER)
  assert.equal(outcome(await post(raw, raw.headers.with(at + 1, his.sessionToken))), STRANGER)
  // In the query string of a call that is signed by its header it is no token.
  const query = `/?X-Amz-Security-Token=${encodeURIComponent(hers.sessionToken)}`
  assert.notEqual(outcome(await deliver(server.port, { ...bare, target: query })), '200')
  const { service } = entry(READ)
  const both = signed(
    server.port,
    { ...draftOf(service, 'GetSecretValue', { SecretId: 'db' }), target: query },
    { credentials: hers, service: 'secretsmanager', region, at: server.clock.now() },
  )
  assert.equal(outcome(await send(both)), STRANGER)
})

test('a presigned call with a token: in the signed query string, or in a signed header, not in both, not in neither', async () => {
  const good = await identify(hers, {}, 60)
  assert.match(good.target, /X-Amz-Security-Token=/)
  assert.equal(arnIn(await deliver(server.port, good)), alice.arn)
  const header = ['x-amz-security-token', hers.sessionToken]
  for (const headers of [
    [...good.headers, ...header],
    [...header, ...good.headers],
  ]) {
    assert.equal(outcome(await deliver(server.port, { ...good, headers })), 'SignatureDoesNotMatch')
  }
  const his_ = ['x-amz-security-token', his.sessionToken]
  assert.equal(
    outcome(await deliver(server.port, { ...good, headers: [...good.headers, ...his_] })),
    'SignatureDoesNotMatch',
  )
  const without = await identify({ accessKeyId: hers.accessKeyId, secretAccessKey: hers.secretAccessKey }, {}, 60)
  assert.equal(outcome(await deliver(server.port, without)), 'InvalidClientTokenId')
  const added = `${without.target}&X-Amz-Security-Token=${encodeURIComponent(hers.sessionToken)}`
  assert.equal(outcome(await deliver(server.port, { ...without, target: added })), 'SignatureDoesNotMatch')
  const inHeader = await deliver(server.port, { ...without, headers: [...without.headers, ...header] })
  assert.equal(outcome(inHeader), 'SignatureDoesNotMatch')
  const exchanged = good.target.replace(encodeURIComponent(hers.sessionToken), encodeURIComponent(his.sessionToken))
  assert.equal(outcome(await deliver(server.port, { ...good, target: exchanged })), 'InvalidClientTokenId')
  const twice = `${good.target}&X-Amz-Security-Token=${encodeURIComponent(his.sessionToken)}`
  assert.notEqual(outcome(await deliver(server.port, { ...good, target: twice })), '200')
})

test('X-Amz-Target twice, or other than signed', async () => {
  const raw = right(alice.keys)
  const target = ['x-amz-target', 'secretsmanager.DeleteSecret']
  for (const headers of [
    [...raw.headers, ...target],
    [...target, ...raw.headers],
  ]) {
    assert.equal(outcome(await post(raw, headers)), BAD_SIGNATURE)
  }
  const at = raw.headers.indexOf('x-amz-target')
  assert.equal(outcome(await post(raw, raw.headers.with(at + 1, 'secretsmanager.DeleteSecret'))), BAD_SIGNATURE)
  assert.equal((await secrets.describeSecret({ SecretId: 'db' })).DeletedDate, undefined)
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
      const raw = right(keys)
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
  assert.equal(arnIn(await call(alice.keys, 'sts:GetCallerIdentity')), alice.arn)
})
