// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { workOf } from '../work.ts'
import { allow, codeOf, documentOf, outcome, READ, siege, trusting } from './siege.ts'

/**
 * Documents that two readers read in two ways, and documents that are made to take long: refused wherever one is taken, and what
 * was there before stays. Sources: access.md 3.6, 7 (30 to 33).
 */

const { server, account, root, person, rule, call, secretOf } = await siege()
const { iam, secrets, kms } = root
/** Nothing here may be much work: a request takes a few milliseconds of the processor. */
const QUICK_MS = 2000

let policyArn = ''
let user: Awaited<ReturnType<typeof person>>

before(async () => {
  await secrets.createSecret({ Name: 'db', SecretString: 'value' })
  await iam.createUser({ UserName: 'bearer' })
  await iam.createGroup({ GroupName: 'bearers' })
  await iam.createRole({ RoleName: 'bearer', AssumeRolePolicyDocument: trusting(account) })
  policyArn =
    (await iam.createPolicy({ PolicyName: 'bearer', PolicyDocument: documentOf(allow('iam:GetUser')) })).Policy?.Arn ??
    ''
  user = await person([allow('sts:*')])
})

/** Where a document is taken: `principal` and `action` make a good statement of that place. */
const identity = { principal: '', action: '"Action":"*"', resource: ',"Resource":"*"' }
const anybody = { principal: '"Principal":{"AWS":"*"},', resource: ',"Resource":"*"' }
const places = () => [
  {
    ...identity,
    operation: 'iam:PutUserPolicy',
    input: { UserName: 'bearer', PolicyName: 'p' },
    member: 'PolicyDocument',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...identity,
    operation: 'iam:PutGroupPolicy',
    input: { GroupName: 'bearers', PolicyName: 'p' },
    member: 'PolicyDocument',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...identity,
    operation: 'iam:PutRolePolicy',
    input: { RoleName: 'bearer', PolicyName: 'p' },
    member: 'PolicyDocument',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...identity,
    operation: 'iam:CreatePolicy',
    input: { PolicyName: 'p' },
    member: 'PolicyDocument',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...identity,
    operation: 'iam:CreatePolicyVersion',
    input: { PolicyArn: policyArn },
    member: 'PolicyDocument',
    code: /^MalformedPolicyDocument$/,
  },
  {
    principal: `"Principal":{"AWS":"${account}"},`,
    action: '"Action":"sts:AssumeRole"',
    resource: '',
    operation: 'iam:UpdateAssumeRolePolicy',
    input: { RoleName: 'bearer' },
    member: 'PolicyDocument',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...identity,
    operation: 'sts:AssumeRole',
    input: { RoleArn: `arn:aws:iam::${account}:role/bearer`, RoleSessionName: 'here' },
    member: 'Policy',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...identity,
    operation: 'sts:GetFederationToken',
    input: { Name: 'here' },
    member: 'Policy',
    code: /^MalformedPolicyDocument$/,
  },
  {
    ...anybody,
    action: '"Action":"secretsmanager:GetSecretValue"',
    operation: 'secretsmanager:PutResourcePolicy',
    input: { SecretId: 'db' },
    member: 'ResourcePolicy',
    code: /^MalformedPolicyDocumentException$/,
  },
  {
    ...anybody,
    action: '"Action":"kms:*"',
    operation: 'kms:CreateKey',
    input: { BypassPolicyLockoutSafetyCheck: true },
    member: 'Policy',
    code: /^MalformedPolicyDocumentException$/,
  },
]

type Place = ReturnType<typeof places>[number]

/** Documents around a good statement of the place that are none. */
function bad({ principal, action, resource }: Place): Readonly<Record<string, string>> {
  const rest = `${principal}${action}${resource}`
  const statement = `{"Effect":"Allow",${rest}}`
  const document = (inside: string) => `{"Version":"2012-10-17","Statement":${inside}}`
  return {
    'Effect twice': document(`[{"Effect":"Deny","Effect":"Allow",${rest}}]`),
    'Effect twice, once escaped': document(`[{"Effect":"Deny","Eff\\u0065ct":"Allow",${rest}}]`),
    'Action twice': document(`[{"Effect":"Allow","Action":"a:b",${rest}}]`),
    'Statement twice': `{"Version":"2012-10-17","Statement":[],"Statement":[${statement}]}`,
    'Version twice': `{"Version":"2008-10-17","Version":"2012-10-17","Statement":[${statement}]}`,
    'Condition twice': document(
      `[{"Effect":"Allow",${rest},"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Condition":{}}]`,
    ),
    'an operator twice': document(
      `[{"Effect":"Allow",${rest},"Condition":{"Bool":{"aws:SecureTransport":"true"},"Bool":{"aws:SecureTransport":"false"}}}]`,
    ),
    'a key twice': document(
      `[{"Effect":"Allow",${rest},"Condition":{"Bool":{"aws:SecureTransport":"true","aws:SecureTransport":"false"}}}]`,
    ),
    'another case of Effect': document(`[{"effect":"Allow",${rest}}]`),
    'Effect in two cases': document(`[{"Effect":"Deny","EFFECT":"Allow",${rest}}]`),
    'another case of Allow': document(`[{"Effect":"allow",${rest}}]`),
    'another case of Statement': `{"Version":"2012-10-17","statement":[${statement}]}`,
    'Action and NotAction': document(`[{"Effect":"Allow",${rest},"NotAction":"a:b"}]`),
    'an unknown member': document(`[{"Effect":"Allow",${rest},"Comment":"x"}]`),
    'an unknown operator': document(`[{"Effect":"Allow",${rest},"Condition":{"StringEqual":{"a":"b"}}}]`),
    'an unknown quantifier': document(
      `[{"Effect":"Allow",${rest},"Condition":{"ForSomeValues:StringEquals":{"a":"b"}}}]`,
    ),
    'a condition that is a list': document(`[{"Effect":"Allow",${rest},"Condition":[]}]`),
    'a condition that is null': document(`[{"Effect":"Allow",${rest},"Condition":{"Bool":null}}]`),
    'a value that is an object': document(`[{"Effect":"Allow",${rest},"Condition":{"Bool":{"a":{"b":"c"}}}}]`),
    'an effect in a list': document(`[{"Effect":["Allow"],${rest}}]`),
    'an action in two lists': document(`[{"Effect":"Allow",${principal}"Action":[["*"]]${resource}}]`),
    'an action that is null': document(`[{"Effect":"Allow",${principal}"Action":null${resource}}]`),
    'an action that is a number': document(`[{"Effect":"Allow",${principal}"Action":1${resource}}]`),
    'statements in two lists': document(`[[${statement}]]`),
    'a statement that is null': document('[null]'),
    'statements that are text': document('"Allow"'),
    'another version': `{"Version":"2012-10-18","Statement":[${statement}]}`,
    'a version that is a number': `{"Version":20121017,"Statement":[${statement}]}`,
    'no object': `[${statement}]`,
    'a text': '"Allow"',
    nothing: ' ',
    'half of it': document(`[${statement}]`).slice(0, -3),
    'something behind it': `${document(`[${statement}]`)}{}`,
    'a comma too many': document(`[${statement},]`),
    'a comment': document(`[/* fine */${statement}]`),
    'single quotes': document(`[${statement}]`).replaceAll('"', "'"),
    'a number that is none': document(`[{"Effect":"Allow",${rest},"Condition":{"NumericEquals":{"a":NaN}}}]`),
    'half of a character': document(`[{"Effect":"Allow",${rest},"Sid":"\\ud800"}]`),
    'a bare line break': document(`[{"Effect":"Allow",${rest},"Sid":"a\nb"}]`),
    'deep lists': document('['.repeat(900) + ']'.repeat(900)),
    'deep lists that do not end': document('['.repeat(1900)),
    'deep objects': document(`[{"Effect":"Allow",${rest},"Condition":${'{"a":'.repeat(300)}1${'}'.repeat(300)}}]`),
  }
}

/** What the documents of all places are now. */
async function now(): Promise<unknown> {
  const answers = [
    iam.listUserPolicies({ UserName: 'bearer' }),
    iam.listGroupPolicies({ GroupName: 'bearers' }),
    iam.listRolePolicies({ RoleName: 'bearer' }),
    iam.listPolicyVersions({ PolicyArn: policyArn }),
    iam.listPolicies({ Scope: 'Local' }),
    iam.getRole({ RoleName: 'bearer' }),
    secrets.getResourcePolicy({ SecretId: 'db' }),
    kms.listKeys({}),
  ]
  return (await Promise.all<object>(answers)).map((answer) => ({ ...answer, $metadata: undefined }))
}

test('a document that can be read in two ways, or in none, is taken nowhere, and what was there stays', async () => {
  const was = await now()
  for (const place of places()) {
    for (const [what, document] of Object.entries(bad(place))) {
      const keys = place.operation.startsWith('sts:') ? user.keys : server.credentials
      const work = await workOf(async () => {
        const answer = await call(keys, place.operation, { ...place.input, [place.member]: document })
        assert.match(outcome(answer), place.code, `${place.operation} ${what}: ${answer.text}`)
        assert.ok(answer.status >= 400 && answer.status < 500)
      })
      assert.ok(work < QUICK_MS, `${place.operation} ${what}: ${work} ms`)
    }
  }
  assert.deepEqual(await now(), was)
})

test('the same documents without their fault are taken everywhere', async () => {
  for (const place of places()) {
    const { principal, action, resource, input, member } = place
    const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",${principal}${action}${resource}}]}`
    const keys = place.operation.startsWith('sts:') ? user.keys : server.credentials
    const answer = await call(keys, place.operation, { ...input, [member]: document })
    assert.equal(outcome(answer), '200', `${place.operation}: ${answer.text}`)
  }
  await secrets.deleteResourcePolicy({ SecretId: 'db' })
})

test('documents of a megabyte are refused unread, quickly, everywhere', async () => {
  const huge = [
    `${' '.repeat(1_000_000)}{}`,
    '['.repeat(1_000_000),
    `{"Version":"2012-10-17","Statement":[${'{},'.repeat(300_000)}{}]}`,
    `{"Statement":[{"Effect":"Allow","Action":"${'*?'.repeat(500_000)}","Resource":"*"}]}`,
    `{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":1`).join(',')}}`,
  ]
  for (const place of places()) {
    for (const document of huge) {
      const keys = place.operation.startsWith('sts:') ? user.keys : server.credentials
      const work = await workOf(async () => {
        const answer = await call(keys, place.operation, { ...place.input, [place.member]: document })
        assert.ok(answer.status >= 400 && answer.status < 500, `${place.operation} ${answer.status}`)
        assert.notEqual(outcome(answer), 'AccessDenied')
      })
      assert.ok(work < QUICK_MS, `${place.operation}: ${work} ms`)
    }
  }
})

test('patterns that are made to take long decide quickly, and rightly', async () => {
  const name = `${'a'.repeat(400)}b`
  await secrets.createSecret({ Name: name, SecretString: 'x' })
  // '_' is never in the six characters behind a secret's name: a letter here would match now and then, and rightly.
  const patterns = [
    `${'*a'.repeat(400)}*_-??????`,
    `${'a*'.repeat(400)}_*`,
    `${'*?'.repeat(400)}_-??????`,
    `${'?*'.repeat(200)}a${'?*'.repeat(200)}_`,
    `${'*'.repeat(1500)}_`,
    `${'*a'.repeat(400)}\${aws:username}`,
  ]
  const reader = await person()
  for (const pattern of patterns) {
    await rule(
      reader.name,
      allow(READ, secretOf(pattern)),
      allow(READ, '*', { StringLike: { 'secretsmanager:SecretId': '*a'.repeat(100) } }),
    )
    const work = await workOf(async () =>
      assert.equal(await codeOf(reader.secrets.getSecretValue({ SecretId: name })), 'AccessDeniedException'),
    )
    assert.ok(work < QUICK_MS, `${pattern.slice(0, 20)}: ${work} ms`)
  }
  await rule(reader.name, allow(READ, secretOf(`${'*a'.repeat(400)}*b-??????`)))
  assert.equal((await reader.secrets.getSecretValue({ SecretId: name })).SecretString, 'x')
})
