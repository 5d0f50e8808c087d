import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkName, placeOf, secretArn } from './identity.ts'

const PREFIX = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:'
const here = { account: '111122223333', region: 'us-east-1' }

test('a SecretId is a name, a full ARN or a partial ARN. Source: secretsmanager.md 2.1', () => {
  const cases: [string, ReturnType<typeof placeOf>][] = [
    ['app/db', { name: 'app/db' }],
    ['app/db-a1b2c3', { name: 'app/db-a1b2c3' }],
    [`${PREFIX}app/db-a1B2c3`, { ...here, name: 'app/db', suffix: 'a1B2c3' }],
    [`${PREFIX}app/db`, { ...here, name: 'app/db' }],
    [`${PREFIX}db-a1b2`, { ...here, name: 'db-a1b2' }],
    [`${PREFIX}db-a1b2c3-`, { ...here, name: 'db-a1b2c3-' }],
    [`${PREFIX}db-a1b2c!`, { ...here, name: 'db-a1b2c!' }],
    [`${PREFIX}-a1b2c3`, { ...here, name: '', suffix: 'a1b2c3' }],
    [PREFIX, undefined],
    [`${PREFIX}a b`, undefined],
    [`${PREFIX}a:b`, undefined],
    ['arn:aws:secretsmanager:us-east-1:111122223333:thing:db', undefined],
    ['arn:aws:ssm:us-east-1:111122223333:secret:db', undefined],
    ['arn:aws-cn:secretsmanager:us-east-1:111122223333:secret:db', undefined],
    ['arn:aws:secretsmanager', undefined],
    ['arn:', undefined],
  ]
  for (const [id, place] of cases) assert.deepEqual(placeOf(id), place, id)
})

test('a name holds letters, digits and /_+=.@-!', () => {
  for (const name of ['a', '/a/b', 'rds!db-1', '-', 'x=+.@_', 'ARN:'.slice(0, 3)]) checkName(name)
  for (const name of ['', ' ', 'a b', 'a:b', 'ä', 'a\n', 'a\0', 'a,b', 'a\\b', '\u{1f511}']) {
    assert.throws(() => checkName(name), { code: 'ValidationException' }, JSON.stringify(name))
  }
})

test('an ARN that is written is read again', () => {
  const arn = secretArn('us-east-1', '111122223333', 'a/b-c', 'XyZ019')
  assert.equal(arn, `${PREFIX}a/b-c-XyZ019`)
  assert.deepEqual(placeOf(arn), { ...here, name: 'a/b-c', suffix: 'XyZ019' })
})
