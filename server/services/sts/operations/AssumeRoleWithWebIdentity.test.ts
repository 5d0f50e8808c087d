import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import { mint, mintBare, mintHmac, newKey } from '../test/issuer.ts'
import { ACCOUNT, OTHER, policy } from '../test/trial.ts'
import { CLIENT, KEY, register, type WebTrial, webTrial } from '../test/web.ts'

/** Nobody: what the pipeline knows of an unsigned call. */
const nobody: Caller = {
  kind: 'web',
  account: '',
  arn: '',
  principalArn: '',
  userId: '',
  accessKeyId: '',
  tags: new Map(),
  policies: [],
}
const NAME = 'AssumeRoleWithWebIdentity'
const NOT_JWT = 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'
const NOT_AUTHORIZED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

const asked = (RoleArn: string, WebIdentityToken: string, more: object = {}) => ({
  RoleArn,
  RoleSessionName: 's1',
  WebIdentityToken,
  ...more,
})
const call = (web: WebTrial, role: string, token: string, more: object = {}) =>
  web.sts.call(NAME, asked(role, token, more), nobody)
const refused = (web: WebTrial, role: string, token: string, code: string, text?: string | RegExp, more: object = {}) =>
  web.sts.refused(NAME, asked(role, token, more), nobody, code, text)

test('a token of a registered provider gets a session of a role that trusts it', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust({ StringEquals: { sub: 'repo:a', aud: CLIENT } }), { Path: '/ci/' })
  const answer = await call(web, role, web.token())
  assert.equal(answer.SubjectFromWebIdentityToken, 'repo:a')
  assert.equal(answer.Provider, web.issuer.url)
  assert.equal(answer.Audience, CLIENT)
  assert.match(answer.AssumedRoleUser.AssumedRoleId, /^AROA[A-Z2-7]{17}:s1$/)
  assert.equal(answer.AssumedRoleUser.Arn, 'arn:aws:sts::111122223333:assumed-role/app/s1')
  assert.equal('PackedPolicySize' in answer, false)
  const caller = await web.sts.callerOf(answer)
  assert.equal(caller.kind, 'role')
  assert.equal(caller.session?.provider, web.provider)
  assert.deepEqual(web.issuer.asked, ['/.well-known/openid-configuration', '/keys'])
})

test('the audience must be a registered one (access.md 6, case 94)', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const wrong = (more: object) =>
    refused(web, role, web.token(more), 'InvalidIdentityToken', 'Incorrect token audience')
  await wrong({ aud: 'other' })
  await wrong({ aud: ['other', 'more'] })
  await wrong({ aud: [] })
  await wrong({ aud: [CLIENT, 7] })
  await wrong({ aud: undefined })
  await wrong({ azp: 'other' })
  await wrong({ azp: 7 })
  await wrong({ aud: CLIENT.toUpperCase() })
  assert.equal((await call(web, role, web.token({ aud: ['other', CLIENT] }))).Audience, CLIENT)
  assert.equal((await call(web, role, web.token({ aud: 'other', azp: CLIENT }))).Audience, CLIENT)
})

test('conditions see the subject (access.md 6, case 95)', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust({ StringEquals: { sub: 'repo:a' } }))
  await call(web, role, web.token())
  await refused(web, role, web.token({ sub: 'repo:b' }), 'AccessDenied', NOT_AUTHORIZED)
})

test('conditions see audience, party and other claims (access.md 4.2, step 7)', async () => {
  await using web = await webTrial()
  const cases: [object, object, object][] = [
    [{ StringEquals: { aud: CLIENT } }, { aud: ['x', CLIENT] }, {}],
    [{ StringEquals: { aud: CLIENT, oaud: 'api' } }, { aud: 'api', azp: CLIENT }, { oaud: 'api' }],
    [{ StringLike: { sub: 'repo:*' } }, { sub: 'repo:x/y' }, { sub: 'user:x' }],
    [{ 'ForAnyValue:StringEquals': { amr: 'mfa' } }, { amr: ['pwd', 'mfa'] }, { amr: ['pwd'] }],
    [{ StringEquals: { environment: 'prod' } }, { environment: 'prod' }, { environment: 'dev' }],
    [{ StringEquals: { 'sts:RoleSessionName': 's1' } }, {}, {}],
    [{ ArnEquals: { 'aws:FederatedProvider': web.provider } }, {}, {}],
    [{ Null: { number: 'true' } }, { number: 7 }, { number: 'seven' }],
    [{ Null: { 'aws:PrincipalArn': 'true', 'aws:userid': 'true' } }, {}, {}],
  ]
  for (const [index, [condition, good, bad]] of cases.entries()) {
    const role = await web.sts.role(`app${index}`, web.trust(condition))
    await call(web, role, web.token(good))
    if (Object.keys(bad).length > 0) await refused(web, role, web.token(bad), 'AccessDenied', NOT_AUTHORIZED)
  }
})

test('a role that is absent, or trusts others, is refused in the same words', async () => {
  await using web = await webTrial()
  const others = await web.sts.role(
    'others',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '*' }, Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'] },
      ],
    }),
  )
  const plain = await web.sts.role('plain', web.trust({}, 'sts:AssumeRole'))
  for (const role of [others, plain, 'arn:aws:iam::111122223333:role/absent']) {
    await refused(web, role, web.token(), 'AccessDenied', NOT_AUTHORIZED)
  }
})

test('the provider must be one of the account of the role', async () => {
  await using web = await webTrial()
  const text = `No OpenIDConnect provider found in your account for ${web.issuer.url}`
  const role = `arn:aws:iam::${OTHER}:role/app`
  await refused(web, role, web.token(), 'InvalidIdentityToken', text)
  await refused(web, 'arn:aws:iam::999999999999:role/app', web.token(), 'InvalidIdentityToken', text)
  await refused(web, 'this-is-no-arn-at-all', web.token(), 'ValidationError', 'this-is-no-arn-at-all is invalid')
  assert.deepEqual(web.issuer.asked, [])
})

test('an issuer is compared to the letter: a slash at its end counts (access.md 7, 34)', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const { url, name } = web.issuer
  for (const iss of [`${url}/`, url.toUpperCase(), `${url}?x`, `${url}#`, ` ${url}`, name]) {
    const text = `No OpenIDConnect provider found in your account for ${iss}`
    await refused(web, role, web.token({ iss }), 'InvalidIdentityToken', text)
  }
  await refused(web, role, web.token({ iss: undefined }), 'InvalidIdentityToken', NOT_JWT)
  await refused(web, role, web.token({ iss: [url] }), 'InvalidIdentityToken', NOT_JWT)
  assert.deepEqual(web.issuer.asked, [])
})

test('a token is over at its very second, and not good before its time', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const { now } = web
  const over = (exp: number) => `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`
  await refused(web, role, web.token({ exp: now - 1 }), 'ExpiredTokenException', over(now - 1))
  await refused(web, role, web.token({ exp: now }), 'ExpiredTokenException', over(now))
  await call(web, role, web.token({ exp: now + 1 }))
  await refused(web, role, web.token({ iat: now + 301 }), 'InvalidIdentityToken')
  await refused(web, role, web.token({ nbf: now + 301 }), 'InvalidIdentityToken')
  await call(web, role, web.token({ iat: now + 300, nbf: now + 300 }))
  for (const more of [
    { exp: undefined },
    { exp: '9999999999' },
    { exp: null },
    { iat: undefined },
    { sub: undefined },
    { sub: 7 },
    { nbf: 'x' },
  ]) {
    await refused(web, role, web.token(more), 'InvalidIdentityToken', /^Missing a required claim: (exp|iat|sub|nbf)$/)
  }
})

test('a signature of another key, a changed token and one of another algorithm do not pass', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const claims = web.claims()
  const stranger = newKey('RS256')
  await refused(web, role, mint(stranger, claims), 'InvalidIdentityToken', NOT_JWT)
  const token = web.token()
  const [header, , signature] = token.split('.')
  const changed = Buffer.from(JSON.stringify(web.claims({ sub: 'repo:b' }))).toString('base64url')
  await refused(web, role, `${header}.${changed}.${signature}`, 'InvalidIdentityToken', NOT_JWT)
  // The public key as a shared secret: in every form in which a library might take it.
  const secrets = [
    KEY.publicKey.export({ type: 'spki', format: 'pem' }),
    KEY.publicKey.export({ type: 'spki', format: 'der' }),
    KEY.publicKey.export({ type: 'pkcs1', format: 'pem' }),
    JSON.stringify(KEY.jwk),
  ]
  for (const secret of secrets) {
    await refused(web, role, mintHmac(secret, claims, { kid: 'RS256' }), 'InvalidIdentityToken', NOT_JWT)
    await refused(web, role, mintHmac(secret, claims, { kid: 'RS256', alg: 'RS256' }), 'InvalidIdentityToken', NOT_JWT)
  }
  for (const alg of ['none', 'None', 'NONE', '', 'nOnE', undefined, 'PS256', 'EdDSA', 'RS1', ['RS256'], { RS256: 1 }]) {
    await refused(web, role, mintBare(claims, { alg, kid: 'RS256' }), 'InvalidIdentityToken', NOT_JWT)
    await refused(web, role, `${mintBare(claims, { alg, kid: 'RS256' })}AAAA`, 'InvalidIdentityToken', NOT_JWT)
  }
  await refused(web, role, mint({ ...KEY, alg: 'RS256' }, claims, { alg: 'RS512' }), 'InvalidIdentityToken', NOT_JWT)
  await refused(web, role, mint(KEY, claims, { alg: 'ES256' }), 'InvalidIdentityToken', NO_KEY)
})

test('every algorithm of AWS is taken, each with its own kind of key', async () => {
  const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
  const keys = algorithms.map((alg) => newKey(alg))
  await using web = await webTrial({}, { keys })
  const role = await web.sts.role('app', web.trust())
  for (const key of keys) await call(web, role, mint(key, web.claims()))
  const small = newKey('RS256', 'small', 1024)
  web.issuer.keys.push(small)
  web.sts.iam.clock.set(web.sts.iam.clock.now() + 60_000)
  await refused(web, role, mint(small, web.claims()), 'InvalidIdentityToken', NO_KEY)
})

test('keys and addresses of keys that a token brings along are not looked at', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const stranger = newKey('RS256', 'stranger')
  const header = {
    jwk: stranger.jwk,
    jku: `${web.issuer.url}/stranger`,
    x5u: `${web.issuer.url}/stranger`,
    x5c: ['AAAA'],
  }
  await refused(web, role, mint(stranger, web.claims(), header), 'InvalidIdentityToken', NO_KEY)
  await refused(web, role, mint({ ...stranger, kid: 'RS256' }, web.claims(), header), 'InvalidIdentityToken', NOT_JWT)
  await call(web, role, web.token({}, header))
  assert.equal(
    web.issuer.asked.some((path) => path.includes('stranger')),
    false,
  )
})

test('games with the key id end at keys that are not there', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  for (const kid of ['../../etc/passwd', '/keys', 'RS256\0', 'rs256', '', "' or 1=1 --", '__proto__', 'constructor']) {
    await refused(web, role, web.token({}, { kid }), 'InvalidIdentityToken', NO_KEY)
  }
  for (const kid of [7, null, ['RS256'], { a: 1 }, 'k'.repeat(1025)]) {
    await refused(web, role, web.token({}, { kid }), 'InvalidIdentityToken', NOT_JWT)
  }
  // None at all: the keys of the issuer are tried.
  await call(web, role, web.token({}, { kid: undefined }))
})

test('what is no token is refused before anything is asked', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const token = web.token()
  const [header = '', claims = '', signature = ''] = token.split('.')
  const part = (text: string) => Buffer.from(text).toString('base64url')
  const deep = (open: string, close: string) => part(`{"iss":${open.repeat(2000)}${close.repeat(2000)}}`)
  const wrong = [
    'x.y.z',
    'abcd',
    '....',
    `${header}.${claims}`,
    `${token}.${signature}`,
    `${header}.${claims}.`,
    `.${claims}.${signature}`,
    `${header}..${signature}`,
    `${token}=`,
    `${token} `,
    `${part('[]')}.${claims}.${signature}`,
    `${part('null')}.${claims}.${signature}`,
    `${part('{"alg":"RS256","alg":"none"}')}.${claims}.${signature}`,
    `${header}.${part('{"iss":"a","iss":"b"}')}.${signature}`,
    `${header}.${deep('[', ']')}.${signature}`,
    `${header}.${deep('{"a":', '}')}.${signature}`,
    `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${claims}.${signature}`,
    web.token({}, { crit: ['exp'], exp: 1 }),
    web.token({}, { b64: false, crit: ['b64'] }),
    web.token({}, { typ: 'at+jwt' }),
    web.token({ iss: `https://${'a'.repeat(300)}` }),
  ]
  for (const one of wrong) await refused(web, role, one, 'InvalidIdentityToken', NOT_JWT)
  await refused(web, role, web.token({ pad: 'x'.repeat(20_000) }), 'ValidationError', /less than or equal to 20000/)
  assert.deepEqual(web.issuer.asked, [])
})

test('claims that differ in case only are refused: a policy could not tell them apart', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust({ StringEquals: { sub: 'repo:a' } }))
  await refused(web, role, web.token({ sub: 'repo:b', Sub: 'repo:a' }), 'InvalidIdentityToken')
})

test('session tags and a source identity come from claims and must be allowed (access.md 4.2, step 9)', async () => {
  await using web = await webTrial()
  const plain = await web.sts.role('plain', web.trust())
  const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
  const full = await web.sts.role('full', web.trust({}, Action))
  const tags = { principal_tags: { team: ['red'], env: ['prod'] }, transitive_tag_keys: ['team'] }
  const nested = { 'https://aws.amazon.com/tags': tags }
  const flat = {
    'https://aws.amazon.com/tags/principal_tags/team': ['red'],
    'https://aws.amazon.com/tags/principal_tags/env': ['prod'],
    'https://aws.amazon.com/tags/transitive_tag_keys': ['team'],
  }
  for (const claims of [nested, flat]) {
    await refused(web, plain, web.token(claims), 'AccessDenied', NOT_AUTHORIZED)
    const answer = await call(web, full, web.token(claims))
    const caller = await web.sts.callerOf(answer)
    assert.deepEqual(Object.fromEntries(caller.tags), { team: 'red', env: 'prod' })
    assert.deepEqual([...(caller.session?.transitive ?? [])], ['team'])
    assert.ok(answer.PackedPolicySize > 0)
  }
  const named = { 'https://aws.amazon.com/source_identity': 'alice' }
  await refused(web, plain, web.token(named), 'AccessDenied', NOT_AUTHORIZED)
  const answer = await call(web, full, web.token(named))
  assert.equal(answer.SourceIdentity, 'alice')
  assert.equal((await web.sts.callerOf(answer)).session?.sourceIdentity, 'alice')
  const bad: object[] = [
    { 'https://aws.amazon.com/tags': 'team' },
    { 'https://aws.amazon.com/tags': { principal_tags: { team: 'red', env: ['a', 'b'] } } },
    { 'https://aws.amazon.com/tags': { principal_tags: { team: [] } } },
    { 'https://aws.amazon.com/tags': { principal_tags: { team: [7] } } },
    { 'https://aws.amazon.com/tags': { principal_tags: [] } },
    { 'https://aws.amazon.com/tags': { principal_tags: { t: ['x'.repeat(257)] } } },
    { 'https://aws.amazon.com/tags': { principal_tags: {}, transitive_tag_keys: [7] } },
    { 'https://aws.amazon.com/source_identity': 'a b' },
    { 'https://aws.amazon.com/source_identity': ['alice'] },
  ]
  for (const claims of bad) await refused(web, full, web.token(claims), 'InvalidIdentityToken')
})

test('session policies and duration are those of AssumeRole', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust(), { Policy: policy('*') })
  const answer = await call(web, role, web.token(), { Policy: policy('kms:*'), DurationSeconds: 900 })
  assert.equal(answer.Credentials.Expiration.getTime(), (web.now + 900) * 1000)
  assert.deepEqual(
    (await web.sts.callerOf(answer)).sessionPolicies?.map(({ source }) => source),
    [policy('kms:*')],
  )
  await refused(
    web,
    role,
    web.token(),
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    { DurationSeconds: 7200 },
  )
  await refused(web, role, web.token(), 'MalformedPolicyDocument', undefined, { Policy: '{' })
})

test('a provider that was deleted, or lost the client id, lets nobody in any more', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const token = web.token()
  await call(web, role, token)
  await web.sts.iam.call('RemoveClientIDFromOpenIDConnectProvider', {
    OpenIDConnectProviderArn: web.provider,
    ClientID: CLIENT,
  })
  await refused(web, role, token, 'InvalidIdentityToken', 'Incorrect token audience')
  await web.sts.iam.call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: web.provider })
  await refused(web, role, token, 'InvalidIdentityToken', /^No OpenIDConnect provider found/)
})

test('an issuer that cannot be reached, or answers otherwise, is told apart; the reason is for the operator', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const later = () => web.sts.iam.clock.set(web.sts.iam.clock.now() + 100_000)
  web.issuer.handler = (_request, response) => response.writeHead(503).end()
  await refused(web, role, web.token(), 'IDPCommunicationError')
  later()
  web.issuer.handler = (_request, response) => response.writeHead(302, { location: `${web.issuer.url}/x` }).end()
  await refused(web, role, web.token(), 'InvalidIdentityToken', NO_KEY)
  later()
  web.issuer.handler = (_request, response) =>
    response.end('{"issuer":"https://other.example.com","jwks_uri":"https://x/"}')
  await refused(web, role, web.token(), 'InvalidIdentityToken', NO_KEY)
  assert.deepEqual(web.reports, [
    `${web.issuer.url}: it answers with 503`,
    `${web.issuer.url}: it answers with 302`,
    `${web.issuer.url}: its discovery document names another issuer`,
  ])
  later()
  web.issuer.handler = undefined
  await call(web, role, web.token())
})

test('no unit of work is open while an issuer is asked', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const arrived = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  web.issuer.handler = (request, response) => {
    arrived.resolve()
    void goOn.promise.then(() => web.issuer.good(request, response))
  }
  const assumed = call(web, role, web.token())
  await arrived.promise
  // It would wait for the other one, were that one's unit open.
  await web.sts.iam.call('CreateUser', { UserName: 'meanwhile' })
  goOn.resolve()
  assert.equal((await assumed).Audience, CLIENT)
})

test('a private issuer is not asked unless the configuration says so', async () => {
  await using web = await webTrial({ privateIssuers: false })
  const role = await web.sts.role('app', web.trust())
  await refused(web, role, web.token(), 'InvalidIdentityToken', NO_KEY)
  assert.deepEqual(web.issuer.asked, [])
  assert.deepEqual(web.reports, [`${web.issuer.url}: localhost has an address that is not public`])
})

test('a plain issuer counts only where private ones do', async () => {
  await using web = await webTrial({}, { plain: true })
  const role = await web.sts.role('app', web.trust())
  assert.equal((await call(web, role, web.token())).Provider, web.issuer.url)
  await using strict = await webTrial({ privateIssuers: false }, { plain: true })
  const other = await strict.sts.role('app', strict.trust())
  await refused(strict, other, strict.token(), 'InvalidIdentityToken', /^No OpenIDConnect provider found/)
})

test('a thumbprint makes up for an authority that nobody knows (access.md 4.2, step 3)', async () => {
  await using web = await webTrial({ ca: undefined })
  const role = await web.sts.role('app', web.trust())
  await refused(web, role, web.token(), 'InvalidIdentityToken', NO_KEY)
  const { X509Certificate } = await import('node:crypto')
  const thumbprint = new X509Certificate(web.issuer.certificate).fingerprint.replaceAll(':', '').toLowerCase()
  const update = (one: string) =>
    web.sts.iam.call('UpdateOpenIDConnectProviderThumbprint', {
      OpenIDConnectProviderArn: web.provider,
      ThumbprintList: [one],
    })
  await update('0'.repeat(40))
  await refused(web, role, web.token(), 'InvalidIdentityToken', NO_KEY)
  await update(thumbprint)
  await call(web, role, web.token())
})

test('keys that one account vouches for by thumbprint are not used for another', async () => {
  await using web = await webTrial({ ca: undefined })
  const { X509Certificate } = await import('node:crypto')
  const thumbprint = new X509Certificate(web.issuer.certificate).fingerprint.replaceAll(':', '').toLowerCase()
  const provider = await register(web.sts, web.issuer.name, [CLIENT], [thumbprint], OTHER)
  const trusting = web.trust().replace(web.provider, provider)
  const theirs = await web.sts.role('app', trusting, {}, web.sts.otherRoot)
  await call(web, theirs, web.token())
  const ours = await web.sts.role('app', web.trust())
  await refused(web, ours, web.token(), 'InvalidIdentityToken', NO_KEY)
})

test('the caller of the call is who the token says, for conditions and the trail', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const input = asked(role, web.token())
  const operation = web.sts.operation(NAME)
  const request = web.sts.iam.request(nobody)
  await operation.prepare?.(input, request)
  const targets = await web.sts.iam.storage.unit('read', (unit) =>
    operation.target(input, web.sts.sts.service.env(unit, request), request),
  )
  const [target] = Array.isArray(targets) ? targets : [targets]
  assert.equal(target.owner, ACCOUNT)
  assert.equal(target.rule, 'trust')
  assert.equal(target.caller?.kind, 'web')
  assert.equal(target.caller?.account, ACCOUNT)
  assert.equal(target.caller?.userId, `${web.provider}:${CLIENT}:repo:a`)
  assert.equal(target.caller?.userName, 'repo:a')
  assert.equal(target.caller?.session?.provider, web.provider)
})

test('the trail has neither the token nor the credentials', async () => {
  await using web = await webTrial()
  const role = await web.sts.role('app', web.trust())
  const token = web.token()
  const out = await call(web, role, token)
  const { audit, input } = web.sts.operation(NAME)
  assert.equal(input.WebIdentityToken?.sensitive, true)
  const shown = JSON.stringify(audit?.response?.(out))
  for (const secret of [out.Credentials.SecretAccessKey, out.Credentials.SessionToken, token]) {
    assert.equal(shown.includes(secret), false)
  }
  assert.deepEqual(Object.keys(audit?.response?.(out) ?? {}), [
    'credentials',
    'subjectFromWebIdentityToken',
    'assumedRoleUser',
    'provider',
    'audience',
  ])
})
