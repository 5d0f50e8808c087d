import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statement } from '#kernel/storage/storage'
import { ACCOUNT, EventPattern, FUNCTION, REGION, trial } from './test/trial.ts'
import { takesInState } from './rules.ts'

const call = (eventName: unknown, type = 'AWS API Call via CloudTrail') => ({
  'detail-type': type,
  detail: { eventName },
})

test('trap 18: rules with State ENABLED are never told of calls that only read (surroundings.md 4.1, 10)', () => {
  const ALL = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
  for (const name of ['GetSecretValue', 'ListSecrets', 'DescribeSecret']) {
    assert.equal(takesInState({ state: 'ENABLED' }, call(name)), false, name)
    assert.equal(takesInState({ state: ALL }, call(name)), true, name)
    assert.equal(takesInState({ state: 'DISABLED' }, call(name)), false, name)
  }
  for (const name of ['PutSecretValue', 'Decrypt', 'BatchGetSecretValue', undefined, 7])
    assert.equal(takesInState({ state: 'ENABLED' }, call(name)), true, String(name))
  assert.equal(takesInState({ state: 'ENABLED' }, call('GetSecretValue', 'Something Else')), true)
  assert.equal(takesInState({ state: 'ENABLED' }, { 'detail-type': 'AWS API Call via CloudTrail', detail: null }), true)
  assert.equal(takesInState({ state: 'DISABLED' }, call('PutSecretValue')), false)
})

const bus = { account: ACCOUNT, region: REGION, name: 'default' }
const spoilRule = statement('test/spoil-rule', `update event_rule set state = 'ENABLED_WITH_ALL' where name = 'b'`)
const spoilTarget = statement('test/spoil-target', `update event_target set arn = 'x' where rule = 'a' and id = '1'`)

test('rules stand in memory until one is changed, and not for who has changed one himself and may still fail', async () => {
  await using one = await trial()
  const { book } = one.bridge
  const standing = () => one.storage.unit('write', (unit) => book.rulesOf(unit, bus))
  await one.call('PutRule', { Name: 'a', EventPattern })
  await one.call('PutRule', { Name: 'off', EventPattern, State: 'DISABLED' })
  const first = await standing()
  assert.deepEqual(
    first.map(({ rule, pattern }) => [rule.name, pattern?.mayMatch('my.app', 'x'), pattern?.mayMatch('else', 'x')]),
    [['a', true, false]],
  )
  assert.equal(await standing(), first)
  await one.call('PutTargets', { Rule: 'a', Targets: [{ Id: '1', Arn: FUNCTION }] })
  assert.deepEqual((await standing())[0]?.targets, [{ Id: '1', Arn: FUNCTION }])
  await assert.rejects(
    one.storage.unit('write', async (unit) => {
      const { rules } = one.bridge.shelf(unit)
      const rule = await rules.find(bus, 'a')
      assert.ok(rule)
      await rules.save({ ...rule, state: 'DISABLED' })
      assert.deepEqual(await book.rulesOf(unit, bus), [])
      throw new Error('no')
    }),
    /no/,
  )
  assert.equal((await standing()).length, 1)
  assert.deepEqual(await one.storage.unit('read', (unit) => book.places(unit)), [bus])
})

test('a rule or target that somebody else wrote is left out and told of; the others go on', async () => {
  await using one = await trial()
  for (const Name of ['a', 'b']) {
    await one.call('PutRule', { Name, EventPattern })
    await one.call('PutTargets', { Rule: Name, Targets: ['1', '2'].map((Id) => ({ Id, Arn: FUNCTION })) })
  }
  await one.storage.unit('write', async (unit) => {
    await unit.run(spoilRule, {})
    await unit.run(spoilTarget, {})
    unit.touch('events')
  })
  const rules = await one.storage.unit('read', (unit) => one.bridge.book.rulesOf(unit, bus))
  assert.deepEqual(
    rules.map(({ rule, targets }) => [rule.name, targets.map(({ Id }) => Id)]),
    [['a', ['2']]],
  )
  assert.equal(one.problems.length, 2)
})
