import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { mint, newKey } from '../test/issuer.ts'
import { isSigned, parseToken } from './token.ts'

const key = newKey('ES256', 'k1')
const token = mint(key, { iss: 'https://token.example.com', sub: 'a' })

/** The token, or undefined for the one refusal that there is. */
function parsed(text: string) {
  try {
    return parseToken(text)
  } catch (error) {
    assert.ok(error instanceof ApiError && error.code === 'InvalidIdentityToken', String(error))
    return undefined
  }
}

test('any text is a token or InvalidIdentityToken, never an accident', () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.string(),
  )
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
      (text) => void parsed(text),
    ),
  )
  const header = Buffer.from('{"alg":"ES256"}').toString('base64url')
  const claims = fc.json().map((json) => `${header}.${Buffer.from(json).toString('base64url')}.AAAA`)
  fc.assert(fc.property(claims, (text) => void parsed(text)))
})

test('a token with any one character changed is not signed', async () => {
  assert.equal(await isSigned(parseToken(token), [key.publicKey]), true)
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'Q' : 'A'
    const changed = parsed(token.slice(0, at) + other + token.slice(at + 1))
    if (changed === undefined) continue
    // The last character of 64 bytes has four bits that say nothing; they may differ.
    const same = Buffer.from(changed.text.split('.')[2] ?? '', 'base64url').equals(
      Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    )
    assert.equal(await isSigned(changed, [key.publicKey]), at >= token.lastIndexOf('.') && same, `at ${at}`)
  }
})

test('each key is tried, and one of them must have signed', async () => {
  const stranger = newKey('ES256').publicKey
  assert.equal(await isSigned(parseToken(token), [stranger, key.publicKey]), true)
  assert.equal(await isSigned(parseToken(token), [stranger]), false)
  assert.equal(await isSigned(parseToken(token), []), false)
})
