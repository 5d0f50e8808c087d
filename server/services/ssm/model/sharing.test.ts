import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  afterDelete,
  afterPut,
  checkDocument,
  checkSharable,
  consumersOf,
  MOST_POLICY_BYTES,
  MOST_SHARING_POLICIES,
  type SharingPolicy,
} from './sharing.ts'

const OTHER = '444455556666'
const statement = {
  Effect: 'Allow',
  Principal: { AWS: OTHER },
  Action: ['ssm:GetParameter'],
  Resource: 'arn:aws:ssm:us-east-1:111122223333:parameter/a',
}
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const policy = (id: string, hash: string): SharingPolicy => ({
  id,
  hash,
  document: document(statement),
  principals: '[]',
})
const none = { id: undefined, hash: undefined }

test('a document that is no policy is malformed (parameterstore.md 13)', () => {
  checkDocument(document(statement))
  const { Principal: _, ...nobody } = statement
  const { Resource: __, ...nothing } = statement
  const wrong = [
    'x',
    '{}',
    '[]',
    'null',
    '{"Statement":[]}',
    document(nobody),
    document(nothing),
    document({ ...statement, Effect: 'allow' }),
    document({ ...statement, Else: 1 }),
    document(statement).replace('"Effect"', '"Effect":"Deny","Effect"'),
  ]
  for (const text of wrong) {
    assert.throws(() => checkDocument(text), { code: 'MalformedResourcePolicyDocumentException' }, text)
  }
})

test('a document has 1,024 bytes at the most, not characters; the limit is told (parameterstore.md 13)', () => {
  const bare = document({ ...statement, Sid: '' })
  const long = (Sid: string) => document({ ...statement, Sid })
  const room = MOST_POLICY_BYTES - Buffer.byteLength(bare)
  checkDocument(long('a'.repeat(room)))
  for (const Sid of ['a'.repeat(room + 1), 'é'.repeat(Math.ceil((room + 1) / 2))]) {
    assert.throws(() => checkDocument(long(Sid)), {
      code: 'ResourcePolicyLimitExceededException',
      more: { members: { Limit: 1024, LimitType: 'PolicySize' } },
    })
  }
})

test('without id and hash a policy is new; with both it takes the place of the one that was seen', () => {
  const one = afterPut([], none, policy('1', 'a'))
  const two = afterPut(one, none, policy('2', 'b'))
  const changed = afterPut(two, { id: '1', hash: 'a' }, policy('1', 'c'))
  assert.deepEqual(
    changed.map(({ id, hash }) => [id, hash]),
    [
      ['1', 'c'],
      ['2', 'b'],
    ],
  )
  assert.deepEqual(
    afterDelete(changed, { id: '2', hash: 'b' }).map(({ id }) => id),
    ['1'],
  )
})

test('an outdated hash conflicts, an unknown id is not found, a hash alone is refused (parameterstore.md 13)', () => {
  const policies = [policy('1', 'a')]
  const put = policy('1', 'b')
  for (const hash of ['b', '', undefined]) {
    assert.throws(() => afterPut(policies, { id: '1', hash }, put), { code: 'ResourcePolicyConflictException' })
  }
  assert.throws(() => afterPut(policies, { id: '2', hash: 'a' }, put), { code: 'ResourcePolicyNotFoundException' })
  assert.throws(() => afterPut(policies, { id: undefined, hash: 'a' }, put), {
    code: 'ResourcePolicyInvalidParameterException',
    more: { members: { ParameterNames: ['PolicyId'] } },
  })
  assert.throws(() => afterDelete(policies, { id: '1', hash: 'b' }), { code: 'ResourcePolicyConflictException' })
  assert.throws(() => afterDelete([], { id: '1', hash: 'a' }), { code: 'ResourcePolicyNotFoundException' })
})

test('there are only so many policies', () => {
  const full = Array.from({ length: MOST_SHARING_POLICIES }, (_, i) => policy(`${i}`, 'a'))
  assert.throws(() => afterPut(full, none, policy('more', 'a')), { code: 'ResourcePolicyLimitExceededException' })
  assert.equal(afterPut(full, { id: '3', hash: 'a' }, policy('3', 'b')).length, MOST_SHARING_POLICIES)
})

test('only advanced parameters are shared, and no SecureString under the default key (parameterstore.md 13)', async () => {
  const refused = {
    code: 'ResourcePolicyInvalidParameterException',
    more: { members: { ParameterNames: ['ResourceArn'] } },
  }
  const arns: Readonly<Record<string, string>> = {
    'alias/aws/ssm': 'arn:default',
    default: 'arn:default',
    'alias/mine': 'arn:mine',
  }
  const keyArnOf = async (id: string) => arns[id]
  const secure = { tier: 'Advanced', type: 'SecureString' } as const
  await checkSharable({ tier: 'Advanced', type: 'String', keyId: undefined }, keyArnOf)
  await checkSharable({ ...secure, keyId: 'alias/mine' }, keyArnOf)
  await assert.rejects(checkSharable({ tier: 'Standard', type: 'String', keyId: undefined }, keyArnOf), refused)
  for (const keyId of ['alias/aws/ssm', 'default', undefined]) {
    await assert.rejects(checkSharable({ ...secure, keyId }, keyArnOf), refused)
  }
})

test('whom a document lets in is told by account, for the index of what is shared', () => {
  const principal = (Principal: unknown, Effect = 'Allow') => ({ ...statement, Principal, Effect })
  const of = (...statements: object[]) => [...consumersOf(document(...statements))].sort()
  assert.deepEqual(of(principal('*')), ['*'])
  assert.deepEqual(of(principal({ AWS: '*' }), principal({ AWS: OTHER })), ['*', OTHER])
  assert.deepEqual(
    of(principal({ AWS: [`arn:aws:iam::${OTHER}:role/x`, 'arn:aws:sts::777788889999:assumed-role/r/s'] })),
    [OTHER, '777788889999'],
  )
  assert.deepEqual(of(principal({ AWS: OTHER }, 'Deny'), principal({ Service: 'lambda.amazonaws.com' })), [])
})
