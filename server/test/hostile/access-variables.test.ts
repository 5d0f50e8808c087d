// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { refused, region } from '../conformance/session.ts'
import { allow, codeOf, deny, documentOf, keysOf, outcome, READ, siege, trusting } from './siege.ts'

/**
 * What attackers may choose (tags, names of sessions, headers, labels) in the place of a policy variable or a condition key: it
 * stays the characters that it is, and names of JavaScript's prototypes are names like others. Sources: access.md 5.3, 7 (29, 31).
 */

const { account, root, person, rule, call, secretOf } = await siege()
const { iam, secrets } = root
const DENIED = 'AccessDeniedException'

before(async () => {
  for (const Name of ['dev/db', 'prod/db', 'home/alice/key']) await secrets.createSecret({ Name, SecretString: Name })
})

const read = async (who: { secrets: typeof secrets }, SecretId: string) =>
  (await who.secrets.getSecretValue({ SecretId })).SecretString

const like = (key: string, value: string, operator = 'StringLike') => ({ [operator]: { [key]: value } })

/** Sets the tags of a secret to these alone. */
async function tagged(SecretId: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const { Tags = [] } = await secrets.describeSecret({ SecretId })
  await secrets.untagResource({ SecretId, TagKeys: Tags.map(({ Key = '' }) => Key) })
  await secrets.tagResource({ SecretId, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) })
}

const WILD = ['*', '?', 'dev*', 'd?v', '${*}', '${aws:username}', '$', '{', '[a-z]', 'dev\\', "'", '%2A']

test('tags of users, roles and sessions take neither wildcards nor variables', async () => {
  const AssumeRolePolicyDocument = trusting(account, ['sts:AssumeRole', 'sts:TagSession'])
  await iam.createRole({ RoleName: 'tagged', AssumeRolePolicyDocument })
  const RoleArn = `arn:aws:iam::${account}:role/tagged`
  const user = await person([allow(['sts:*'])])
  for (const wild of WILD) {
    const value = [{ Key: 'team', Value: wild }]
    const key = [{ Key: wild, Value: 'red' }]
    for (const Tags of [value, key]) {
      await refused(iam.tagUser({ UserName: user.name, Tags }), 'ValidationError')
      await refused(iam.createUser({ UserName: 'wild', Tags }), 'ValidationError')
      await refused(iam.tagRole({ RoleName: 'tagged', Tags }), 'ValidationError')
      await refused(user.sts.assumeRole({ RoleArn, RoleSessionName: 'here', Tags }), 'ValidationError')
      await refused(user.sts.getFederationToken({ Name: 'here', Tags }), 'ValidationError')
    }
  }
  for (const RoleSessionName of [
    '*',
    'al?ce',
    '${aws:username}',
    'a/b',
    'a:b',
    'alic\u00e9',
    'a b',
    '../a',
    'alice*',
  ]) {
    await refused(user.sts.assumeRole({ RoleArn, RoleSessionName }), 'ValidationError')
    const SourceIdentity = RoleSessionName
    await refused(user.sts.assumeRole({ RoleArn, RoleSessionName: 'here', SourceIdentity }), 'ValidationError')
    await refused(user.sts.getFederationToken({ Name: RoleSessionName }), 'ValidationError')
  }
})

test('the tag of a secret may be a wildcard: in the place of a variable it is that character', async () => {
  const user = await person([], { team: 'red', scope: 'dev' })
  const conditions = [
    like('aws:PrincipalTag/team', '${aws:ResourceTag/team}'),
    like('aws:PrincipalTag/team', '${secretsmanager:ResourceTag/team}'),
    like('aws:PrincipalArn', `arn:aws:iam::${account}:user/\${aws:ResourceTag/team}`, 'ArnLike'),
    like('aws:username', '${aws:ResourceTag/team}'),
    like('aws:username', '${aws:ResourceTag/team}', 'StringEquals'),
    like('aws:username', '${aws:ResourceTag/team}', 'StringEqualsIgnoreCase'),
  ]
  for (const team of [
    '*',
    '?*',
    '???',
    'r*',
    '${aws:username}',
    '${aws:PrincipalTag/team}',
    '${*}',
    `*:user/${user.name}`,
  ]) {
    await tagged('prod/db', { team })
    for (const condition of conditions) {
      await rule(user.name, allow(READ, '*', condition))
      assert.equal(await codeOf(read(user, 'prod/db')), DENIED, `${team} ${JSON.stringify(condition)}`)
    }
    for (const pattern of [
      'secret:${aws:ResourceTag/team}',
      'secret:${aws:ResourceTag/team}-??????',
      '${aws:ResourceTag/team}',
    ]) {
      await rule(user.name, allow(READ, `arn:aws:secretsmanager:${region}:${account}:${pattern}`))
      assert.equal(await codeOf(read(user, 'prod/db')), DENIED, `${team} ${pattern}`)
    }
  }
  // The conditions are good ones: who is meant by them passes.
  await tagged('prod/db', { team: 'red' })
  for (const condition of conditions.slice(0, 2)) {
    await rule(user.name, allow(READ, '*', condition))
    assert.equal(await read(user, 'prod/db'), 'prod/db')
  }
  await tagged('prod/db', { team: user.name })
  for (const condition of conditions.slice(2)) {
    await rule(user.name, allow(READ, '*', condition))
    assert.equal(await read(user, 'prod/db'), 'prod/db', JSON.stringify(condition))
  }
})

test('${*} and ${?} are characters, beside a variable too', async () => {
  const user = await person([], { team: 'dev' })
  for (const tail of [
    '${aws:PrincipalTag/team}${*}',
    '${aws:PrincipalTag/team}/${*}',
    'de${?}/db-??????',
    '${*}',
    '${aws:PrincipalTag/team}/db${?}??????',
  ]) {
    await rule(user.name, allow(READ, secretOf(tail)))
    assert.equal(await codeOf(read(user, 'dev/db')), DENIED, tail)
  }
  await rule(user.name, allow(READ, secretOf('${aws:PrincipalTag/team}/*')))
  assert.equal(await read(user, 'dev/db'), 'dev/db')
  assert.equal(await codeOf(read(user, 'prod/db')), DENIED)
  // Before the last part of an ARN there are no variables.
  await iam.tagUser({ UserName: user.name, Tags: [{ Key: 'acct', Value: account }] })
  await rule(user.name, allow(READ, `arn:aws:secretsmanager:${region}:\${aws:PrincipalTag/acct}:secret:*`))
  assert.equal(await codeOf(read(user, 'dev/db')), DENIED)
})

test('what a caller sends in a header or as a label is no pattern either', async () => {
  const user = await person([], { agent: 'trusted-agent', stage: 'AWSCURRENT' })
  for (const agent of ['*', 'trusted-*', '${aws:PrincipalTag/agent}', '?????????????']) {
    await rule(user.name, allow(READ, '*', like('aws:PrincipalTag/agent', '${aws:UserAgent}')))
    assert.equal(outcome(await call(user.keys, READ, { SecretId: 'dev/db' }, { 'user-agent': agent })), DENIED, agent)
  }
  assert.equal(outcome(await call(user.keys, READ, { SecretId: 'dev/db' }, { 'user-agent': 'trusted-agent' })), '200')
  await rule(user.name, allow(READ, '*', like('aws:PrincipalTag/stage', '${secretsmanager:VersionStage}')))
  for (const VersionStage of ['*', 'AWS*', '${aws:PrincipalTag/stage}']) {
    assert.equal(outcome(await call(user.keys, READ, { SecretId: 'dev/db', VersionStage })), DENIED, VersionStage)
  }
  assert.equal(outcome(await call(user.keys, READ, { SecretId: 'dev/db', VersionStage: 'AWSCURRENT' })), '200')
})

test('a session that calls itself as a user does is not the user', async () => {
  const home = allow('secretsmanager:*', [
    secretOf('home/${aws:username}/*'),
    secretOf('home/${aws:PrincipalTag/name}/*'),
  ])
  await iam.createUser({ UserName: 'alice', Tags: [{ Key: 'name', Value: 'alice' }] })
  const user = await person([allow(['sts:*']), home])
  await iam.createRole({ RoleName: 'alice', AssumeRolePolicyDocument: trusting(user.arn) })
  await iam.putRolePolicy({ RoleName: 'alice', PolicyName: 'home', PolicyDocument: documentOf(home) })
  const RoleArn = `arn:aws:iam::${account}:role/alice`
  const assumed = await user.sts.assumeRole({ RoleArn, RoleSessionName: 'alice', SourceIdentity: undefined })
  const federated = await user.sts.getFederationToken({ Name: 'alice', Policy: documentOf(allow('*')) })
  for (const { Credentials } of [assumed, federated]) {
    const keys = keysOf(Credentials)
    assert.equal(outcome(await call(keys, READ, { SecretId: 'home/alice/key' })), DENIED)
  }
  // Nor does a resource policy that names the user let them in, and the other way round.
  const arn = `arn:aws:iam::${account}:user/alice`
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: arn }, Action: READ, Resource: '*' },
  })
  await secrets.putResourcePolicy({ SecretId: 'home/alice/key', ResourcePolicy })
  for (const { Credentials } of [assumed, federated]) {
    assert.equal(outcome(await call(keysOf(Credentials), READ, { SecretId: 'home/alice/key' })), DENIED)
  }
  await secrets.deleteResourcePolicy({ SecretId: 'home/alice/key' })
})

test('tags whose keys differ in case only: neither opens what the other keeps shut', async () => {
  const user = await person([
    allow(READ, '*', like('aws:ResourceTag/env', 'dev')),
    allow('secretsmanager:TagResource', '*', {
      // A careful policy, but for the case: keys are values here, and values are compared as they are.
      'ForAllValues:StringNotEquals': { 'aws:TagKeys': ['env'] },
    }),
  ])
  await tagged('prod/db', { env: 'prod' })
  assert.equal(
    await codeOf(user.secrets.tagResource({ SecretId: 'prod/db', Tags: [{ Key: 'env', Value: 'dev' }] })),
    DENIED,
  )
  await user.secrets.tagResource({ SecretId: 'prod/db', Tags: [{ Key: 'ENV', Value: 'dev' }] })
  assert.equal(await codeOf(read(user, 'prod/db')), DENIED)
  await rule(user.name, allow(READ), deny(READ, '*', like('aws:ResourceTag/env', 'prod')))
  assert.equal(await codeOf(read(user, 'prod/db')), DENIED)
  // The Kelvin sign is a k in lower case, in the keys of tags as in conditions on them.
  await tagged('prod/db', { Key: 'prod', '\u212aey': 'dev' })
  await rule(user.name, allow(READ, '*', like('aws:ResourceTag/key', 'dev')))
  assert.equal(await codeOf(read(user, 'prod/db')), DENIED)
  await refused(
    iam.tagUser({
      UserName: user.name,
      Tags: [
        { Key: 'key', Value: 'a' },
        { Key: '\u212aey', Value: 'b' },
      ],
    }),
    'InvalidInputException',
  )
  // Others are not folded: another letter, another key; another normal form, another value.
  await tagged('prod/db', { 'd\u0131v': 'dev', '\u017fec': 'dev', 'caf\u00e9': 'e\u0301' })
  for (const [key, value] of [
    ['aws:ResourceTag/div', 'dev'],
    ['aws:ResourceTag/sec', 'dev'],
    ['aws:ResourceTag/cafe\u0301', '*'],
    ['aws:ResourceTag/caf\u00e9', '\u00e9'],
  ] as const) {
    const PolicyDocument = escaped(documentOf(allow(READ, '*', like(key, value))))
    await iam.putUserPolicy({ UserName: user.name, PolicyName: 'own', PolicyDocument })
    assert.equal(await codeOf(read(user, 'prod/db')), DENIED, key)
  }
})

/** JSON of ASCII only, as IAM takes it. */
const escaped = (json: string) =>
  json.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

test('values of conditions: letters that fold or look alike are other letters, but where case is told not to count', async () => {
  const user = await person([], { team: '\u212ait', role: 'adm\u0131n' })
  for (const [condition, holds] of [
    [like('aws:PrincipalTag/team', 'kit'), false],
    [like('aws:PrincipalTag/team', 'Kit'), false],
    [like('aws:PrincipalTag/team', 'kit', 'StringEquals'), false],
    [like('aws:PrincipalTag/role', 'admin', 'StringEqualsIgnoreCase'), false],
    [like('aws:PrincipalTag/role', 'ADMIN', 'StringEqualsIgnoreCase'), false],
    // Recorded: access.md 5.4.
    [like('aws:PrincipalTag/team', 'kit', 'StringEqualsIgnoreCase'), true],
  ] as const) {
    await rule(user.name, allow(READ, '*', condition))
    if (holds) assert.equal(await read(user, 'dev/db'), 'dev/db')
    else assert.equal(await codeOf(read(user, 'dev/db')), DENIED, JSON.stringify(condition))
  }
})
