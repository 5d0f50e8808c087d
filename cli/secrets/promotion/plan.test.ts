import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, PARTS, planned, type Sources, type Value, type Wish } from './plan.ts'
import type { Seen } from './seen.ts'

const seenAs = (more: Partial<Seen> = {}): Seen => ({
  name: 'dev/a',
  description: '',
  kmsKeyId: undefined,
  tags: new Map(),
  deleted: false,
  rotates: false,
  owner: undefined,
  labels: new Map([['AWSCURRENT', 'v1']]),
  ...more,
})
const wish = (more: Partial<Wish> = {}): Wish => ({
  parts: new Set(PARTS),
  overwrites: true,
  intoRotating: false,
  compares: true,
  stage: 'AWSCURRENT',
  as: 'AWSCURRENT',
  ...more,
})
const text = (SecretString: string): Value => ({ VersionId: 'v', SecretString })
const sources = (mine: Value, theirs?: Value, policies: readonly (string | undefined)[] = []): Sources => ({
  value: async (end) => (end === 'source' ? mine : theirs),
  policy: async (end) => policies[end === 'source' ? 0 : 1],
})
const plan = (source: Seen, target: Seen | undefined, more: Partial<Wish>, read: Sources) =>
  planned({ source, name: 'prod/a', target }, wish(more), read)
const changes = async (mine: Value, theirs: Value): Promise<readonly Change[]> =>
  (await plan(seenAs(), seenAs(), {}, sources(mine, theirs))).changes

test('what is not there is made, with what the source has', async () => {
  const source = seenAs({
    description: 'd',
    tags: new Map([['team', 'x']]),
    rotates: true,
    labels: new Map([
      ['AWSCURRENT', 'v2'],
      ['BLUE', 'v2'],
      ['GREEN', 'v1'],
    ]),
  })
  assert.deepEqual(await plan(source, undefined, {}, sources(text('x'), undefined, ['{}'])), {
    action: 'create',
    source: 'dev/a',
    target: 'prod/a',
    note: 'its rotation is not brought along',
    version: 'v2',
    changes: [
      { part: 'value', compared: true },
      { part: 'description' },
      { part: 'tags', tags: [['team', 'x']] },
      { part: 'labels', labels: ['BLUE'] },
      { part: 'policy' },
    ],
  })
  const { changes: few } = await plan(source, undefined, { parts: new Set(['value']) }, sources(text('x')))
  assert.deepEqual(few, [{ part: 'value', compared: true }])
  const { action, reason } = await plan(source, undefined, { parts: new Set(['tags']) }, sources(text('x')))
  assert.deepEqual([action, reason], ['blocked', 'is not there, and is made only with its value'])
})

test('what is the same is left alone, and values are the same byte by byte and kind by kind', async () => {
  assert.equal((await plan(seenAs(), seenAs(), {}, sources(text('x'), text('x')))).action, 'same')
  assert.deepEqual(await changes(text('x'), text('X')), [{ part: 'value', compared: true }])
  assert.deepEqual(await changes(text('eA=='), { VersionId: 'v', SecretBinary: 'eA==' }), [
    { part: 'value', compared: true },
  ])
})

test('of JSON objects it tells which keys differ; of what is none, and of what is too deep, that it differs', async () => {
  const keys = async (a: string, b: string) => {
    const [change] = await changes(text(a), text(b))
    return change?.part === 'value' ? change.keys : assert.fail()
  }
  assert.deepEqual(await keys('{"a":1,"b":{"c":1,"d":2},"e":1}', '{"a":2,"b":{"d":2,"c":1},"f":1}'), ['a', 'e', 'f'])
  assert.deepEqual(await keys('{"a":1}', '{ "a": 1 }'), [])
  assert.equal(await keys('[1]', '[2]'), undefined)
  const deep = (leaf: number) => `{"a":${'['.repeat(30_000)}${leaf}${']'.repeat(30_000)}}`
  assert.equal(await keys(deep(1), deep(2)), undefined)
})

test('blocked: what has no value, waits for its deletion, is kept by a service, rotates, or is there when copies do not overwrite', async () => {
  const differs = sources(text('x'), text('y'))
  const reason = async (source: Seen, target: Seen | undefined, more: Partial<Wish> = {}) => {
    const step = await plan(source, target, more, differs)
    return step.action === 'blocked' ? step.reason : step.action
  }
  assert.equal(await reason(seenAs({ labels: new Map() }), undefined), 'has no value')
  assert.equal(await reason(seenAs(), undefined, { stage: 'BLUE' }), 'has no version BLUE')
  assert.match((await reason(seenAs(), seenAs({ deleted: true }))) ?? '', /waits for its deletion/)
  assert.equal(await reason(seenAs(), seenAs({ owner: 'rds' })), 'is kept by rds')
  assert.equal(await reason(seenAs(), seenAs({ rotates: true })), 'rotates: its value is its own')
  assert.equal(await reason(seenAs(), seenAs({ rotates: true }), { intoRotating: true }), 'change')
  assert.equal(await reason(seenAs(), seenAs(), { overwrites: false }), 'is there already and differs')
  const same = sources(text('x'), text('x'))
  assert.equal((await plan(seenAs(), seenAs(), { overwrites: false }, same)).action, 'same')
  const described = await plan(seenAs({ description: 'new' }), seenAs({ rotates: true }), {}, same)
  assert.deepEqual([described.action, described.changes], ['change', [{ part: 'description' }]])
})

test('tags and labels are added and changed, never taken away; an empty description and a missing policy change nothing', async () => {
  const same = sources(text('x'), text('x'), [undefined, '{"a":1}'])
  const source = seenAs({
    tags: new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
    labels: new Map([
      ['AWSCURRENT', 'v1'],
      ['BLUE', 'v1'],
    ]),
  })
  const target = seenAs({
    description: 'theirs',
    tags: new Map([
      ['b', '2'],
      ['c', '3'],
    ]),
    labels: new Map([
      ['AWSCURRENT', 't2'],
      ['BLUE', 't1'],
    ]),
  })
  assert.deepEqual((await plan(source, target, {}, same)).changes, [
    { part: 'tags', tags: [['a', '1']] },
    { part: 'labels', labels: ['BLUE'] },
  ])
})

test('policies are compared by what they say', async () => {
  const policies = async (mine: string, theirs: string | undefined) =>
    (await plan(seenAs(), seenAs(), {}, sources(text('x'), text('x'), [mine, theirs]))).action
  assert.equal(await policies('{"a":1,"b":[2,3]}', '{ "b": [2, 3], "a": 1 }'), 'same')
  assert.equal(await policies('{"b":[2,3]}', '{"b":[3,2]}'), 'change')
  assert.equal(await policies('{}', undefined), 'change')
})

test('without comparing nothing is read over there, and a new version is planned in any case', async () => {
  const read: Sources = { value: () => assert.fail('read'), policy: async () => undefined }
  assert.deepEqual((await plan(seenAs(), seenAs(), { compares: false }, read)).changes, [
    { part: 'value', compared: false },
  ])
})
