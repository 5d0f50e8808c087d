import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session } from '../session.ts'
import { allow, personOf, refusedOnWire, wireOf } from './rig.ts'

/** TagResource and UntagResource. Source: secretsmanager.md 8.19, 8.20, 7.2, 1.2, 8.0. */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const shown = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json
const tag = (SecretId: string, Tags: object[]) => wire('TagResource', { SecretId, Tags })
const untag = (SecretId: string, TagKeys: string[]) => wire('UntagResource', { SecretId, TagKeys })

test('both answer 200 with an empty body, not with {} (recorded, 1.2)', async () => {
  await secrets.createSecret({ Name: 'tags/empty-body' })
  for (const { status, text, headers } of [
    await tag('tags/empty-body', [{ Key: 'a', Value: '1' }]),
    await untag('tags/empty-body', ['a']),
  ]) {
    assert.equal(status, 200)
    assert.equal(text, '')
    assert.equal(headers['content-length'], '0')
    assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
  }
})

test('keys are set one by one: a known one keeps its place, others are untouched, case counts; absent ones are ignored when taken off', async () => {
  const SecretId = 'tags/upsert'
  await secrets.createSecret({ Name: SecretId, Tags: [{ Key: 'b', Value: '1' }] })
  await tag(SecretId, [
    { Key: 'a', Value: '' },
    { Key: 'B', Value: '2' },
  ])
  await tag(SecretId, [{ Key: 'b', Value: '3' }])
  assert.deepEqual((await shown(SecretId)).Tags, [
    { Key: 'b', Value: '3' },
    { Key: 'a', Value: '' },
    { Key: 'B', Value: '2' },
  ])
  await untag(SecretId, ['A', 'b', 'never'])
  assert.deepEqual((await shown(SecretId)).Tags, [
    { Key: 'a', Value: '' },
    { Key: 'B', Value: '2' },
  ])
  // No tags at all are a success too.
  assert.equal((await tag(SecretId, [])).status, 200)
  assert.equal((await untag(SecretId, [])).status, 200)
})

test('TagResource moves LastChangedDate and UntagResource does not (recorded)', async () => {
  const SecretId = 'tags/changed'
  await secrets.createSecret({ Name: SecretId })
  const created = (await shown(SecretId)).LastChangedDate
  await server.clock.advance({ minutes: 1 })
  await tag(SecretId, [{ Key: 'a', Value: '1' }])
  const tagged = (await shown(SecretId)).LastChangedDate
  assert.ok(tagged > created)
  await server.clock.advance({ minutes: 1 })
  await untag(SecretId, ['a'])
  assert.equal((await shown(SecretId)).LastChangedDate, tagged)
})

test('50 tags are the most over all calls; a key that is known is none more; aws: is reserved; nothing is half done', async () => {
  const SecretId = 'tags/limits'
  const Tags = Array.from({ length: 50 }, (_, n) => ({ Key: `key-${n}`, Value: `${n}` }))
  await secrets.createSecret({ Name: SecretId })
  assert.equal((await tag(SecretId, Tags.slice(0, 30))).status, 200)
  assert.equal((await tag(SecretId, Tags.slice(20))).status, 200)
  const before = await shown(SecretId)
  assert.equal(before.Tags.length, 50)
  refusedOnWire(
    await tag(SecretId, [
      { Key: 'key-0', Value: 'new' },
      { Key: 'more', Value: '' },
    ]),
    'InvalidParameterException',
    /50/,
  )
  for (const Key of ['aws:x', 'AWS:x', 'aws:secretsmanager:owningService'])
    refusedOnWire(await tag(SecretId, [{ Key, Value: '' }]), 'InvalidParameterException', /reserved/)
  const twice = [
    { Key: 'key-1', Value: 'a' },
    { Key: 'key-1', Value: 'b' },
  ]
  refusedOnWire(await tag(SecretId, twice), 'InvalidParameterException', /./)
  assert.deepEqual(await shown(SecretId), before)
  assert.equal((await tag(SecretId, [{ Key: 'key-0', Value: 'new' }])).status, 200)
})

test('lengths: a key of 1 to 128 characters, a value of up to 256 (8.0)', async () => {
  const SecretId = 'tags/lengths'
  await secrets.createSecret({ Name: SecretId })
  assert.equal((await tag(SecretId, [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }])).status, 200)
  for (const [asked, path, limit] of [
    [{ Key: '', Value: '' }, 'key', 'greater than or equal to 1'],
    [{ Key: 'k'.repeat(129), Value: '' }, 'key', 'less than or equal to 128'],
    [{ Key: 'k', Value: 'v'.repeat(257) }, 'value', 'less than or equal to 256'],
  ] as const) {
    const value = path === 'key' ? asked.Key : asked.Value
    const text = `1 validation error detected: Value '${value}' at 'tags.1.member.${path}' failed to satisfy constraint: Member must have length ${limit}`
    refusedOnWire(await tag(SecretId, [asked]), 'ValidationException', text, 'message')
  }
  for (const [operation, path] of [
    ['TagResource', 'tags'],
    ['UntagResource', 'tagKeys'],
  ] as const)
    refusedOnWire(
      await wire(operation, { SecretId }),
      'ValidationException',
      `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
      'message',
    )
  assert.equal((await untag(SecretId, ['k'.repeat(129)])).json.__type, 'ValidationException')
})

test('a change of tags that takes the caller’s own access away is refused, others are fine (recorded, 7.2)', async () => {
  const person = await personOf(server, clients, 'tagger')
  const SecretId = 'tags/own'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x', Tags: [{ Key: 'team', Value: 'red' }] })
  await person.may(allow('secretsmanager:*', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } }))
  const lockOut = 'This resource policy will not allow you to manage this secret in the future.'
  const before = await shown(SecretId)
  const Tags = (Value: string) => [{ Key: 'team', Value }]
  await refused(person.secrets.tagResource({ SecretId, Tags: Tags('blue') }), 'AccessDeniedException', lockOut)
  await refused(person.secrets.untagResource({ SecretId, TagKeys: ['team'] }), 'AccessDeniedException', lockOut)
  assert.deepEqual(await shown(SecretId), before)
  await person.secrets.tagResource({ SecretId, Tags: [...Tags('red'), { Key: 'other', Value: '1' }] })
  await person.secrets.untagResource({ SecretId, TagKeys: ['other', 'never'] })
  // `secretsmanager:ResourceTag` behaves alike (recorded).
  await person.may(
    allow('secretsmanager:*', '*', { Condition: { StringEquals: { 'secretsmanager:ResourceTag/team': 'red' } } }),
  )
  assert.equal((await person.secrets.getSecretValue({ SecretId })).SecretString, 'x')
  await refused(person.secrets.untagResource({ SecretId, TagKeys: ['team'] }), 'AccessDeniedException', lockOut)
  // Who has no access at all hears that, and not this.
  await secrets.createSecret({ Name: 'tags/other', SecretString: 'x', Tags: Tags('blue') })
  await refused(
    person.secrets.tagResource({ SecretId: 'tags/other', Tags: Tags('red') }),
    'AccessDeniedException',
    person.denied('TagResource', 'tags/other'),
  )
})

test('the request’s tags are condition keys: aws:RequestTag, aws:TagKeys (7.1)', async () => {
  const person = await personOf(server, clients, 'conditioned')
  const SecretId = 'tags/condition'
  await secrets.createSecret({ Name: SecretId })
  await person.may(
    allow(['secretsmanager:TagResource', 'secretsmanager:UntagResource'], '*', {
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] } },
    }),
  )
  await person.secrets.tagResource({ SecretId, Tags: [{ Key: 'team', Value: 'red' }] })
  await person.secrets.untagResource({ SecretId, TagKeys: ['stage', 'team'] })
  await refused(person.secrets.untagResource({ SecretId, TagKeys: ['team', 'other'] }), 'AccessDeniedException')
  await person.may(
    allow('secretsmanager:TagResource', '*', { Condition: { StringEquals: { 'aws:RequestTag/team': 'red' } } }),
  )
  await person.secrets.tagResource({ SecretId, Tags: [{ Key: 'team', Value: 'red' }] })
  await refused(
    person.secrets.tagResource({ SecretId, Tags: [{ Key: 'team', Value: 'blue' }] }),
    'AccessDeniedException',
    person.denied('TagResource', SecretId),
  )
})
