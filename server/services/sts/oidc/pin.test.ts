import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { type Certified, selfSigned } from '../../../test/certificate.ts'
import { issuer } from '../test/issuer.ts'
import { fetchText, Unacceptable } from './fetch.ts'
import { isPinned } from './pin.ts'

const NOW = Date.UTC(2026, 2, 15)
const thumbprint = (certificate: X509Certificate) => certificate.fingerprint.replaceAll(':', '')
const certificate = new X509Certificate(selfSigned().certificate)
const pins = [thumbprint(certificate)]

test('a certificate is pinned by its SHA-1, whatever the case of its digits', () => {
  assert.equal(isPinned(certificate, 'localhost', pins, NOW), true)
  assert.equal(isPinned(certificate, '127.0.0.1', [(pins[0] as string).toLowerCase()], NOW), true)
  assert.equal(isPinned(certificate, 'localhost', [], NOW), false)
  assert.equal(isPinned(undefined, 'localhost', pins, NOW), false)
  assert.equal(isPinned(certificate, 'localhost', ['0'.repeat(40)], NOW), false)
})

test('a pinned certificate must be the host’s, and of this time', () => {
  assert.equal(isPinned(certificate, 'other.example.com', pins, NOW), false)
  assert.equal(isPinned(certificate, '127.0.0.2', pins, NOW), false)
  assert.equal(isPinned(certificate, 'localhost', pins, Date.UTC(2019, 0)), false)
  assert.equal(isPinned(certificate, 'localhost', pins, Date.UTC(2050, 6)), false)
})

test('an authority that did not sign the certificate proves nothing by being named', () => {
  // The same name, another key: what an attacker would send along.
  const other = new X509Certificate(selfSigned().certificate)
  assert.equal(isPinned(certificate, 'localhost', [thumbprint(other)], NOW), false)
})

/** What comes of a fetch from a server with this certificate, and what else it sends along. */
async function fetched(certified: Certified, pinned: string): Promise<string> {
  await using one = await issuer([], { certified })
  one.handler = (_request, response) => response.end('fine')
  return await fetchText(
    {
      url: one.url,
      mostBytes: 100,
      thumbprints: [thumbprint(new X509Certificate(pinned))],
      now: NOW,
      signal: AbortSignal.timeout(5000),
    },
    { privateIssuers: true },
  )
}

test('a chain that the server sends is followed up to the pinned authority', async () => {
  const root = selfSigned({ name: 'Root' })
  const middle = selfSigned({ name: 'Middle', issuer: { name: 'Root', key: root.key } })
  const leaf = selfSigned({ name: 'Leaf', issuer: { name: 'Middle', key: middle.key } })
  const whole = { key: leaf.key, certificate: leaf.certificate + middle.certificate + root.certificate }
  assert.equal(await fetched(whole, root.certificate), 'fine')
  assert.equal(await fetched(whole, middle.certificate), 'fine')
  assert.equal(await fetched(whole, leaf.certificate), 'fine')
  const short = { key: leaf.key, certificate: leaf.certificate + middle.certificate }
  assert.equal(await fetched(short, middle.certificate), 'fine')
  await assert.rejects(fetched(short, root.certificate), Unacceptable)
  await assert.rejects(fetched(whole, selfSigned().certificate), Unacceptable)
})

test('an authority that is merely sent along proves nothing', async () => {
  const root = selfSigned({ name: 'Root' })
  // By an attacker: the names are right, the signature is not the authority's.
  const own = selfSigned({ name: 'Leaf', issuer: { name: 'Root', key: selfSigned().key } })
  await assert.rejects(
    fetched({ key: own.key, certificate: own.certificate + root.certificate }, root.certificate),
    Unacceptable,
  )
  const alone = selfSigned()
  await assert.rejects(
    fetched({ key: alone.key, certificate: alone.certificate + root.certificate }, root.certificate),
    Unacceptable,
  )
  const late = selfSigned({ name: 'Root', to: new Date('2026-01-01T00:00:00Z') })
  const leaf = selfSigned({ name: 'Leaf', issuer: { name: 'Root', key: late.key } })
  await assert.rejects(
    fetched({ key: leaf.key, certificate: leaf.certificate + late.certificate }, late.certificate),
    Unacceptable,
  )
})
