import assert from 'node:assert/strict'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import type { Work } from './digests.ts'
import { MESSAGE, PKCS1_VALID, RSA_PKCS8 } from './test/vectors.ts'
import { DigestThread } from './thread.ts'

const digest = createHash('sha256').update(MESSAGE).digest()

test('the thread answers many at once, each its own', async () => {
  const thread = new DigestThread()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const texts = Array.from({ length: 40 }, (_, i) => Buffer.from(`message ${i}`))
  const works = texts.map(
    (text): Work => ({
      spec: 'ECC_NIST_P256',
      algorithm: 'ECDSA_SHA_256',
      digest: createHash('sha256').update(text).digest(),
    }),
  )
  const signatures = await Promise.all(works.map((work) => thread.sign(work, privateKey)))
  for (const [i, signature] of signatures.entries())
    assert.equal(verify('sha256', texts[i] as Buffer, publicKey, signature), true)
  const verified = await Promise.all(
    works.map((work, i) => thread.verify(work, publicKey, signatures[(i + 1) % 40] as Uint8Array)),
  )
  assert.ok(verified.every((valid) => !valid))
})

test('work that can’t be done fails alone, and the thread goes on', async () => {
  const thread = new DigestThread()
  const key = createPrivateKey({ key: RSA_PKCS8, format: 'der', type: 'pkcs8' })
  const work: Work = { spec: 'RSA_2048', algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', digest }
  const [bad, good] = await Promise.allSettled([
    thread.sign({ ...work, spec: 'ECC_NIST_P256' }, key),
    thread.sign(work, key),
  ])
  assert.equal(bad.status, 'rejected')
  assert.deepEqual(good.status === 'fulfilled' && Buffer.from(good.value), PKCS1_VALID)
  assert.equal(await thread.verify(work, createPublicKey(key), PKCS1_VALID), true)
  assert.equal(await thread.verify(work, createPublicKey(key), Buffer.alloc(0)), false)
})
