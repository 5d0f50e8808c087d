import assert from 'node:assert/strict'
import { test } from 'node:test'
import { credentialsShown, requestShown } from './recorded.ts'

test('times are written as CloudTrail writes them (surroundings.md 1.3)', () => {
  const shown = (time: string) => {
    const Credentials = { AccessKeyId: 'ASIA', SecretAccessKey: 'x', SessionToken: 'y', Expiration: new Date(time) }
    return credentialsShown({ Credentials })
  }
  assert.deepEqual(shown('2021-01-22T00:46:28Z'), { accessKeyId: 'ASIA', expiration: 'Jan 22, 2021 12:46:28 AM' })
  assert.equal(shown('2021-12-02T12:06:08Z').expiration, 'Dec 2, 2021 12:06:08 PM')
  assert.equal(shown('2021-12-02T23:59:59Z').expiration, 'Dec 2, 2021 11:59:59 PM')
})

test('hidden and sensitive members of a request are left out', () => {
  const text = { kind: 'string' } as const
  const shown = requestShown({ Name: text, TokenCode: text, Token: { ...text, sensitive: true } }, ['TokenCode'])
  assert.deepEqual(shown({ Name: 'n', TokenCode: '123456', Token: 't' }), { name: 'n' })
  assert.equal(shown({ TokenCode: '123456' }), null)
})
