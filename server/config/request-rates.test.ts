import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as sdk from '@aws-sdk/client-secrets-manager'
import { AWS_RATES, readRates } from './request-rates.ts'

/** Source of the figures: secretsmanager.md 14. */

test('every operation of the SDK is counted once', () => {
  const names = Object.keys(sdk).flatMap((name) => (/^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []) as string)
  const counted = AWS_RATES.flatMap(({ operations }) => operations)
  assert.ok(names.length >= 23)
  assert.deepEqual(counted.toSorted(), names.toSorted())
})

test('aws means AWS’s figures; an operation named besides has its own, and with it those that are counted with it', () => {
  assert.deepEqual(readRates('aws'), AWS_RATES)
  const rateOf = (text: string, name: string) =>
    readRates(text).find(({ operations }) => operations.includes(name))?.perSecond
  assert.equal(rateOf('aws,UpdateSecret=7', 'PutSecretValue'), 7)
  assert.equal(rateOf('aws, UpdateSecret=7', 'GetSecretValue'), 10_000)
  assert.equal(rateOf('UpdateSecret=7', 'GetSecretValue'), undefined)
  assert.equal(rateOf('GetSecretValue=1,ListSecrets=1000000', 'ListSecrets'), 1_000_000)
})

test('what is no rate is refused', () => {
  for (const text of [
    ...['', 'AWS', 'aws,', 'GetSecretValue', 'GetSecretValue=', 'GetSecretValue=0', 'GetSecretValue=1000001'],
    ...['GetParameter=5', 'GetSecretValue=1,GetSecretValue=2', 'TagResource=1,UntagResource=2', 'GetSecretValue=-1'],
    ...['GetSecretValue=1.5', `${'A'.repeat(100)}=1`],
  ])
    assert.throws(() => readRates(text), { name: 'Unreadable' }, text)
})
