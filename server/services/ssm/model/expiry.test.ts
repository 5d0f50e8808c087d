import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duesOf, expiryOf } from './expiry.ts'
import { parsePolicies } from './policies.ts'

const policy = (Type: string, Attributes: object) => ({ Type, Version: '1.0', Attributes })
const DAY = 86_400_000
const NOON = Date.parse('2030-06-01T12:00:00Z')

test('a parameter ends when its Expiration says so, and never without one', () => {
  const { texts } = parsePolicies(
    JSON.stringify([
      policy('NoChangeNotification', { After: '2', Unit: 'Days' }),
      policy('Expiration', { Timestamp: '2030-06-01T14:00:00+02:00' }),
    ]),
  )
  assert.equal(expiryOf(texts), NOON)
  assert.equal(expiryOf(texts.slice(0, 1)), undefined)
  assert.equal(expiryOf([]), undefined)
})

test('notifications are due before the end, and after the last change: parameterstore.md 9', () => {
  const { policies } = parsePolicies(
    JSON.stringify([
      policy('ExpirationNotification', { Before: '2', Unit: 'Days' }),
      policy('Expiration', { Timestamp: '2030-06-01T12:00:00Z' }),
      policy('NoChangeNotification', { After: '3', Unit: 'Hours' }),
      policy('ExpirationNotification', { Before: '1', Unit: 'Hours' }),
    ]),
  )
  assert.deepEqual(duesOf(policies, 1000), [NOON - 2 * DAY, NOON, 1000 + 3 * 3_600_000, NOON - 3_600_000])
})
