import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { signature } from './webhook-signature.ts'

const KEY = 'signing-key-of-at-least-32-characters'
const BODY = '{"step":"createSecret","apiKey":"é"}'

test('the signature is what openssl makes of the time, a full stop and the body', () => {
  const made = signature(BODY, createSecretKey(KEY, 'utf8'), 1_767_225_600_999)
  const theirs = execFileSync('openssl', ['dgst', '-sha256', '-hmac', KEY, '-r'], { input: `1767225600.${BODY}` })
  assert.equal(made, `t=1767225600,v1=${theirs.toString().slice(0, 64)}`)
})
