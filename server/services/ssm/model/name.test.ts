import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { lookupOf, nameToFind, nameToWrite, parameterArn, parentOf, pathOf, resourceIdOf } from './name.ts'

const HERE = { account: '111122223333', region: 'us-east-1' }

const F1 =
  'ValidationException: Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'
const F2 = 'ValidationException: Parameter name must be a fully qualified name.'
const F3 = 'ValidationException: Parameter name must not end with slash.'
const F4 = 'ValidationException: Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'
const F6 =
  'ValidationException: The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
const F7 =
  'ValidationException: Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>'

/** What comes of it: `code: text` of the refusal, else what it answers. */
function said<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    return `${error.code}: ${error.message}`
  }
}
const writes = (text: string) => said(() => nameToWrite(text, HERE).key)
const finds = (text: string) => said(() => nameToFind(text).key)
const reads = (text: string) => said(() => lookupOf(text, HERE))

test('trap 6: `x` and `/x` are one parameter, `a/b` is not `/a/b`', () => {
  assert.equal(writes('x'), 'x')
  assert.equal(writes('/x'), 'x')
  assert.equal(writes('/a/b'), 'a/b')
  assert.equal(writes('a/b'), F2)
  assert.equal(finds('a/b'), F1)
})

test('trap 8: the ARN of /a/b has one slash after `parameter`', () => {
  assert.equal(
    parameterArn('us-east-1', '111122223333', nameToWrite('/a/b', HERE).key),
    'arn:aws:ssm:us-east-1:111122223333:parameter/a/b',
  )
  assert.equal(parameterArn('us-east-1', '111122223333', 'x'), 'arn:aws:ssm:us-east-1:111122223333:parameter/x')
})

test('names that are written: recorded refusals, in the order of parameterstore.md 2.1', () => {
  assert.deepEqual(nameToWrite('  /a/b  ', HERE), { key: 'a/b', name: '/a/b' })
  for (const name of [
    'a b',
    '/a//b',
    '//a',
    '/a/b:1',
    'a,b',
    'ä',
    '',
    '   ',
    'a\n',
    'arn:aws:ssm:us-east-1:1:parameter/x',
  ]) {
    assert.equal(writes(name), F1, JSON.stringify(name))
  }
  assert.equal(writes('a/b/'), F2)
  for (const name of ['/', '/a/', 'a/', '/a/b/']) assert.equal(writes(name), F3, name)
  assert.equal(writes(`/${'a/'.repeat(14)}a`), 'a/'.repeat(14).concat('a'))
  assert.equal(
    writes(`/${'a/'.repeat(15)}a`),
    'HierarchyLevelLimitExceededException: A hierarchy can have a maximum of 15 levels.',
  )
  const room = 1011 - parameterArn('us-east-1', '111122223333', '').length
  assert.equal(writes('a'.repeat(room)), 'a'.repeat(room))
  assert.match(String(writes('a'.repeat(room + 1))), /^AccessDeniedException: /)
})

test('trap 41: `aws…` paths are AccessDeniedException, `ssm…` paths ValidationException; a prefix of the first segment counts', () => {
  for (const name of ['aws', 'AWSx', '/awsx', 'ssm', 'ssmX', '/SSMx']) assert.equal(writes(name), F4, name)
  assert.equal(writes('/aws/service/x'), 'AccessDeniedException: No access to reserved parameter name: aws/service/x.')
  assert.equal(writes('/awssec/x'), 'AccessDeniedException: No access to reserved parameter name: awssec/x.')
  assert.equal(writes('/Aws/x'), 'AccessDeniedException: No access to reserved parameter name: Aws/x.')
  assert.equal(writes('/ssm/x'), F1)
  assert.equal(writes('/ssmx/x'), F1)
  assert.equal(writes('/x/aws/ssm'), 'x/aws/ssm')
  assert.equal(
    writes('/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/x'),
    'd9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/x',
  )
})

test('traps 3 and 4: what is malformed in a read is a ValidationException', () => {
  for (const text of ['a/b', 'a b', '/a/', '/a//b', '/', 'ssmx', '/ssm/a', '', 'arn:aws:s3:::x', 'arn:x', 'a b:1']) {
    assert.equal(reads(text), F1, JSON.stringify(text))
  }
  for (const text of ['/a:', '/a:1:2', 'x::', 'x:a:b', 'arn:aws:ssm:us-east-1:111122223333:parameter/x:1:2']) {
    assert.equal(reads(text), F7, text)
  }
})

test('a lookup splits name, ARN and selector as recorded (parameterstore.md 2.4)', () => {
  const plain = { byArn: false, cell: HERE, selector: undefined, given: undefined, reference: undefined }
  assert.deepEqual(reads(' /a/b '), { ...plain, key: 'a/b', name: '/a/b' })
  assert.deepEqual(reads('/x'), { ...plain, key: 'x', name: '/x' })
  assert.deepEqual(reads('/aws/service/ami'), { ...plain, key: 'aws/service/ami', name: '/aws/service/ami' })
  assert.deepEqual(reads('x:01'), { ...plain, key: 'x', name: 'x', selector: { number: 1 }, given: ':01' })
  assert.deepEqual(reads('x:-1'), { ...plain, key: 'x', name: 'x', selector: { label: '-1' }, given: ':-1' })
  assert.deepEqual(reads('x:stable'), {
    ...plain,
    key: 'x',
    name: 'x',
    selector: { label: 'stable' },
    given: ':stable',
  })
  assert.deepEqual(reads(`x:${'9'.repeat(30)}`), {
    ...plain,
    ...{ key: 'x', name: 'x', selector: { number: Number.MAX_SAFE_INTEGER }, given: `:${'9'.repeat(30)}` },
  })
  assert.deepEqual(reads('arn:aws:ssm:eu-west-1:444455556666:parameter/a/b:stable'), {
    ...{ key: 'a/b', name: '/a/b', byArn: true, cell: { account: '444455556666', region: 'eu-west-1' } },
    ...{ selector: { label: 'stable' }, given: ':stable', reference: undefined },
  })
  const ofEverybody = reads('arn:aws:ssm:us-east-1::parameter/aws/service/list/ecs')
  assert.ok(typeof ofEverybody === 'object')
  assert.deepEqual(ofEverybody.cell, { account: '', region: 'us-east-1' })
})

test('a reference to Secrets Manager keeps all behind its prefix as it was sent (parameterstore.md 11)', () => {
  const asked = reads('/aws/reference/secretsmanager/app/db+x@y=:AWSPREVIOUS')
  assert.ok(typeof asked === 'object')
  assert.equal(asked.reference, 'app/db+x@y=:AWSPREVIOUS')
  assert.equal(asked.given, ':AWSPREVIOUS')
  assert.equal(asked.key, 'aws/reference/secretsmanager/app/db+x@y=')
  assert.equal(asked.name, '/aws/reference/secretsmanager/app/db+x@y=')
})

test('traps 22 and 45: a path takes a slash at its end; a bad one is told with literal backslashes', () => {
  assert.equal(
    said(() => pathOf('/')),
    '',
  )
  assert.equal(
    said(() => pathOf('/a/b')),
    'a/b',
  )
  assert.equal(
    said(() => pathOf('/a/b/')),
    'a/b',
  )
  assert.equal(
    said(() => pathOf('/aws/service')),
    'aws/service',
  )
  for (const path of ['a', '', '//', '/a//b', '/a b', '/ssm', '/SSMx/a', '/a*']) {
    assert.equal(
      said(() => pathOf(path)),
      F6,
      JSON.stringify(path),
    )
  }
  assert.ok(F6.includes('\\"aws\\" or \\"ssm\\"'))
})

test('a tag call names a parameter in either spelling, and not by its ARN (parameterstore.md 7.10)', () => {
  assert.equal(
    said(() => resourceIdOf('x').key),
    'x',
  )
  assert.equal(
    said(() => resourceIdOf('/x').key),
    'x',
  )
  assert.equal(
    said(() => resourceIdOf('/a/b').key),
    'a/b',
  )
  for (const id of ['a/b', 'arn:aws:ssm:us-east-1:111122223333:parameter/x', '']) {
    assert.equal(
      said(() => resourceIdOf(id)),
      F6,
      id,
    )
  }
})

test('the level of a key is all of it before its last slash', () => {
  assert.deepEqual(['x', 'a/b', 'a/b/c'].map(parentOf), ['', 'a', 'a/b'])
})

test('whatever is sent, a name is refused or has a key that its own name gives again', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc
      .array(fc.constantFrom('/', 'a', 'aws', 'ssm', ':', '1', ' ', 'arn:', '-', '.', 'é'), { maxLength: 40 })
      .map((x) => x.join('')),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      const written = said(() => nameToWrite(text, HERE))
      if (typeof written === 'object') {
        assert.match(written.key, /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/)
        assert.deepEqual(nameToFind(written.name), written)
        const found = lookupOf(written.name, HERE)
        assert.deepEqual([found.key, found.name], [written.key, written.name])
      }
      said(() => lookupOf(text, HERE))
      said(() => pathOf(text))
    }),
    { numRuns: 2000 },
  )
})
