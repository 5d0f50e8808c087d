import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { checkAliasName, readKeyId } from './identifiers.ts'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const HERE = 'arn:aws:kms:us-east-1:111122223333'

const read = (text: string, aliases: 'aliases' | 'keys only' = 'aliases'): string => {
  try {
    const named = readKeyId(text, '111122223333', 'us-east-1', aliases)
    return `${named.account} ${named.region} ${named.kind === 'key' ? named.id : named.name}`
  } catch (error) {
    assert(error instanceof ApiError)
    return `${error.code}: ${error.message}`
  }
}

test('a key is named by id, ARN, alias or alias ARN (kms.md 2, refusals recorded or seen)', () => {
  const cases: readonly (readonly [string, string])[] = [
    [ID, `111122223333 us-east-1 ${ID}`],
    [`mrk-${'0'.repeat(32)}`, `111122223333 us-east-1 mrk-${'0'.repeat(32)}`],
    [`${HERE}:key/${ID}`, `111122223333 us-east-1 ${ID}`],
    ['alias/app', '111122223333 us-east-1 alias/app'],
    [`${HERE}:alias/app`, '111122223333 us-east-1 alias/app'],
    [`arn:aws:kms:us-east-1:444455556666:key/${ID}`, `444455556666 us-east-1 ${ID}`],
    ['arn:aws:kms:us-east-1:444455556666:alias/app', '444455556666 us-east-1 alias/app'],
    ['fake-key-id', "NotFoundException: Invalid keyId 'fake-key-id'"],
    [ID.toUpperCase(), `NotFoundException: Invalid keyId '${ID.toUpperCase()}'`],
    [ID.replaceAll('-', ''), `NotFoundException: Invalid keyId '${ID.replaceAll('-', '')}'`],
    ['mrk-fake', "NotFoundException: Invalid keyId 'mrk-fake'"],
    [`${HERE}:key/fake`, "NotFoundException: Invalid keyId 'fake'"],
    [`arn:aws:kms:eu-west-1:111122223333:key/${ID}`, 'NotFoundException: Invalid arn eu-west-1'],
    [`arn:aws:kms:eu-west-1:444455556666:key/${ID}`, 'NotFoundException: Invalid arn eu-west-1'],
    ['arn:aws:kms:us-east-1', 'InvalidArnException: Invalid arn arn:aws:kms:us-east-1'],
    [
      `arn:aws:s3:us-east-1:111122223333:key/${ID}`,
      `InvalidArnException: Invalid arn arn:aws:s3:us-east-1:111122223333:key/${ID}`,
    ],
    [`arn:aws:kms:us-east-1:1:key/${ID}`, `InvalidArnException: Invalid arn arn:aws:kms:us-east-1:1:key/${ID}`],
    [`arn:aws:kms::111122223333:key/${ID}`, `InvalidArnException: Invalid arn arn:aws:kms::111122223333:key/${ID}`],
    [`${HERE}:thing/${ID}`, `InvalidArnException: Invalid arn ${HERE}:thing/${ID}`],
  ]
  for (const [text, expected] of cases) assert.equal(read(text), expected)
})

test('operations that take no alias say so as AWS does (kms.md 2, seen second-hand)', () => {
  assert.equal(read('alias/x', 'keys only'), "NotFoundException: Invalid keyId 'alias/x'")
  assert.equal(read(`${HERE}:alias/x`, 'keys only'), `NotFoundException: Invalid keyId '${HERE}:alias/x'`)
  assert.equal(read(ID, 'keys only'), `111122223333 us-east-1 ${ID}`)
})

test('a new alias needs its prefix, plain characters, and a name that is not of AWS (kms.md 5)', () => {
  const check = (name: string): string => {
    try {
      checkAliasName(name)
      return 'ok'
    } catch (error) {
      assert(error instanceof ApiError)
      return `${error.code}: ${error.message}`
    }
  }
  assert.equal(check('alias/app'), 'ok')
  assert.equal(check('alias/a/b_c-D9'), 'ok')
  assert.match(check('app'), /^ValidationException: Alias must start with the prefix "alias\/"\. Please see https/)
  assert.equal(check('alias/aws/mine'), 'NotAuthorizedException: ')
  assert.equal(check('alias/my:alias'), 'ValidationException: alias/my:alias contains invalid characters for an alias')
  assert.equal(check('alias/'), 'ValidationException: alias/ contains invalid characters for an alias')
})
