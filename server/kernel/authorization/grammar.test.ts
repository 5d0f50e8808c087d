// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compile, parsePolicy, policySize } from '#kernel/authorization/policy'

/** Document and text of the refusal; undefined: accepted. Source: access.md 3.6. */
type Row = readonly [document: unknown, refusal: string | undefined]

const SYNTAX = 'Syntax errors in policy.'
const ok = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }
const doc = (...Statement: unknown[]) => ({ Version: '2012-10-17', Statement })
const one = (more: object) => doc({ ...ok, ...more })
const without = (name: 'Action' | 'Resource' | 'Effect', more: object = {}) => {
  const { [name]: _, ...rest } = ok
  return doc({ ...rest, ...more })
}

const rows: readonly Row[] = [
  [doc(ok), undefined],
  [{ Version: '2012-10-17', Id: 'x', Statement: ok }, undefined],
  [{ Statement: ok }, undefined],
  ['{"Version":"2012-10-17"', SYNTAX],
  ['', SYNTAX],
  ['[]', SYNTAX],
  ['"x"', SYNTAX],
  ['{"Version":"2012-10-17","Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}', SYNTAX],
  [{ Version: '2012-10-17' }, SYNTAX],
  [{ Version: '2012-10-17', Statement: [] }, SYNTAX],
  [{ Version: '2013-10-17', Statement: ok }, SYNTAX],
  [{ Version: 20121017, Statement: ok }, SYNTAX],
  [{ ...doc(ok), Extra: 1 }, SYNTAX],
  [{ ...doc(ok), Id: 5 }, SYNTAX],
  [doc('Allow'), SYNTAX],
  [one({ Extra: 1 }), SYNTAX],
  [one({ effect: 'Allow' }), SYNTAX],
  [one({ Effect: 'Permit' }), SYNTAX],
  [one({ Effect: true }), SYNTAX],
  [without('Effect'), SYNTAX],
  [one({ Action: 5 }), SYNTAX],
  [one({ Action: ['s3:*', null] }), SYNTAX],
  [one({ NotAction: 's3:*' }), SYNTAX],
  [one({ NotResource: '*' }), SYNTAX],
  [one({ Sid: 5 }), SYNTAX],
  [one({ Condition: 'x' }), SYNTAX],
  [one({ Condition: { Equals: { k: 'v' } } }), SYNTAX],
  [one({ Condition: { StringEquals: { k: null } } }), SYNTAX],
  [one({ Condition: { StringEquals: { k: [1, true, 'x'] } } }), undefined],
  [one({ Principal: 5 }), SYNTAX],
  [
    { Statement: { ...ok, Resource: 'arn:aws:s3:::${aws:username}' } },
    'Policy document must be version 2012-10-17 or greater.',
  ],
  [one({ Effect: 'allow' }), 'The policy failed legacy parsing'],
  [one({ Resource: 'arn:aws:s3::b' }), 'The policy failed legacy parsing'],
  [one({ Condition: { DateLessThan: { k: 'soon' } } }), 'The policy failed legacy parsing'],
  [doc({ ...ok, Sid: 'a' }, { ...ok, Sid: 'a' }), 'Statement IDs (SID) in a single policy must be unique.'],
  [doc({ ...ok, Sid: '' }, { ...ok, Sid: '' }), undefined],
  [without('Action'), 'Policy statement must contain actions.'],
  [one({ Action: [] }), 'Policy statement must contain actions.'],
  [without('Action', { NotAction: 's3:*' }), undefined],
  [one({ Resource: 'invalid' }), 'Resource invalid must be in ARN format or "*".'],
  [one({ Resource: 'a:b:c:d:e:f' }), 'Resource a:b:c:d:e:f must be in ARN format or "*".'],
  [one({ Resource: 'arn:b:s3:::x' }), 'Partition "b" is not valid for resource "arn:b:s3:*:*:x".'],
  [one({ Resource: 'arn:aws' }), 'Resource vendor must be fully qualified and cannot contain regexes.'],
  [one({ Resource: 'arn:aws:secretsmanager:*' }), undefined],
  [
    one({ Resource: 'arn:aws:iam:eu-west-1:111122223333:user/x' }),
    'IAM resource arn:aws:iam:eu-west-1:111122223333:user/x cannot contain region information.',
  ],
  [one({ Resource: 'arn:aws:iam::111122223333:user/x' }), undefined],
  [one({ Action: 'GetObject' }), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
  [one({ Action: 'a:b:c' }), 'Actions/Condition can contain only one colon.'],
  [one({ Action: 'a a:b' }), 'Vendor a a is not valid'],
  [one({ Action: '*' }), undefined],
  [one({ Action: '*:*' }), undefined],
  [one({ Action: 'nosuchservice:NoSuchAction' }), undefined],
  [without('Resource'), 'Policy statement must contain resources.'],
  [one({ Resource: [] }), 'Policy statement must contain resources.'],
  [one({ Principal: '*' }), 'Policy document should not specify a principal.'],
]

for (const [document, refusal] of rows) {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  test(`an identity policy ${text} is ${refusal ?? 'accepted'} (access.md 3.6)`, () => {
    const parsed = parsePolicy(text, 'identity')
    assert.equal(parsed.ok ? undefined : parsed.message, refusal)
  })
}

test('an IAM path that does not exist is named with those that do (access.md 3.6)', () => {
  const parsed = parsePolicy(JSON.stringify(one({ Resource: 'arn:aws:iam::111122223333:thing/x' })), 'identity')
  assert.match(parsed.ok ? '' : parsed.message, /^IAM resource path must either be "\*" or start with user\/, /)
})

test('a resource policy may name principals; NotPrincipal with Allow is refused (access.md 5.2)', () => {
  const parse = (more: object) => parsePolicy(JSON.stringify(one(more)), 'resource')
  assert.equal(parse({ Principal: '*' }).ok, true)
  assert.equal(parse({ Principal: { AWS: ['111122223333'], Service: 'x.amazonaws.com' } }).ok, true)
  assert.equal(parse({ Effect: 'Deny', NotPrincipal: { AWS: '111122223333' } }).ok, true)
  assert.equal(parse({ NotPrincipal: { AWS: '111122223333' } }).ok, false)
  for (const Principal of ['x', {}, { aws: '*' }, { AWS: 5 }, []]) assert.equal(parse({ Principal }).ok, false)
})

/** The kind's own rules: document, what `parsePolicy` says is wrong. Source: access.md 3.6 (10), 5.2. */
const A = '111122223333'
const trusting = { Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' }
const trust = (more: object) => doc({ ...trusting, ...more })
const guarding = (Principal: unknown) => doc({ ...ok, Principal })
const ONLY =
  'Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity'
const invalid = (kind: string, name: string) => `Invalid principal in policy: "${kind}":"${name}"`
const ownRules: readonly (readonly ['trust' | 'resource', unknown, string?, string?])[] = [
  ['trust', trust({})],
  ['trust', trust({ Principal: { Service: 'lambda.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] })],
  ['trust', trust({ Principal: { Federated: `arn:aws:iam::${A}:oidc-provider/t.example.com/a` }, Action: 'sts:*' })],
  ['trust', trust({ Principal: '*', Action: 'STS:assumerole*' })],
  ['trust', '{"Version"', 'json', 'This policy contains invalid Json'],
  ['trust', '{"Version":"2012-10-17","Version":"2012-10-17"}', 'json', 'This policy contains invalid Json'],
  ['trust', '{}', 'syntax', SYNTAX],
  ['trust', trust({ Resource: '*' }), 'syntax', 'Has prohibited field Resource.'],
  ['trust', trust({ NotResource: '*' }), 'syntax', 'Has prohibited field Resource.'],
  ['trust', trust({ Principal: undefined }), 'syntax', 'Missing required field Principal'],
  ['trust', trust({ Action: 's3:GetObject' }), 'syntax', ONLY],
  ['trust', trust({ Action: ['sts:AssumeRole', '*'] }), 'syntax', ONLY],
  ['trust', trust({ Action: 'sts:GetCallerIdentity' }), 'syntax', ONLY],
  ['trust', doc({ Effect: 'Allow', Principal: '*', NotAction: 'sts:TagSession' }), 'syntax', ONLY],
  [
    'trust',
    trust({ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: A } }),
    'principal',
    'Has prohibited field NotPrincipal.',
  ],
  ...[
    '1111',
    'alice',
    `arn:aws:iam::${A}:group/g`,
    `arn:aws:iam::${A}:role/*`,
    `arn:aws:iam::*:root`,
    'AKIAIOSFODNN7EXAMPLE',
    '',
  ].flatMap((name) =>
    (['trust', 'resource'] as const).map(
      (kind) =>
        [
          kind,
          kind === 'trust' ? trust({ Principal: { AWS: name } }) : guarding({ AWS: [A, name] }),
          'principal',
          invalid('AWS', name),
        ] as const,
    ),
  ),
  ['trust', trust({ Principal: { Service: '*' } }), 'principal', invalid('SERVICE', '*')],
  ['trust', trust({ Principal: { Federated: '*' } }), 'principal', invalid('FEDERATED', '*')],
  ['resource', guarding({ Service: '*.amazonaws.com' }), 'principal', invalid('SERVICE', '*.amazonaws.com')],
  ['resource', guarding({ CanonicalUser: 'x' }), 'principal', invalid('CANONICAL', 'x')],
  ['resource', guarding({ Federated: 'a.example.com' }), 'principal', invalid('FEDERATED', 'a.example.com')],
  ['resource', guarding({ Person: 'x' }), 'syntax', SYNTAX],
  ['resource', '{', 'json', SYNTAX],
  ['resource', one({ NotPrincipal: { AWS: A } }), 'principal', 'Policy statement must not allow with NotPrincipal.'],
  ['resource', one({ Principal: '*', Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } } })],
  ...[
    '*',
    A,
    `arn:aws:iam::${A}:root`,
    `arn:aws:iam::${A}:user/team/alice`,
    `arn:aws-cn:iam::${A}:role/app`,
    `arn:aws:sts::${A}:assumed-role/app/s1`,
    `arn:aws:sts::${A}:federated-user/bob`,
    'AIDAIOSFODNN7EXAMPLE1',
    'AROAIOSFODNN7EXAMPLE1:s1',
  ].map((name) => ['resource', guarding({ AWS: name })] as const),
]

for (const [kind, document, fault, message] of ownRules) {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  test(`a ${kind} policy ${text} is ${message ?? 'accepted'} (access.md 3.6)`, () => {
    const parsed = parsePolicy(text, kind)
    assert.equal(parsed.ok ? undefined : parsed.fault, fault)
    assert.equal(parsed.ok ? undefined : parsed.message, message)
  })
}

test('white space does not count against the quota (access.md 3.2)', () => {
  assert.equal(policySize('{ "a" :\n\t1 }'), 7)
})

test('no text makes the parser throw, and what it accepts compiles', () => {
  const word = fc.constantFrom(
    'Version',
    'Statement',
    'Effect',
    'Allow',
    'Deny',
    'Action',
    '*',
    'a:b',
    'Resource',
    'Condition',
  )
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, word, fc.integer(), tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(word, tie('value'), { maxKeys: 5 }),
  })).value
  fc.assert(
    fc.property(json, fc.constantFrom('identity' as const, 'resource' as const, 'trust' as const), (value, kind) => {
      const text = JSON.stringify(value)
      const parsed = parsePolicy(text, kind)
      if (parsed.ok) assert.deepEqual(compile(text).statements.length, parsed.policy.statements.length)
      else assert.notEqual(parsed.message, '')
    }),
    { numRuns: 2000 },
  )
})
