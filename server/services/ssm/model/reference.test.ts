import assert from 'node:assert/strict'
import { test } from 'node:test'
import { referenceOf, sourceResult } from './reference.ts'

const ID = '0a1b2c3d-0000-4000-8000-00000000abcd'

test('a reference is a name, and after the first colon a version id or a stage: parameterstore.md 11, recorded', () => {
  const of = (reference: string) => referenceOf({ reference })
  assert.deepEqual(of('prod/db'), { secret: 'prod/db', given: undefined })
  assert.deepEqual(of(`prod/db:${ID}`), { secret: 'prod/db', given: `:${ID}`, versionId: ID })
  assert.deepEqual(of(`x:${ID.toUpperCase()}`)?.versionId, ID.toUpperCase())
  assert.deepEqual(of('x:AWSPREVIOUS'), { secret: 'x', given: ':AWSPREVIOUS', stage: 'AWSPREVIOUS' })
  // Literally: no leading zero is taken off, a slash and 32 characters are fine, and so is a blank.
  for (const stage of ['1', '01', 'a/b', '0'.repeat(32), 'a b']) {
    assert.deepEqual(of(`x:${stage}`), { secret: 'x', given: `:${stage}`, stage })
  }
  // Only a colon separates.
  assert.deepEqual(of('x/AWSPREVIOUS'), { secret: 'x/AWSPREVIOUS', given: undefined })
})

test('an empty selector, or one with a colon, is none: so is every ARN of a secret', () => {
  for (const reference of [
    'x:',
    'x::',
    'x:a:b',
    ':',
    `arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf`,
  ]) {
    assert.equal(referenceOf({ reference }), undefined, reference)
  }
})

const value = {
  ARN: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf',
  Name: 'x',
  VersionId: ID,
  VersionStages: ['AWSCURRENT', 'mine'],
  CreatedDate: new Date(Date.UTC(2026, 8, 28, 18, 41, 3, 999)),
}

test('SourceResult has its members in the recorded order, its date in words, its text safe in HTML', () => {
  assert.equal(
    sourceResult({ ...value, SecretString: `{"a":"b=c"} <x> & 'ü' "q" \u2028 \n` }),
    `{"ARN":"${value.ARN}","name":"x","versionId":"${ID}",` +
      String.raw`"secretString":"{\"a\":\"b\u003dc\"} \u003cx\u003e \u0026 \u0027ü\u0027 \"q\" \u2028 \n",` +
      `"versionStages":["AWSCURRENT","mine"],"createdDate":"Sep 28, 2026, 6:41:03 PM"}`,
  )
})

test('what was escaped reads back as it was', () => {
  const SecretString = `=<>&'"\\ \u2029 \u0000 €`
  assert.equal(JSON.parse(sourceResult({ ...value, SecretString })).secretString, SecretString)
})

test('a binary secret is shown as the buffer that it is in Java: signed bytes', () => {
  const shown = JSON.parse(sourceResult({ ...value, SecretBinary: Uint8Array.from([0, 1, 127, 128, 255]) }))
  assert.deepEqual(Object.keys(shown), ['ARN', 'name', 'versionId', 'secretBinary', 'versionStages', 'createdDate'])
  assert.equal(
    JSON.stringify(shown.secretBinary),
    '{"hb":[0,1,127,-128,-1],"offset":0,"isReadOnly":false,"bigEndian":true,"nativeByteOrder":false,"mark":-1,"position":0,"limit":5,"capacity":5,"address":8}',
  )
})

test('dates are said with twelve hours, in UTC', () => {
  const at = (...parts: [number, number, number, number, number, number]) =>
    JSON.parse(sourceResult({ ...value, SecretString: '', CreatedDate: new Date(Date.UTC(...parts)) })).createdDate
  assert.equal(at(2026, 0, 2, 0, 5, 9), 'Jan 2, 2026, 12:05:09 AM')
  assert.equal(at(2026, 11, 31, 12, 0, 0), 'Dec 31, 2026, 12:00:00 PM')
  assert.equal(at(2026, 4, 10, 11, 59, 59), 'May 10, 2026, 11:59:59 AM')
})
