import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { Capture } from './capture.ts'
import { Hidden, valuesIn } from './hidden.ts'

const scrubbed = (text: string, ...values: string[]) =>
  new Hidden(values.map((value) => new Secret(value))).scrub(Buffer.from(text)).toString()

const value = `p"a\\s's/w+ö rd&=?`
const json = JSON.stringify(value)

const forms: readonly (readonly [what: string, text: string])[] = [
  ['as it is', value],
  ['as JSON', json.slice(1, -1)],
  ['as JSON of Python', json.slice(1, -1).replace('ö', '\\u00f6')],
  ['as JSON in JSON', JSON.stringify(json.slice(1, -1)).slice(1, -1)],
  ['as JSON with escaped slashes', json.slice(1, -1).replaceAll('/', '\\/')],
  ['as Python shows it', `p"a\\\\s\\'s/w+ö rd&=?`],
  ['percent-encoded', encodeURIComponent(value)],
  ['percent-encoded in lower case', encodeURIComponent(value).replace(/%../g, (at) => at.toLowerCase())],
  ['as a form', new URLSearchParams({ v: value }).toString().slice(2)],
  ['in hexadecimal', Buffer.from(value).toString('hex')],
  ['in base64', Buffer.from(value).toString('base64')],
  ['in base64 for URLs', Buffer.from(value).toString('base64url')],
]
for (const [what, text] of forms) {
  test(`a value is hidden ${what}`, () => {
    const out = scrubbed(`before ${text} after`, value)
    assert.match(out, /^before \*\*\*\*=* after$/)
  })
}

test('a value is hidden in base64 of something longer, wherever it stands in it', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
    const out = scrubbed(Buffer.from(`${before}correct horse battery`).toString('base64'), 'correct horse')
    const left = Buffer.from(out.replace(/\*\*\*\*/, '').slice(0, -4), 'base64').toString('latin1')
    assert.ok(out.includes('****') && !/horse|orrec/.test(left), out)
  }
})

test('values that overlap, and those in others, leave no rest', () => {
  assert.equal(scrubbed('xabcdefx', 'abcd', 'cdef'), 'x****x')
  assert.equal(scrubbed('xabcdefghx', 'abcdefgh', 'cdef'), 'x****x')
})

test('the texts in a secret of JSON are values of their own, but for the words of a connection', () => {
  const secret =
    '{"engine":"postgres","host":"db.example.com","username":"app","password":"hunter22","extra":["deep-one"],"port":5432}'
  assert.deepEqual(valuesIn(secret), [secret, 'hunter22', 'deep-one'])
  assert.equal(
    scrubbed('postgres app@db.example.com hunter22 deep-one', secret),
    'postgres app@db.example.com **** ****',
  )
})

test('no printable value of four characters or more stays in what is printed', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), (secret, around) => {
      fc.pre(Buffer.byteLength(secret) >= 4 && !'****'.includes(secret) && !secret.includes('*'))
      const out = scrubbed(`${around}${secret}${around}`, secret)
      assert.ok(!out.includes(secret), out)
    }),
  )
})

const lines = (capture: Capture, ...values: string[]) => capture.take(new Hidden(values)).map(({ text }) => text)

test('a value that comes in pieces is hidden, also when the other stream prints in between', () => {
  const capture = new Capture()
  capture.add('out', Buffer.from('key: sup'), 1)
  capture.add('err', Buffer.from('warning\n'), 2)
  capture.add('out', Buffer.from('er-sec'), 3)
  capture.add('out', Buffer.from('ret.\nnext\n'), 4)
  assert.deepEqual(lines(capture, 'super-secret'), ['key: ****.', 'warning', 'next'])
})

test('a value of several lines is hidden, whole and line by line', () => {
  const pem = '-----BEGIN KEY-----\nMIIabcdefgh\nqrstuvwxyz\n-----END KEY-----'
  const capture = new Capture()
  capture.add('out', Buffer.from(`got ${pem} end\nMIIabcdefgh\r\n`), 1)
  assert.deepEqual(lines(capture, pem), ['got **** end', '****\r'])
})

test('a value at the place where output is cut off is not shown in part', () => {
  const secret = 'correct-horse-battery-staple'
  for (const shift of [1, 10, 27]) {
    const capture = new Capture()
    // The beginning that is kept has 524,288 bytes.
    capture.add('out', Buffer.from(`${'x'.repeat(524_288 - shift)}${secret}${'y'.repeat(200_000)}\n`), 1)
    const text = lines(capture, secret).join('\n')
    assert.match(text, /bytes of output were dropped/)
    assert.ok(!text.includes('corr') && !text.includes('aple'), `cut ${shift} bytes into it`)
  }
})

test('lines have the time at which they began to come, and stand in the order of that', () => {
  const capture = new Capture()
  capture.say('START', 10)
  capture.add('out', Buffer.from('a'), 11)
  capture.add('err', Buffer.from('b\n'), 12)
  capture.add('out', Buffer.from('c\nd'), 13)
  capture.say('END', 14)
  assert.deepEqual(capture.take(new Hidden([])), [
    { time: 10, text: 'START' },
    { time: 11, text: 'ac' },
    { time: 12, text: 'b' },
    { time: 13, text: 'd' },
    { time: 14, text: 'END' },
  ])
  assert.deepEqual(capture.take(new Hidden([])), [])
})

test('when there are too many values to look for, output is withheld', () => {
  const capture = new Capture()
  capture.add('out', Buffer.from('a secret\n'), 1)
  const many = Array.from({ length: 201 }, (_, at) => `value-${at}`)
  assert.deepEqual(lines(capture, ...many), [
    '[9 bytes of output were withheld: the function handled too many secret values]',
  ])
})

test('output in single bytes is kept in few pieces, and whole', () => {
  const capture = new Capture()
  for (let at = 0; at < 700_000; at++)
    capture.add('out', Buffer.from([at % 80 === 79 ? 10 : 97]), Math.floor(at / 1000))
  const text = lines(capture, 'nothing').join('\n')
  assert.match(text, /\[\d+ bytes of output were dropped\]/)
  assert.ok(text.length > 570_000 && text.length < 600_000, String(text.length))
})
