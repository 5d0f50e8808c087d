// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '#kernel/authorization/evaluate'
import { isPublic } from '#kernel/authorization/exposure'
import { compile, type ContextValue } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'

const A = '111122223333'
const STRANGER = '999988887777'
const G = 'secretsmanager:GetSecretValue'
const policy = (...Statement: unknown[]) => compile(JSON.stringify({ Version: '2012-10-17', Statement }))
const open = { Effect: 'Allow', Principal: '*', Action: G, Resource: '*' }
const when = (operator: string, key: string, values: unknown) => ({
  ...open,
  Condition: { [operator]: { [key]: values } },
})
const slash8 = (n: number) => `${n}.0.0.0/8`

/** Statements, and whether they let in people whom nobody chose. Source: secretsmanager.md 12. */
const rows: readonly (readonly [object, boolean])[] = [
  [open, true],
  [{ ...open, Principal: { AWS: '*' } }, true],
  [{ ...open, Principal: { AWS: [A, '*'] } }, true],
  [{ ...open, Principal: { AWS: `arn:aws:iam::*:root` } }, true],
  [{ ...open, Principal: { Service: '*' } }, true],
  [{ ...open, Principal: undefined, NotPrincipal: { AWS: A } }, true],
  [{ ...open, Principal: undefined }, false],
  [{ ...open, Principal: { AWS: A } }, false],
  [{ ...open, Principal: { AWS: STRANGER } }, false],
  [{ ...open, Principal: { Service: 'lambda.amazonaws.com' } }, false],
  [{ ...open, Effect: 'Deny' }, false],
  [{ ...open, Condition: {} }, true],
  // Fixed accounts, organisations, principals, private listeners.
  [when('StringEquals', 'aws:PrincipalAccount', A), false],
  [when('StringEquals', 'AWS:principalaccount', [A, '444455556666']), false],
  [when('StringLike', 'aws:PrincipalAccount', A), false],
  [when('StringLike', 'aws:PrincipalAccount', '*'), true],
  [when('StringLike', 'aws:PrincipalAccount', '1111????3333'), true],
  [when('StringLike', 'aws:PrincipalAccount', [A, '*']), true],
  [when('StringEquals', 'aws:PrincipalAccount', '${aws:PrincipalAccount}'), true],
  [when('StringEquals', 'aws:PrincipalAccount', '${aws:PrincipalTag/account}'), true],
  [when('StringNotEquals', 'aws:PrincipalAccount', A), true],
  [when('StringEqualsIfExists', 'aws:PrincipalAccount', A), true],
  [when('ForAllValues:StringEquals', 'aws:PrincipalAccount', A), true],
  [when('ForAnyValue:StringEquals', 'aws:PrincipalAccount', A), false],
  [when('Null', 'aws:PrincipalAccount', 'false'), true],
  [when('StringEquals', 'aws:PrincipalOrgID', 'o-a1b2c3d4e5'), false],
  [when('StringLike', 'aws:PrincipalOrgID', 'o-*'), true],
  [when('ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-a1b2c3d4e5/r-ab12/*'), false],
  [when('ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-*/r-ab12/*'), true],
  [when('ForAllValues:StringLike', 'aws:PrincipalOrgPaths', 'o-a1b2c3d4e5/*'), true],
  [when('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${A}:role/app`), false],
  [when('ArnLike', 'aws:PrincipalArn', `arn:*:iam::${A}:role/*`), false],
  [when('ArnLike', 'aws:PrincipalArn', `arn:aws:iam::*:role/${A}`), true],
  [when('ArnLike', 'aws:PrincipalArn', `*`), true],
  [when('StringLike', 'aws:PrincipalArn', `arn:aws:iam::${A}:role/*`), false],
  // Here `*` reaches across colons, and a path may have some.
  [when('StringLike', 'aws:PrincipalArn', `arn:*:iam::${A}:*`), true],
  [when('StringLike', 'aws:PrincipalArn', `*${A}*`), true],
  [when('StringEquals', 'aws:PrincipalArn', `arn:aws:iam::${A}:role/*`), false],
  [when('StringEquals', 'aws:SourceAccount', A), false],
  [when('ArnLike', 'aws:SourceArn', `arn:aws:lambda:*:${A}:function:*`), false],
  [when('ArnLike', 'aws:SourceArn', 'arn:aws:s3:::bucket'), false],
  [when('ArnLike', 'aws:SourceArn', 'arn:aws:s3:::*'), true],
  [when('StringEquals', 'aws:SourceVpce', 'vpce-1'), false],
  [when('StringEquals', 'aws:SourceVpc', 'vpc-1'), false],
  [when('StringLike', 'aws:SourceVpce', 'vpce-*'), true],
  [when('StringLike', 'aws:userid', 'AROAIOSFODNN7EXAMPLE1:*'), false],
  [when('StringLike', 'aws:userid', 'AROA*'), true],
  [when('StringLike', 'aws:userid', '*:admin'), true],
  [when('StringLike', 'aws:userid', `${A}:*`), false],
  [when('StringEquals', 'kms:CallerAccount', A), false],
  // Networks.
  [when('IpAddress', 'aws:SourceIp', '203.0.113.0/24'), false],
  [when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']), false],
  [when('IpAddress', 'aws:SourceIp', '0.0.0.0/0'), true],
  [when('IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '128.0.0.0/1']), true],
  [when('IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '::/0']), true],
  [when('IpAddress', 'aws:SourceIp', '::ffff:0:0/96'), true],
  [when('IpAddress', 'aws:SourceIp', '2001:db8::/32'), false],
  [when('IpAddress', 'aws:SourceIp', '2000::/3'), true],
  [
    when(
      'IpAddress',
      'aws:SourceIp',
      Array.from({ length: 256 }, (_, n) => slash8(n)),
    ),
    true,
  ],
  [when('IpAddressIfExists', 'aws:SourceIp', '203.0.113.0/24'), true],
  [when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'), true],
  [when('StringLike', 'aws:SourceIp', '203.*'), true],
  [when('IpAddress', 'aws:VpcSourceIp', '10.0.0.0/24'), true],
  // What anybody can bring.
  [when('StringEquals', 'aws:PrincipalTag/team', 'red'), true],
  [when('StringEquals', 'aws:PrincipalType', 'User'), true],
  [when('StringEquals', 'aws:UserAgent', 'secret'), true],
  [when('Bool', 'aws:SecureTransport', 'true'), true],
  [when('StringEquals', 'secretsmanager:ResourceTag/env', 'prod'), true],
  [when('StringEquals', 'secretsmanager:VersionStage', 'AWSCURRENT'), true],
  [when('DateLessThan', 'aws:CurrentTime', '2020-01-01'), true],
  // One that confines is enough.
  [
    { ...open, Condition: { Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:SourceVpce': ['a', 'b'] } } },
    false,
  ],
]

for (const [statement, expected] of rows) {
  const { Principal: _, Action: __, Resource: ___, ...shown } = statement as Record<string, unknown>
  test(`a resource policy with ${JSON.stringify(shown)} is ${expected ? '' : 'not '}public`, () => {
    assert.equal(isPublic(policy(statement)), expected)
    assert.equal(isPublic(policy({ ...open, Principal: { AWS: A } }, statement)), expected)
  })
}

test('a policy that is not public never lets in a stranger for whom no value was listed', () => {
  const accounts = fc.constantFrom(A, '*', `${A.slice(0, 4)}*`, '????????????', '${aws:PrincipalAccount}', '')
  const arns = fc.constantFrom(
    `arn:aws:iam::${A}:role/app`,
    `arn:aws:iam::${A}:*`,
    `arn:*:*:*:${A}:*`,
    `arn:aws:iam::*:role/*`,
    `*:${A}:*`,
    '*',
    'arn:aws:iam::${aws:PrincipalAccount}:role/x',
    'arn:aws:*',
  )
  const networks = fc.constantFrom(
    '203.0.113.0/24',
    '10.0.0.0/8',
    '128.0.0.0/1',
    '192.0.0.0/2',
    '0.0.0.0/0',
    '::/0',
    'x',
  )
  const ids = fc.constantFrom(
    'o-a1b2c3d4e5',
    'o-*',
    'vpce-1',
    'vpc*',
    '*',
    'AROAIOSFODNN7EXAMPLE1:*',
    'A*',
    '*:s',
    '?*',
  )
  const keys =
    'PrincipalAccount PrincipalArn PrincipalOrgID PrincipalOrgPaths SourceAccount SourceArn SourceVpc SourceVpce SourceIp userid UserAgent'
  const operators =
    'StringEquals StringLike StringNotEquals ArnLike ArnNotEquals IpAddress NotIpAddress StringEqualsIgnoreCase'
  const operator = fc
    .tuple(
      fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...operators.split(' ')),
      fc.constantFrom('', '', 'IfExists'),
    )
    .map((parts) => parts.join(''))
  const block = fc.dictionary(
    operator,
    fc.dictionary(
      fc.constantFrom(...keys.split(' ').map((key) => `aws:${key}`), 'kms:CallerAccount'),
      fc.array(fc.oneof(accounts, arns, networks, ids), { maxLength: 3 }),
      { maxKeys: 2 },
    ),
    { maxKeys: 2 },
  )
  const principal = fc.constantFrom<unknown>(
    '*',
    { AWS: '*' },
    { AWS: A },
    { AWS: [A, '*'] },
    { Service: 'a.amazonaws.com' },
  )
  const statement = fc
    .tuple(fc.constantFrom('Allow', 'Allow', 'Deny'), principal, block)
    .map(([Effect, Principal, Condition]) => ({ ...open, Effect, Principal, Condition }))
  const strange = fc.record({
    arn: fc.constantFrom(
      `arn:aws:iam::${STRANGER}:role/app`,
      `arn:aws:iam::${STRANGER}:role/x:iam::${A}:role/app`,
      `arn:aws:iam::${STRANGER}:role/${A}/x`,
    ),
    session: fc.constantFrom('s', A),
    ip: fc.constantFrom('198.51.100.7', '2001:db8::7', '77.1.2.3'),
    endpoint: fc.boolean(),
    org: fc.boolean(),
    version: fc.constantFrom('2012-10-17', '2008-10-17'),
  })
  let confined = 0
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), strange, (Statement, stranger) => {
      const resourcePolicy = compile(JSON.stringify({ Version: stranger.version, Statement }))
      if (isPublic(resourcePolicy)) return
      confined++
      const userId = `AROASTRANGERSTRANGER1:${stranger.session}`
      const caller: Caller = {
        kind: 'role',
        account: STRANGER,
        arn: `arn:aws:sts::${STRANGER}:assumed-role/app/${stranger.session}`,
        principalArn: stranger.arn,
        userId,
        accessKeyId: 'ASIA',
        tags: new Map(),
        policies: [policy({ Effect: 'Allow', Action: '*', Resource: '*' })],
      }
      const values: Record<string, ContextValue | undefined> = {
        'aws:principalaccount': STRANGER,
        'kms:calleraccount': STRANGER,
        'aws:principalarn': stranger.arn,
        'aws:userid': userId,
        'aws:useragent': 'o-a1b2c3d4e5',
        ...(stranger.endpoint
          ? { 'aws:sourcevpce': 'vpce-other', 'aws:sourcevpc': 'vpc-other' }
          : { 'aws:sourceip': stranger.ip }),
        ...(stranger.org && {
          'aws:principalorgid': 'o-strangers0',
          'aws:principalorgpaths': ['o-strangers0/r-1/ou-1/'],
        }),
      }
      const decision = evaluate({
        caller,
        action: G,
        resource: `arn:aws:secretsmanager:us-east-1:${A}:secret:a-AbCdEf`,
        owner: A,
        context: (key) => values[key],
        resourcePolicy,
        rule: 'plain',
      })
      assert.equal(decision.allowed, false)
    }),
    { numRuns: 5000 },
  )
  assert.ok(confined > 500, `${confined} policies that are not public`)
})
