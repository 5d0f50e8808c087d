import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Message, pattern } from './pattern.ts'

const check = (text: string, message: string, expected: boolean) =>
  assert.equal(pattern(text).matches(new Message(message)), expected, `${text}  on  ${message}`)

test('terms: all of them, quoted ones, none of the excluded, any of the optional (user guide: filter pattern syntax)', () => {
  check('', 'anything', true)
  check('ERROR', '[ERROR 400] BAD REQUEST', true)
  check('ERROR', '[error 400]', false)
  check('ERROR ARGUMENTS', 'ERROR 419 MISSING ARGUMENTS', true)
  check('ERROR ARGUMENTS', 'ERROR 400', false)
  check('?ERROR ?WARN', 'WARN: x', true)
  check('?ERROR ?WARN', 'INFO', false)
  check('"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true)
  check('ERROR -ARGUMENTS', 'ERROR 419 MISSING ARGUMENTS', false)
  check('ERROR -ARGUMENTS', 'ERROR 400 BAD', true)
  check('-"a b" x', 'a b x', false)
  // beside others optional terms are passed over
  check('?ERROR WARN', 'WARN', true)
  check('"say \\"no\\""', 'they say "no"', true)
})

test('regular expressions: classes, repetitions, branches, ends (user guide: supported regex syntax)', () => {
  check('%AUTHORIZED%', 'UNAUTHORIZED', true)
  check('%^\\d{3}$%', '404', true)
  check('%^\\d{3}$%', '4040', false)
})

test('regular expressions without groups', () => {
  for (const [source, message, expected] of [
    ['colou?r', 'the color', true],
    ['^ab*c', 'ac', true],
    ['^ab*c', 'xac', false],
    ['[a-c]{2,3}x', 'zbcx', true],
    ['[^0-9]+$', '12ab', true],
    ['[^0-9]+$', 'ab12', false],
    ['GET|POST', 'a POST', true],
    ['\\x41\\.\\w+', 'A.b', true],
    ['a.c', 'abc', true],
    ['\\/x', '/x', true],
  ] as const)
    check(`%${source}%`, message, expected)
})

test('an expression takes time linear in the text, whatever it is', () => {
  check(`%${'a*'.repeat(60)}b%`, 'a'.repeat(100_000), false)
})

test('JSON: comparisons, wildcards, IS, EXISTS, lists, brackets (surroundings.md 3)', () => {
  const trail = JSON.stringify({
    eventName: 'GetSecretValue',
    errorMessage: "You can't perform this operation on the secret because it was marked for deletion.",
    n: 3,
    list: [{ a: 'x' }, 'y'],
    nothing: null,
    yes: true,
  })
  const classic = '{ $.eventName = "GetSecretValue" && $.errorMessage = "*secret because it was marked for deletion*" }'
  check(classic, trail, true)
  check(classic, '{"eventName":"GetSecretValue"}', false)
  check('{ $.n >= 1 }', trail, true)
  check('{ $.n = 3 }', trail, true)
  check('{ $.n = 3* }', trail, true)
  check('{ $.n != 3 }', trail, false)
  check('{ $.n < 2.5e0 }', trail, false)
  check('{ $.list[0].a = x }', trail, true)
  check('{ $.list[1] = "y" }', trail, true)
  check('{ $.list[2] = "y" }', trail, false)
  check('{ $.nothing IS NULL }', trail, true)
  check('{ $.n IS NULL }', trail, false)
  check('{ $.gone NOT EXISTS }', trail, true)
  check('{ $.gone IS NULL }', trail, false)
  check('{ $.yes IS TRUE }', trail, true)
  check('{ $.yes IS FALSE }', trail, false)
  check('{ ($.n = 1 || $.n = 3) && $.yes IS TRUE }', trail, true)
  check('{ $.n = 1 || $.n = 3 && $.yes IS FALSE }', trail, false)
  check('{ $.eventName = %^Get.*Value$% }', trail, true)
  check('{ $.gone != "x" }', trail, false)
  check('{ $.n = "3" }', trail, false)
  check('{ $.n = 3 }', 'no JSON', false)
  check('{$.a.b="x*"&&($.n>=1||$.c IS NULL)}', '{"a":{"b":"xyz"},"n":0,"c":null}', true)
})

test('nothing of a prototype is a field', () => {
  check('{ $.constructor EXISTS }', '{}', false)
  check('{ $.__proto__ EXISTS }', '{}', false)
})

test('space-delimited: names, conditions, gaps, quotation marks and brackets (user guide)', () => {
  const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 404 1534'
  check('[ip, id, user, timestamp, request, status_code, size]', line, true)
  check('[ip, id, user, timestamp, request, status_code]', line, false)
  check('[ip, id, user, timestamp, request, status_code = 4*, size > 1000]', line, true)
  check('[ip, id, user, timestamp, request, status_code = 4*, size > 2000]', line, false)
  check('[..., status_code = 404, size]', line, true)
  check('[ip = %127\\.0\\.0\\.[0-9]{1,3}%, ...]', line, true)
  check('[ip, id, user, timestamp, request = *html* || request = "*gif*", status_code, size]', line, true)
  check('[w1=ERROR || w1=WARN, ...]', 'WARN x', true)
  check('[w1!=ERROR && w1!=WARN, ...]', 'WARN x', false)
})

test('what a pattern names is extracted (API_TestMetricFilter)', () => {
  const line = new Message('127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET / HTTP/1.0" 200 1534')
  const fields = pattern('[ip, identity, user_id, timestamp, request, status_code, size]')
  assert.deepEqual(fields.extract(line), {
    $ip: '127.0.0.1',
    $identity: '-',
    $user_id: 'frank',
    $timestamp: '10/Oct/2000:13:25:15 -0700',
    $request: 'GET / HTTP/1.0',
    $status_code: '200',
    $size: '1534',
  })
  assert.equal(fields.value(line, '$size'), '1534')
  const json = pattern('{ $.latency = * }')
  assert.deepEqual(json.extract(new Message('{"latency":50}')), { '$.latency': '50' })
  assert.equal(json.value(new Message('{"latency":50,"b":[7]}'), '$.b[0]'), '7')
})

test('what is no pattern is refused', () => {
  for (const wrong of [
    '{ }',
    '{ $.a }',
    '{ $.a = }',
    '{ $.a = "x }',
    '{ $.a = "x" } y',
    '{ $.a IS MAYBE }',
    '{ a = 1 }',
    '[a, b',
    '[a, ..., b, ...]',
    '[a = 1 || b = 2]',
    '"open',
    '%open',
    '%(a)%',
    '%a{1000}%',
    '%[b-a]%',
    '%a% %b% %c%',
    '- x',
    `{ ${'('.repeat(50)}$.a = 1${')'.repeat(50)} }`,
  ])
    assert.throws(() => pattern(wrong), { code: 'InvalidParameterException' }, wrong)
})

test('a pattern is read or refused, and never anything else (property)', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '$.a',
    '=',
    '"x*"',
    '&&',
    '||',
    '(',
    ')',
    '%a+%',
    '-',
    '?',
    ' ',
    '1',
    'IS',
    'NULL',
    ',',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 15 }).map((all) => all.join('')),
        fc.string(),
      ),
      fc.string(),
      (text, message) => {
        try {
          pattern(text).matches(new Message(message))
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'InvalidParameterException')
        }
      },
    ),
  )
})
