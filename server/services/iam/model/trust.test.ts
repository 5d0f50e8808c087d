import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { checkTrust } from './trust.ts'

const A = '111122223333'
const doc = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const trusting = (more: object) => ({ Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole', ...more })

function refusal(document: string): string {
  try {
    checkTrust(document)
    return ''
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return `${error.code}: ${error.message}`
  }
}

test('a trust policy is refused with the texts of IAM (access.md 3.6)', () => {
  const cases: readonly [string, string][] = [
    [doc(trusting({})), ''],
    [doc(trusting({ Principal: '*' })), ''],
    ['{', 'This policy contains invalid Json'],
    ['', 'This policy contains invalid Json'],
    ['{"Version":"2012-10-17","Version":"2012-10-17"}', 'This policy contains invalid Json'],
    ['{}', 'Syntax errors in policy.'],
    [doc(trusting({ Resource: '*' })), 'Has prohibited field Resource.'],
    [
      doc(trusting({ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: A } })),
      'Has prohibited field NotPrincipal.',
    ],
    [
      doc(trusting({ Principal: { AWS: `arn:aws:iam::${A}:role/*` } })),
      `Invalid principal in policy: "AWS":"arn:aws:iam::${A}:role/*"`,
    ],
  ]
  for (const [document, message] of cases) {
    assert.equal(refusal(document), message && `MalformedPolicyDocument: ${message}`)
  }
  assert.match(
    refusal(doc(trusting({ Action: 's3:GetObject' }))),
    /Trust Policy statement actions can only be sts:AssumeRole,/,
  )
})

test('a trust policy has at most 2,048 characters besides white space (access.md 3.2)', () => {
  const exceeded = 'LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048'
  const sized = (size: number) => {
    const empty = doc(trusting({ Sid: '' })).length
    return doc(trusting({ Sid: 'x'.repeat(size - empty) }))
  }
  assert.equal(refusal(sized(2048)), '')
  assert.equal(refusal(sized(2049)), exceeded)
  assert.equal(refusal(sized(2048).padEnd(8192, ' ')), '')
  assert.equal(refusal(doc(trusting({})).padEnd(8193, ' ')), exceeded)
  assert.equal(refusal('['.repeat(131_072)), exceeded)
})

const GITHUB = 'token.actions.githubusercontent.com'
const federated = (url: string, Condition?: object, Action: unknown = 'sts:AssumeRoleWithWebIdentity') =>
  doc({ Effect: 'Allow', Principal: { Federated: `arn:aws:iam::${A}:oidc-provider/${url}` }, Action, Condition })
const sub = (operator: string, value: unknown, key = `${GITHUB}:sub`) =>
  refusal(federated(GITHUB, { StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com' }, [operator]: { [key]: value } }))
const OPEN = new RegExp(`^MalformedPolicyDocument: .*a condition on ${GITHUB}:sub that names`)

test('who trusts an issuer for everybody says whom, by a condition on the subject (access.md 4.2)', () => {
  const narrow: readonly [string, unknown][] = [
    ['StringEquals', 'repo:octo-org/octo-repo:ref:refs/heads/main'],
    ['StringEquals', ['repo:octo-org/a:pull_request', 'repo:octo-org/b:pull_request']],
    ['StringEquals', 'repo:*'],
    ['StringEqualsIgnoreCase', 'repo:Octo-Org/octo-repo:environment:prod'],
    ['StringLike', 'repo:octo-org/*'],
    ['StringLike', 'repo:octo-org/octo-repo:*'],
    ['StringLike', 'repository_owner:octo-org'],
    ['ForAnyValue:StringLike', 'repo:octo-org/*'],
  ]
  for (const [operator, value] of narrow) assert.equal(sub(operator, value), '', `${operator} ${value}`)
  assert.equal(sub('StringLike', 'repo:octo-org/*', 'TOKEN.actions.githubusercontent.com:SUB'), '')
  const open: readonly [string, unknown][] = [
    ['StringLike', '*'],
    ['StringLike', ''],
    ['StringLike', ' '],
    ['StringLike', '?*'],
    ['StringLike', 'repo:*'],
    ['StringLike', 'repo:octo*'],
    ['StringLike', 'repo:*/octo-repo:*'],
    ['StringLike', '*octo-org/octo-repo:*'],
    ['StringLike', ['repo:octo-org/*', '*']],
    ['StringEquals', `\${${GITHUB}:sub}`],
    ['StringLike', `repo:\${${GITHUB}:repository_owner}/*`],
    ['StringLikeIfExists', 'repo:octo-org/*'],
    ['ForAllValues:StringLike', 'repo:octo-org/*'],
    ['StringNotEquals', 'repo:octo-org/*'],
    ['StringNotLike', 'repo:octo-org/*'],
    ['Null', 'false'],
  ]
  for (const [operator, value] of open) assert.match(sub(operator, value), OPEN, `${operator} ${value}`)
  for (const key of [`${GITHUB}:aud2`, `${GITHUB}:subject`, 'gitlab.com:sub']) {
    assert.match(sub('StringLike', 'repo:octo-org/*', key), OPEN, key)
  }
})

test('the subject is asked for by each statement that lets such an issuer in, and by none else', () => {
  const without = refusal(federated(GITHUB))
  assert.match(without, OPEN)
  const statement = (more: object) => ({ ...JSON.parse(federated(GITHUB)).Statement[0], ...more })
  const limited = statement({ Condition: { StringLike: { [`${GITHUB}:sub`]: 'repo:octo-org/*' } } })
  assert.equal(refusal(doc(limited)), '')
  assert.equal(refusal(doc(limited, statement({}))), without)
  assert.equal(refusal(doc(limited, statement({ Action: ['sts:TagSession', 'STS:SetSourceIdentity'] }))), '')
  assert.equal(
    refusal(doc(limited, statement({ Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentity'] }))),
    without,
  )
  assert.equal(refusal(doc(limited, statement({ Action: 'sts:*' }))), without)
  assert.equal(refusal(doc(limited, statement({ Effect: 'Deny' }))), '')
  assert.match(refusal(federated('gitlab.com')), /gitlab\.com:sub/)
  assert.match(refusal(federated('app.terraform.io')), /app\.terraform\.io:sub/)
  assert.match(refusal(federated('GitLab.com')), /gitlab\.com:sub/)
  for (const url of ['idp.example.com', 'gitlab.com.example.com', 'gitlab.example.com/gitlab.com']) {
    assert.equal(refusal(federated(url)), '', url)
  }
})
