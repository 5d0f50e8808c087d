import assert from 'node:assert/strict'
import { test } from 'node:test'
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
