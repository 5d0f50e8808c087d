import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { vaultOf } from '#kernel/sealing/keyring'
import { isOurs, MOST_TOKEN, openToken, packed, type SessionContent, sealToken } from './session-token.ts'

const keyring = () => vaultOf(new Map([[1, createSecretKey(randomBytes(32))]]), systemRandom)
const vault = keyring()
const KEY = 'ASIAQNZGKIQY56JQ7WML'

const plain: SessionContent = {
  kind: 'role',
  account: '111122223333',
  principal: 'AROAMK3NM24AH3AS2YBOA',
  name: 's1',
  issuedAt: 1_773_570_600_000,
  expiresAt: 1_773_574_200_000,
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sourceIdentity: undefined,
  provider: undefined,
  policy: undefined,
  policyArns: [],
  tags: new Map(),
  transitive: new Set(),
}

const name = fc.stringMatching(/^[\w+=,.@-]{2,64}$/)
const content = fc.record({
  kind: fc.constantFrom('role' as const, 'user' as const, 'federated' as const),
  account: fc.stringMatching(/^[0-9]{12}$/),
  principal: fc.stringMatching(/^AROA[A-Z2-7]{17}$/),
  name,
  issuedAt: fc.nat(),
  expiresAt: fc.nat(),
  secret: fc.stringMatching(/^[A-Za-z0-9+/]{40}$/),
  sourceIdentity: fc.option(name, { nil: undefined }),
  provider: fc.option(fc.stringMatching(/^arn:aws:iam::[0-9]{12}:oidc-provider\/[a-z./]{1,255}$/), { nil: undefined }),
  policy: fc.option(fc.string({ minLength: 1, maxLength: 300 }), { nil: undefined }),
  policyArns: fc.array(fc.string({ maxLength: 60 }), { maxLength: 10 }),
  tags: fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { maxLength: 10 }).map((tags) => new Map(tags)),
  transitive: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }).map((keys) => new Set(keys)),
})

test('a token opens to what was sealed, for its own access key alone, and is shorter than 4,096 characters', () => {
  fc.assert(
    fc.property(content, (sealed) => {
      const pack = packed(sealed)
      if (pack !== undefined && pack.percent > 100) return
      const token = sealToken(vault, KEY, sealed, pack)
      assert.ok(token.length <= MOST_TOKEN)
      assert.match(token, /^SRv1[A-Za-z0-9_-]+$/)
      // Without policies and tags, keys of tags that go on have nothing to go on with.
      const expected = pack === undefined ? { ...sealed, transitive: new Set() } : { ...sealed }
      assert.deepEqual(openToken(vault, KEY, token), expected)
      assert.equal(openToken(vault, 'ASIAQNZGKIQY56JQ7WMA', token), undefined)
    }),
    { numRuns: 300 },
  )
})

test('the longest head and a full room still give a token below 4,096 characters', () => {
  const full: SessionContent = {
    ...plain,
    name: 'n'.repeat(64),
    sourceIdentity: 'i'.repeat(64),
    provider: `arn:aws:iam::111122223333:oidc-provider/${'p'.repeat(255)}`,
    tags: new Map([['noise', systemRandom.bytes(1640).toString('base64')]]),
  }
  const pack = packed(full)
  assert.ok(pack !== undefined && pack.percent > 70 && pack.percent <= 100, `${pack?.percent}`)
  assert.ok(sealToken(vault, KEY, full, pack).length <= MOST_TOKEN)
  // To the last byte of the room.
  const brim = sealToken(vault, KEY, full, { bytes: Buffer.alloc(2200), percent: 100 })
  assert.ok(brim.length <= MOST_TOKEN, `${brim.length}`)
})

test('what does not fit into the room is more than 100 percent', () => {
  const tags = new Map(Array.from({ length: 50 }, (_, i) => [`k${i}`, systemRandom.bytes(96).toString('base64')]))
  assert.ok((packed({ ...plain, tags })?.percent ?? 0) > 100)
  // Even what deflates well is bounded as it is.
  assert.ok((packed({ ...plain, policy: ' '.repeat(300_000) })?.percent ?? 0) > 100)
  assert.equal(packed(plain), undefined)
})

test('a token that was altered anywhere, cut or stretched does not open', () => {
  const token = sealToken(vault, KEY, plain)
  for (let at = 0; at < token.length; at++) {
    for (const other of ['A', 'z', '-', '=', ' ', 'é']) {
      if (token[at] === other) continue
      const altered = token.slice(0, at) + other + token.slice(at + 1)
      assert.equal(openToken(vault, KEY, altered), undefined, `${other} at ${at}`)
    }
    assert.equal(openToken(vault, KEY, token.slice(0, at)), undefined, `cut at ${at}`)
  }
  for (const more of [`${token}A`, `${token}=`, ` ${token}`, `${token}\n`, token.replace('SRv1', 'srv1'), '', 'SRv1']) {
    assert.equal(openToken(vault, KEY, more), undefined)
  }
  assert.deepEqual(openToken(vault, KEY, token), plain)
})

test('tokens of another deployment, and other texts sealed by this one, do not open', () => {
  assert.equal(openToken(keyring(), KEY, sealToken(vault, KEY, plain)), undefined)
  const other = `SRv1${vault.wrap('iam/access-key', Buffer.from('x'), [KEY]).toString('base64url')}`
  assert.equal(openToken(vault, KEY, other), undefined)
  assert.equal(isOurs(other), true)
  assert.equal(isOurs('IQoJb3JpZ2luX2VjE'), false)
})

test('a version of a later server does not open', () => {
  const later = `SRv1${vault.wrap('sts/session', Buffer.from([2, 0, 0]), [KEY]).toString('base64url')}`
  assert.equal(openToken(vault, KEY, later), undefined)
})

test('a bomb would not go off: what inflates to more than 256 KiB is an error', () => {
  const head = Buffer.from(JSON.stringify(['role', '1', 'A', 's', 0, 0, 'x', null, null]))
  const bomb = deflateRawSync(Buffer.alloc(2 * 1024 * 1024), { level: 9 })
  const bytes = Buffer.concat([Buffer.from([1, 0, head.length]), head, bomb])
  const token = `SRv1${vault.wrap('sts/session', bytes, [KEY]).toString('base64url')}`
  assert.ok(token.length < MOST_TOKEN)
  assert.throws(() => openToken(vault, KEY, token), RangeError)
})

test('a text of megabytes is refused unread', () => {
  assert.equal(openToken(vault, KEY, `SRv1${'A'.repeat(8_000_000)}`), undefined)
})
