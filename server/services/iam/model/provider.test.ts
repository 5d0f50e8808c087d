import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { providerIn, providerUrl } from './provider.ts'

test('a URL is kept to the letter', () => {
  for (const url of [
    'token.actions.example.com',
    'Example.COM/',
    'example.com/a//b/',
    'localhost/realms/x',
    'example.com/%7Euser/a:b@c',
    '10.0.0.1/x',
  ]) {
    assert.equal(providerUrl(`https://${url}`), url)
  }
})

test('a URL has https, a host and a path, and nothing else (access.md 3.2, 3.5)', () => {
  for (const url of [
    '',
    'example.com',
    'http://example.com',
    'HTTPS://example.com',
    'https://',
    'https:///path',
    'https://example.com:443',
    'https://user@example.com',
    'https://user:pw@example.com/',
    'https://example.com?x',
    'https://example.com/?x=1',
    'https://example.com/#x',
    'https://example.com/*',
    'https://exa mple.com',
    'https://example.com/\n',
    'https://-example.com',
    'https://example..com',
    'https://[::1]/',
    'https://exämple.com',
    'https://example.com/%zz',
    'https://example.com\\@evil.example',
    ' https://example.com',
  ]) {
    const wrong = (error: unknown) =>
      error instanceof ApiError &&
      error.code === 'InvalidInput' &&
      error.message === 'Invalid Open ID Connect Provider URL'
    assert.throws(() => providerUrl(url), wrong, url)
  }
})

test('an ARN that is none is told from the ARN of something else (access.md 3.5)', () => {
  const found = { account: '111122223333', url: 'example.com/a:b/' }
  assert.deepEqual(providerIn('arn:aws:iam::111122223333:oidc-provider/example.com/a:b/'), found)
  assert.equal(providerIn('arn:aws:iam::111122223333:saml-provider/x'), undefined)
  assert.equal(providerIn('arn:aws:iam::aws:oidc-provider/x'), undefined)
  for (const none of ['example.com/aaaaaaaaaaaaaaaaaa', 'arn:aws:iam::111122223333', 'arn:aws:iam::111122223333:']) {
    assert.throws(() => providerIn(none), /^Error: Invalid ARN: {2}Could not be parsed!$|Invalid ARN: {2}Could/)
  }
})
