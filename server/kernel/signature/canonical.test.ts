import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bodyHash,
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  stringToSign,
} from './canonical.ts'
import { parseQuery } from './query.ts'
import { SignatureRefusal } from './refusal.ts'
import { HeaderIndex } from './request.ts'

test('canonicalPath takes out dot segments and doubled slashes and encodes once more', () => {
  const table = [
    ['', '/'],
    ['/', '/'],
    ['//', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a/./b//c', '/a/b/c'],
    ['/a/b/../..', '/'],
    ['/../../a', '/a'],
    ['/a%20b', '/a%2520b'],
    ['/a b', '/a%20b'],
    ['/a+b:c~d', '/a%2Bb%3Ac~d'],
    ['/\u00e9', '/%E9'],
    ['/%2e%2e/a', '/%252e%252e/a'],
    ['a/b', 'a/b'],
  ]
  for (const [path, expected] of table) assert.equal(canonicalPath(path as string), expected, path)
})

test('canonicalQuery decodes once, encodes again, and sorts by encoded name, then value', () => {
  const table = [
    ['', ''],
    ['&&', ''],
    ['a', 'a='],
    ['a=', 'a='],
    ['=', '='],
    ['=x', '=x'],
    ['b=1&a=2', 'a=2&b=1'],
    ['a=2&a=1', 'a=1&a=2'],
    ['a-b=1&a=2', 'a=2&a-b=1'],
    ['b=1&B=2&%61=3', 'B=2&a=3&b=1'],
    ['q=a+b', 'q=a%20b'],
    ['q=a%20b', 'q=a%20b'],
    ['q=a%2Bb', 'q=a%2Bb'],
    ['q=a%2fb', 'q=a%2Fb'],
    ['q=a=b', 'q=a%3Db'],
    ["q=!'()*~-._", 'q=%21%27%28%29%2A~-._'],
    ['q=%C3%A9', 'q=%C3%A9'],
    ['a=1&X-Amz-Signature=0&X-Amz-Date=2', 'X-Amz-Date=2&a=1'],
    ['x-amz-signature=0', 'x-amz-signature=0'],
  ]
  for (const [query, expected] of table) assert.equal(canonicalQuery(parseQuery(query as string)), expected, query)
})

test('canonicalHeaders trims, collapses, joins in arrival order, and keeps to the signed names', () => {
  const header = new HeaderIndex(['X-B', ' one  two ', 'Host', 'h:1', 'X-A', '1', 'x-b', '"a   b"', 'X-A', '\t2\t \t3'])
  assert.deepEqual(canonicalHeaders(header, ['host', 'x-a', 'x-b']), {
    lines: 'host:h:1\nx-a:1,2 3\nx-b:one two,"a b"\n',
    ascii: true,
  })
  assert.deepEqual(canonicalHeaders(header, ['x-a']), { lines: 'x-a:1,2 3\n', ascii: true })
})

test('canonicalHeaders says whether text and bytes differ', () => {
  assert.deepEqual(canonicalHeaders(new HeaderIndex(['A', 'caf\u00e9']), ['a']), {
    lines: 'a:caf\u00e9\n',
    ascii: false,
  })
})

test('canonicalHeaders answers undefined for a signed header that did not arrive', () => {
  assert.equal(canonicalHeaders(new HeaderIndex(['Host', 'h']), ['host', 'x-a']), undefined)
})

test('canonicalHeaders refuses folded lines and control characters in signed values', () => {
  for (const value of ['a\r\n b', 'a\nb', 'a\rb', 'a\0b', '\x0b', 'a\x7f', 'a\u0161']) {
    assert.throws(() => canonicalHeaders(new HeaderIndex(['A', value]), ['a']), SignatureRefusal, JSON.stringify(value))
  }
})

test('bodyHash of nothing is the SHA-256 of nothing', () => {
  assert.equal(bodyHash(Buffer.alloc(0)), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.equal(bodyHash(Buffer.from('{}')), '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
})

test('canonicalRequest and stringToSign have the lines of access.md 1.3', () => {
  const canonical = canonicalRequest({
    method: 'GET',
    path: '/',
    query: '',
    headers: { lines: 'host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n', ascii: true },
    signedHeaders: 'host;x-amz-date',
    bodyHash: bodyHash(Buffer.alloc(0)),
  })
  assert.equal(
    canonical,
    'GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n' +
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  )
  // The digest is the one of get-vanilla in AWS's SigV4 test suite.
  const text = stringToSign('20150830T123600Z', '20150830/us-east-1/service/aws4_request', canonical, true)
  assert.equal(
    text,
    'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n' +
      'bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63',
  )
})

test('stringToSign hashes bytes, not UTF-8, when a value is not ASCII', () => {
  const ascii = stringToSign('d', 's', 'caf\u00e9', true)
  assert.notEqual(stringToSign('d', 's', 'caf\u00e9', false), ascii)
  assert.equal(stringToSign('d', 's', 'caf\u00c3\u00a9', false), ascii)
})
