import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parameter } from '../test/parameters.ts'
import { shownMetadata, shownParameter, shownVersion } from './shown.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 2, 15)
const expiration = `{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2026-03-25T00:00:00Z"}}`
const before = (days: number) =>
  `{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"${days}","Unit":"Days"}}`
const unchanged = '{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}'

const plain = parameter('/app/url')
const secure = parameter('key', {
  parameter: { tags: new Map([['team', 'blue']]), expiresAt: NOW + 10 * DAY },
  version: {
    number: 4,
    type: 'SecureString',
    tier: 'Advanced',
    keyId: 'alias/aws/ssm',
    description: 'of the app',
    allowedPattern: '.+',
    modifiedAt: NOW - 21 * DAY,
    policies: [expiration, before(15), before(5), unchanged],
  },
})

test('a read shows seven members and nothing else (traps 28, 29; recorded: 7.2)', () => {
  assert.deepEqual(shownParameter(plain.parameter, plain.version, 'v'), {
    Name: '/app/url',
    Type: 'String',
    Value: 'v',
    Version: 1,
    LastModifiedDate: new Date(1_582_154_711_976),
    ARN: 'arn:aws:ssm:us-east-1:111122223333:parameter/app/url',
    DataType: 'text',
  })
  const shown = shownParameter(secure.parameter, secure.version, 'v', '/key', ':04')
  assert.deepEqual(Object.keys(shown), [
    'Name',
    'Type',
    'Value',
    'Version',
    'LastModifiedDate',
    'ARN',
    'DataType',
    'Selector',
  ])
  assert.equal(shown.Name, '/key')
})

test('history always has Labels and Policies, KeyId only of a SecureString (trap 28; recorded: 7.5)', () => {
  assert.deepEqual(shownVersion('/app/url', plain.version, 'v', []), {
    Name: '/app/url',
    Type: 'String',
    LastModifiedDate: new Date(1_582_154_711_976),
    LastModifiedUser: 'arn:aws:iam::111122223333:user/ann',
    Value: 'v',
    Version: 1,
    Labels: [],
    Tier: 'Standard',
    Policies: [],
    DataType: 'text',
  })
  const shown = shownVersion('key', secure.version, 'v', ['stable'])
  assert.deepEqual(shown.Labels, ['stable'])
  assert.deepEqual(shown.Policies[0], { PolicyText: expiration, PolicyType: 'Expiration' })
  assert.equal('ARN' in shown || 'Selector' in shown, false)
})

test('the list shows no value, labels or tags, and always who changed it last (traps 28, 29, 30; recorded: 7.6)', () => {
  assert.deepEqual(shownMetadata(plain), {
    Name: '/app/url',
    ARN: 'arn:aws:ssm:us-east-1:111122223333:parameter/app/url',
    Type: 'String',
    LastModifiedDate: new Date(1_582_154_711_976),
    LastModifiedUser: 'arn:aws:iam::111122223333:user/ann',
    Version: 1,
    Tier: 'Standard',
    Policies: [],
    DataType: 'text',
  })
  const { Policies, ...shown } = shownMetadata(secure, ['Pending', 'Finished', 'InProgress', 'Finished'])
  assert.deepEqual(shown, {
    Name: 'key',
    ARN: 'arn:aws:ssm:us-east-1:111122223333:parameter/key',
    Type: 'SecureString',
    KeyId: 'alias/aws/ssm',
    LastModifiedDate: new Date(NOW - 21 * DAY),
    LastModifiedUser: 'arn:aws:iam::111122223333:user/ann',
    Description: 'of the app',
    AllowedPattern: '.+',
    Version: 4,
    Tier: 'Advanced',
    DataType: 'text',
  })
  assert.deepEqual(
    Policies.map(({ PolicyType, PolicyStatus }) => [PolicyType, PolicyStatus]),
    [
      ['Expiration', 'Pending'],
      ['ExpirationNotification', 'Finished'],
      ['ExpirationNotification', 'InProgress'],
      ['NoChangeNotification', 'Finished'],
    ],
  )
})
