import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audited, Input, sentence } from '#kernel/input'
import { decodeJson } from '#kernel/protocol/json'
import { required, type Shape } from '#kernel/shape'

const SecretId = { kind: 'string', length: [1, 2048] } as const
const VersionId = { kind: 'string', length: [32, 64] } as const
const SecretString = { kind: 'string', length: [1, 65536], sizeBytes: 65536, sensitive: true } as const
const Filters = {
  kind: 'list',
  length: [0, 10],
  of: {
    kind: 'structure',
    members: {
      Key: { kind: 'string', oneOf: ['all', 'name'] },
      Values: { kind: 'list', length: [1, 10], of: { kind: 'string', length: [0, 8], pattern: '^\\!?[a-z]*$' } },
    },
  },
} as const satisfies Shape

const input = new Input({ SecretId: required(SecretId), VersionId, SecretString, Filters })

function said(body: unknown): string | undefined {
  const violations = input.violations(decodeJson(input, Buffer.from(JSON.stringify(body))))
  return violations === undefined ? undefined : sentence(violations)
}

test('a request that breaks nothing has no sentence', () => {
  assert.equal(said({ SecretId: 'a', VersionId: null, Unknown: 1 }), undefined)
})

test('a missing member is named as null (secretsmanager.md 1.6, recorded)', () => {
  assert.equal(
    said({}),
    "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
  )
})

test('all broken constraints stand in one sentence (secretsmanager.md 1.6, 8.0, recorded)', () => {
  assert.equal(
    said({ SecretId: '', VersionId: 'AWSCURRENT' }),
    "2 validation errors detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
      "Value 'AWSCURRENT' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
  )
})

test('a sensitive value is never in the sentence, and its bytes count (secretsmanager.md 1.6, trap 47, 49)', () => {
  assert.equal(
    said({ SecretId: 'a', SecretString: 'é'.repeat(32_769) }),
    "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
  )
  assert.equal(said({ SecretId: 'a', SecretString: 'é'.repeat(32_768) }), undefined)
  assert.equal(said({ SecretId: 'a', SecretString: 'x'.repeat(65_536) }), undefined)
})

test('list elements are counted from one (secretsmanager.md 1.6, recorded)', () => {
  assert.equal(
    said({
      SecretId: 'a',
      Filters: [
        { Key: 'name', Values: ['x'] },
        { Key: 'nam', Values: ['x'] },
      ],
    }),
    "1 validation error detected: Value 'nam' at 'filters.2.member.key' failed to satisfy constraint: Member must satisfy enum value set: [all, name]",
  )
})

test('a bad text in a list is reported once, with the list and all that is asked of its items (parameterstore.md 1.2, recorded)', () => {
  assert.equal(
    said({ SecretId: 'a', Filters: [{ Key: 'name', Values: ['ok', 'NOT-OK-AT-ALL'] }] }),
    "1 validation error detected: Value '[ok, NOT-OK-AT-ALL]' at 'filters.1.member.values' failed to satisfy constraint: " +
      'Member must satisfy constraint: [Member must have length less than or equal to 8, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ^\\!?[a-z]*$]',
  )
})

test('length counts code points, not UTF-16 units', () => {
  const short = new Input({ Name: { kind: 'string', length: [2, 3] } })
  assert.equal(short.violations({ Name: '😀😀😀' }), undefined)
  assert.equal(short.violations({ Name: '😀' })?.length, 1)
  assert.equal(short.violations({ Name: '😀😀😀😀' })?.length, 1)
})

test('the trail sees lower-cased members and nothing sensitive (surroundings.md 1.1, 1.3)', () => {
  const value = decodeJson(
    input,
    Buffer.from(JSON.stringify({ SecretId: 'a', SecretString: 'canary', Filters: [{ Key: 'name', Values: ['x'] }] })),
  )
  assert.deepEqual(audited(input, value), { secretId: 'a', filters: [{ key: 'name', values: ['x'] }] })
})

test('no more than a hundred broken constraints are told, however many there are', () => {
  const tags = new Input({ Tags: { kind: 'list', of: { kind: 'structure', members: { Key: required(SecretId) } } } })
  const found = tags.violations({ Tags: Array.from({ length: 100_000 }, () => ({})) })
  assert.equal(found?.length, 100)
  assert.match(sentence(found), /^100 validation errors detected: /)
})

test('a list of sensitive texts is not shown when it is too long', () => {
  const tokens = new Input({ Tokens: { kind: 'list', length: [0, 1], of: { kind: 'string', sensitive: true } } })
  const [violation] = tokens.violations({ Tokens: ['canary', 'canary'] }) ?? []
  assert.equal(violation?.value, undefined)
  assert.equal(violation?.constraint, 'Member must have length less than or equal to 1')
})

test('classes of characters in patterns are those of Unicode', () => {
  const pattern = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'
  const tag = new Input({ Key: { kind: 'string', pattern } })
  for (const Key of ['Env', 'Größe 1', '環境', 'a:b/c=d+e-f@g']) assert.equal(tag.violations({ Key }), undefined)
  assert.equal(
    sentence(tag.violations({ Key: 'a{b}' }) ?? []),
    `1 validation error detected: Value 'a{b}' at 'key' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  )
})
