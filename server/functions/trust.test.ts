import assert from 'node:assert/strict'
import { getCACertificates } from 'node:tls'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import type { DatabaseSecret } from './function.ts'
import { withAuthorities } from './trust.ts'

test("the server's authorities count besides the public ones, unless the secret names one itself", () => {
  const secret: DatabaseSecret = { engine: 'x', host: 'h', username: 'u', password: new Secret('p'), tls: 'try' }
  assert.equal(withAuthorities(secret, undefined), secret)
  assert.equal(withAuthorities({ ...secret, ca: 'own' }, 'server').ca, 'own')
  assert.equal(withAuthorities({ ...secret, tls: 'never' }, 'server').ca, undefined)
  for (const authorities of ['server', 'another', 'another']) {
    const { ca = '' } = withAuthorities({ ...secret, tls: 'require' }, authorities)
    assert.ok(ca.endsWith(`\n${authorities}`))
    assert.ok(ca.startsWith(getCACertificates('default')[0] as string))
  }
})
