import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import { ACCOUNT, OTHER, policy, type Trial, trial, trust } from '../test/trial.ts'

const ALL = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
const assume = (RoleArn: string, more: object = {}) => ({ RoleArn, RoleSessionName: 's1', ...more })
const tags = (...keys: string[]) => keys.map((Key) => ({ Key, Value: `${Key}-value` }))
/** The refusal, plain: neither a reason nor whether there is such a role (access.md 4.1, recorded). */
const text = (arn: string, role: string, action = 'sts:AssumeRole') =>
  `User: ${arn} is not authorized to perform: ${action} on resource: ${role}`

test('AssumeRole answers credentials and who they are of', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn), { Path: '/team/', MaxSessionDuration: 7200 })
  const answer = await sts.call('AssumeRole', assume(role), alice)
  assert.deepEqual(Object.keys(answer), ['Credentials', 'AssumedRoleUser'])
  assert.match(answer.Credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.match(answer.Credentials.SecretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.equal(answer.Credentials.Expiration.getTime(), sts.iam.clock.now() + 3_600_000)
  assert.match(answer.AssumedRoleUser.AssumedRoleId, /^AROA[A-Z2-7]{17}:s1$/)
  assert.equal(answer.AssumedRoleUser.Arn, 'arn:aws:sts::111122223333:assumed-role/app/s1')
  const longer = await sts.call('AssumeRole', assume(role, { DurationSeconds: 7200 }), alice)
  assert.equal(longer.Credentials.Expiration.getTime(), sts.iam.clock.now() + 7_200_000)
})

test('who is trusted by name needs no permission; whose account is trusted does (access.md 6, cases 84 to 86)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const named = await sts.role('named', trust(alice.arn))
  const account = await sts.role('account', trust(ACCOUNT))
  await sts.call('AssumeRole', assume(named), alice)
  await sts.refused('AssumeRole', assume(account), alice, 'AccessDenied', text(alice.arn, account))
  await sts.iam.call('PutUserPolicy', {
    UserName: 'alice',
    PolicyName: 'own',
    PolicyDocument: policy('sts:AssumeRole', account),
  })
  await sts.call('AssumeRole', assume(account), await sts.fresh(alice))
})

test('a caller of another account needs both (access.md 6, case 87)', async () => {
  await using sts = await trial()
  const ext = await sts.user('ext', undefined, sts.otherRoot)
  const role = await sts.role('app', trust(OTHER))
  await sts.refused('AssumeRole', assume(role), ext, 'AccessDenied', text(ext.arn, role))
  await sts.iam.call(
    'PutUserPolicy',
    { UserName: 'ext', PolicyName: 'own', PolicyDocument: policy('sts:AssumeRole', role) },
    sts.otherRoot,
  )
  const session = await sts.assume(role, await sts.fresh(ext))
  assert.equal(session.account, ACCOUNT)
})

test('an external id is compared exactly (access.md 6, case 88)', async () => {
  await using sts = await trial()
  const ext = await sts.user('ext', policy('sts:AssumeRole'), sts.otherRoot)
  const role = await sts.role('app', trust(OTHER, { Condition: { StringEquals: { 'sts:ExternalId': 'e1' } } }))
  await sts.refused('AssumeRole', assume(role), ext, 'AccessDenied', text(ext.arn, role))
  await sts.refused('AssumeRole', assume(role, { ExternalId: 'E1' }), ext, 'AccessDenied', text(ext.arn, role))
  await sts.call('AssumeRole', assume(role, { ExternalId: 'e1' }), ext)
})

test('tags need sts:TagSession, a source identity sts:SetSourceIdentity (access.md 6, case 89)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const plain = await sts.role('plain', trust(alice.arn))
  const full = await sts.role('full', trust(alice.arn, { Action: ALL }))
  const tagged = { Tags: tags('team') }
  const named = { SourceIdentity: 'alice' }
  await sts.refused(
    'AssumeRole',
    assume(plain, tagged),
    alice,
    'AccessDenied',
    text(alice.arn, plain, 'sts:TagSession'),
  )
  await sts.refused(
    'AssumeRole',
    assume(plain, named),
    alice,
    'AccessDenied',
    text(alice.arn, plain, 'sts:SetSourceIdentity'),
  )
  const answer = await sts.call('AssumeRole', assume(full, { ...tagged, ...named }), alice)
  assert.equal(answer.SourceIdentity, 'alice')
  assert.ok(answer.PackedPolicySize > 0 && answer.PackedPolicySize < 10)
  const caller = await sts.callerOf(answer)
  assert.deepEqual([...caller.tags], [['team', 'team-value']])
  assert.equal(caller.session?.sourceIdentity, 'alice')
  assert.equal(caller.session?.transitive, undefined)
})

test('root may not assume roles, not even with a session (access.md 6, case 90)', async () => {
  await using sts = await trial()
  const role = await sts.role('app', trust('*'))
  const said = 'Roles may not be assumed by root accounts.'
  await sts.refused('AssumeRole', assume(role), sts.root, 'AccessDenied', said)
  await sts.refused('AssumeRole', assume(role), sts.otherRoot, 'AccessDenied', said)
  const session = await sts.callerOf(await sts.call('GetSessionToken', {}, sts.root))
  await sts.refused('AssumeRole', assume(role), session, 'AccessDenied', said)
})

test('a user that was deleted and made again is not the one that is trusted (access.md 6, case 92)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn))
  await sts.iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: alice.accessKeyId })
  await sts.iam.call('DeleteUser', { UserName: 'alice' })
  const again = await sts.user('alice')
  assert.equal(again.arn, alice.arn)
  await sts.refused('AssumeRole', assume(role), again, 'AccessDenied', text(alice.arn, role))
})

test('a role that is absent, one of an account that is absent, and one that does not trust are refused alike', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('*'))
  const there = await sts.role('there', trust(OTHER))
  const denied = await sts.role('denied', trust('*', { Effect: 'Deny' }))
  const roles = [
    there,
    denied,
    'arn:aws:iam::111122223333:role/absent',
    'arn:aws:iam::111122223333:role/other/there',
    'arn:aws:iam::111122223333:role/THERE',
    'arn:aws:iam::444455556666:role/absent',
    'arn:aws:iam::999999999999:role/absent',
    'arn:aws:iam::111122223333:user/alice',
    'arn:aws:s3:::bucket-of-somebody',
  ]
  for (const role of roles) await sts.refused('AssumeRole', assume(role), alice, 'AccessDenied', text(alice.arn, role))
})

test('an explicit deny of an identity policy is refused in the same words', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:*', '*', { Effect: 'Deny' }))
  const role = await sts.role('app', trust(alice.arn))
  await sts.refused('AssumeRole', assume(role), alice, 'AccessDenied', text(alice.arn, role))
})

test('what is no ARN, and a session name of other characters, are invalid (access.md 4.1)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  await sts.refused(
    'AssumeRole',
    assume('this-is-no-arn-at-all'),
    alice,
    'ValidationError',
    'this-is-no-arn-at-all is invalid',
  )
  await sts.refused(
    'AssumeRole',
    { RoleArn: 'arn:aws:iam::111122223333:role/app', RoleSessionName: 'Session1:2' },
    alice,
    'ValidationError',
    "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
  )
})

test('durations: the role bounds them, and a chain of roles an hour (access.md 4.1)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const first = await sts.role('first', trust(alice.arn))
  const second = await sts.role('second', trust(ACCOUNT), { MaxSessionDuration: 43200 })
  await sts.iam.call('PutRolePolicy', { RoleName: 'first', PolicyName: 'p', PolicyDocument: policy('sts:*') })
  await sts.refused(
    'AssumeRole',
    assume(first, { DurationSeconds: 3601 }),
    alice,
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  )
  const session = await sts.assume(first, alice)
  await sts.refused(
    'AssumeRole',
    assume(second, { DurationSeconds: 3601 }),
    session,
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  )
  await sts.call('AssumeRole', assume(second, { DurationSeconds: 3600 }), session)
  await sts.refused(
    'AssumeRole',
    assume(second, { DurationSeconds: 899 }),
    session,
    'ValidationError',
    /greater than or equal to 900/,
  )
  await sts.refused(
    'AssumeRole',
    assume(second, { DurationSeconds: 43201 }),
    session,
    'ValidationError',
    /less than or equal to 43200/,
  )
})

test('who is not let in learns nothing of the duration that the role allows', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(OTHER))
  const longest = assume(role, {
    DurationSeconds: 43200,
    PolicyArns: [{ arn: 'arn:aws:iam::111122223333:policy/absent' }],
  })
  await sts.refused('AssumeRole', longest, alice, 'AccessDenied', text(alice.arn, role))
})

/** Two roles, of which the first may assume the second. */
async function chain(sts: Trial) {
  const alice = await sts.user('alice')
  const first = await sts.role('first', trust(alice.arn, { Action: ALL }), { Tags: tags('own') })
  const second = await sts.role('second', trust(first, { Action: ALL }))
  return { alice, first, second }
}

test('transitive tags and the source identity go on along a chain; others do not', async () => {
  await using sts = await trial()
  const { alice, first, second } = await chain(sts)
  const session = await sts.assume(first, alice, {
    Tags: tags('Team', 'env'),
    TransitiveTagKeys: ['team'],
    SourceIdentity: 'alice',
  })
  assert.deepEqual(Object.fromEntries(session.tags), { own: 'own-value', Team: 'Team-value', env: 'env-value' })
  const chained = await sts.assume(second, session, { Tags: tags('more') })
  assert.deepEqual(Object.fromEntries(chained.tags), { Team: 'Team-value', more: 'more-value' })
  assert.equal(chained.session?.sourceIdentity, 'alice')
  assert.deepEqual([...(chained.session?.transitive ?? [])], ['team'])
  const conflict =
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
  await sts.refused('AssumeRole', assume(second, { Tags: tags('TEAM') }), session, 'InvalidParameterValue', conflict)
  await sts.refused('AssumeRole', assume(second, { SourceIdentity: 'bob' }), session, 'AccessDenied')
  await sts.call('AssumeRole', assume(second, { SourceIdentity: 'alice' }), session)
})

test('what is inherited must be allowed by the next trust policy too', async () => {
  await using sts = await trial()
  const { alice, first } = await chain(sts)
  const third = await sts.role('third', trust(first))
  const said = (action: string) => text('arn:aws:sts::111122223333:assumed-role/first/s1', third, action)
  const tagged = await sts.assume(first, alice, { Tags: tags('team'), TransitiveTagKeys: ['team'] })
  await sts.refused('AssumeRole', assume(third), tagged, 'AccessDenied', said('sts:TagSession'))
  const named = await sts.assume(first, alice, { SourceIdentity: 'alice' })
  await sts.refused('AssumeRole', assume(third), named, 'AccessDenied', said('sts:SetSourceIdentity'))
  const plain = await sts.assume(first, alice, { Tags: tags('team') })
  await sts.call('AssumeRole', assume(third), plain)
})

test('the trust policy sees what is asked for (access.md 4.1)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  await sts.iam.call('TagUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  const red = await sts.fresh(alice)
  const cases: [object, object, object][] = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy language
    [{ StringEquals: { 'sts:RoleSessionName': '${aws:username}' } }, { RoleSessionName: 'alice' }, {}],
    [{ StringEquals: { 'sts:SourceIdentity': 'alice' } }, { SourceIdentity: 'alice' }, { SourceIdentity: 'bob' }],
    [
      { StringEquals: { 'aws:RequestTag/team': 'red' } },
      { Tags: [{ Key: 'Team', Value: 'red' }] },
      { Tags: [{ Key: 'team', Value: 'blue' }] },
    ],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { Tags: tags('a') }, { Tags: tags('a', 'c') }],
    [
      { 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': 'a' } },
      { Tags: tags('a'), TransitiveTagKeys: ['a'] },
      { Tags: tags('a') },
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy language
    [{ StringEquals: { 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } }, {}, {}],
    [{ StringEquals: { 'iam:ResourceTag/team': 'red' } }, {}, {}],
    [{ Null: { 'aws:MultiFactorAuthPresent': 'true' } }, {}, {}],
  ]
  for (const [index, [Condition, good, bad]] of cases.entries()) {
    const role = await sts.role(`app${index}`, trust(alice.arn, { Action: ALL, Condition }), {
      Tags: [{ Key: 'team', Value: 'red' }],
    })
    await sts.call('AssumeRole', assume(role, good), red)
    if (Object.keys(bad).length > 0) {
      await sts.refused('AssumeRole', assume(role, bad), red, 'AccessDenied', text(alice.arn, role))
    }
  }
  const untagged = await sts.role(
    'untagged',
    trust(alice.arn, { Condition: { StringEquals: { 'iam:ResourceTag/team': 'red' } } }),
  )
  await sts.refused('AssumeRole', assume(untagged), red, 'AccessDenied', text(alice.arn, untagged))
})

test('session policies are checked and counted', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn, { Action: ALL }))
  const malformed = assume(role, { Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"allow"}]}' })
  await sts.refused('AssumeRole', malformed, alice, 'MalformedPolicyDocument')
  await sts.refused(
    'AssumeRole',
    assume(role, { Policy: '{' }),
    alice,
    'MalformedPolicyDocument',
    'Syntax errors in policy.',
  )
  const principal = assume(role, { Policy: trust('*') })
  await sts.refused('AssumeRole', principal, alice, 'MalformedPolicyDocument')
  await sts.refused(
    'AssumeRole',
    assume(role, { Policy: 'x'.repeat(2049) }),
    alice,
    'ValidationError',
    /less than or equal to 2048/,
  )
  const short = await sts.call('AssumeRole', assume(role, { Policy: policy('kms:*') }), alice)
  assert.ok(short.PackedPolicySize > 0 && short.PackedPolicySize <= 10, String(short.PackedPolicySize))
  const AWS = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const both = await sts.call(
    'AssumeRole',
    assume(role, { Policy: policy('kms:*'), PolicyArns: [{ arn: AWS }] }),
    alice,
  )
  assert.ok(both.PackedPolicySize > short.PackedPolicySize)
  const absent = 'arn:aws:iam::111122223333:policy/absent'
  await sts.refused(
    'AssumeRole',
    assume(role, { PolicyArns: [{ arn: absent }] }),
    alice,
    'ValidationError',
    `Policy ${absent} does not exist or is not attachable.`,
  )
  const eleven = Array.from({ length: 11 }, () => ({ arn: AWS }))
  await sts.refused(
    'AssumeRole',
    assume(role, { PolicyArns: eleven }),
    alice,
    'ValidationError',
    /less than or equal to 10/,
  )
})

test('more than a token can hold is PackedPolicyTooLarge', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn, { Action: ALL }))
  const Tags = Array.from({ length: 50 }, (_, i) => ({
    Key: sts.iam.random.bytes(60).toString('hex') + i,
    Value: sts.iam.random.bytes(120).toString('hex'),
  }))
  await sts.refused(
    'AssumeRole',
    assume(role, { Tags }),
    alice,
    'PackedPolicyTooLarge',
    /^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/,
  )
  const long = Array.from({ length: 10 }, (_, i) => ({
    arn: `arn:aws:iam::111122223333:policy/${'p'.repeat(200)}${i}`,
  }))
  await sts.refused('AssumeRole', assume(role, { PolicyArns: long }), alice, 'PackedPolicyTooLarge')
})

test('a managed policy of another account is not there', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn))
  const made = await sts.iam.call('CreatePolicy', { PolicyName: 'theirs', PolicyDocument: policy('*') }, sts.otherRoot)
  const PolicyArns = [{ arn: made.Policy.Arn }]
  await sts.refused('AssumeRole', assume(role, { PolicyArns }), alice, 'ValidationError', /does not exist/)
})

test('tags that are twice there, and transitive keys that are not, are InvalidParameterValue (recorded)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn, { Action: ALL }))
  await sts.refused(
    'AssumeRole',
    assume(role, { Tags: tags('a', 'A') }),
    alice,
    'InvalidParameterValue',
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  )
  await sts.refused(
    'AssumeRole',
    assume(role, { TransitiveTagKeys: ['a'] }),
    alice,
    'InvalidParameterValue',
    'The specified transitive tag key must be included in the requested tags.',
  )
})

test('a second factor never counts: there is none', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn))
  const SerialNumber = 'arn:aws:iam::111122223333:mfa/alice'
  await sts.refused(
    'AssumeRole',
    assume(role, { SerialNumber, TokenCode: '123456' }),
    alice,
    'AccessDenied',
    /^MultiFactorAuthentication failed, unable to validate MFA code\./,
  )
  await sts.refused('AssumeRole', assume(role, { SerialNumber }), alice, 'AccessDenied', /must provide both/)
  const mfa = await sts.role('mfa', trust(alice.arn, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }))
  await sts.refused('AssumeRole', assume(mfa), alice, 'AccessDenied', text(alice.arn, mfa))
  const own = await sts.callerOf(await sts.call('GetSessionToken', {}, alice))
  await sts.refused('AssumeRole', assume(mfa), own, 'AccessDenied', text(alice.arn, mfa))
})

test('a role that assumes itself must be trusted like any caller', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn), { Policy: policy('sts:AssumeRole') })
  const session = await sts.assume(role, alice)
  await sts.refused('AssumeRole', assume(role), session, 'AccessDenied', text(session.arn, role))
  await sts.iam.call('UpdateAssumeRolePolicy', { RoleName: 'app', PolicyDocument: trust(ACCOUNT) })
  await sts.call('AssumeRole', assume(role), session)
})

test('boundary and session policies bound who assumes a role by its account (access.md 5.5)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:*'))
  const first = await sts.role('first', trust(alice.arn), { Policy: policy('sts:*') })
  const byAccount = await sts.role('account', trust(ACCOUNT))
  const narrow = await sts.assume(first, alice, { Policy: policy('secretsmanager:*') })
  await sts.refused('AssumeRole', assume(byAccount), narrow, 'AccessDenied', text(narrow.arn, byAccount))
  const wide = await sts.assume(first, alice, { Policy: policy('sts:AssumeRole') })
  await sts.call('AssumeRole', assume(byAccount), wide)
})

test('the trail has whose credentials were made, and neither their secret nor their token', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const role = await sts.role('app', trust(alice.arn, { Action: ALL }))
  const input = assume(role, { ExternalId: 'e1', TokenCode: '123456', Tags: tags('team') })
  const { audit } = sts.operation('AssumeRole')
  assert.deepEqual(audit?.request?.(input), {
    roleArn: role,
    roleSessionName: 's1',
    tags: [{ key: 'team', value: 'team-value' }],
    externalId: 'e1',
  })
  const out = await sts.call('AssumeRole', assume(role, { SourceIdentity: 'alice' }), alice)
  const response = audit?.response?.(out) as AuditEvent['responseElements']
  assert.deepEqual(response, {
    credentials: { accessKeyId: out.Credentials.AccessKeyId, expiration: 'Mar 15, 2026 11:30:00 AM' },
    assumedRoleUser: { assumedRoleId: out.AssumedRoleUser.AssumedRoleId, arn: out.AssumedRoleUser.Arn },
    sourceIdentity: 'alice',
  })
  assert.deepEqual(audit?.resources?.(input, out, {} as Call), [
    { accountId: ACCOUNT, type: 'AWS::IAM::Role', ARN: role },
  ])
})
