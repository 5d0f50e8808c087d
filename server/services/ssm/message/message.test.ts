import assert from 'node:assert/strict'
import { createCipheriv, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import {
  AlgorithmSuiteIdentifier,
  buildDecrypt,
  buildEncrypt,
  CommitmentPolicy,
  KmsKeyringNode,
} from '@aws-crypto/client-node'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { MessageBroken } from './broken.ts'
import { headerBytes, SINGLE_BLOCK } from './header.ts'
import { type Context, encryptMessage, readMessage } from './message.ts'

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const CONTEXT = { PARAMETER_ARN: 'arn:aws:ssm:eu-central-1:111122223333:parameter/a/b' }
const KEY = Buffer.alloc(32, 7)
const dataKey = { plaintext: KEY, blob: Buffer.from('wrapped'), keyArn: KEY_ARN }
const SUITE = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY

/** KMS as far as a keyring asks it: one data key, whose wrapping is its name. */
class OneKey {
  readonly asked: (Context | undefined)[] = []
  async generateDataKey({ EncryptionContext }: { EncryptionContext?: Context }) {
    this.asked.push(EncryptionContext)
    return { Plaintext: new Uint8Array(KEY), CiphertextBlob: new Uint8Array(dataKey.blob), KeyId: KEY_ARN }
  }
  async decrypt({ CiphertextBlob, EncryptionContext }: { CiphertextBlob: Uint8Array; EncryptionContext?: Context }) {
    assert.deepEqual(Buffer.from(CiphertextBlob), dataKey.blob)
    this.asked.push(EncryptionContext)
    return { Plaintext: new Uint8Array(KEY), KeyId: KEY_ARN }
  }
}

const keyringOf = (kms: OneKey) => new KmsKeyringNode({ clientProvider: () => kms as never, generatorKeyId: KEY_ARN })
const { encrypt } = buildEncrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

const open = (bytes: Uint8Array, context: Context = CONTEXT, key: Uint8Array = KEY) =>
  readMessage(bytes, context).open(key)
const ours = (text: string, context: Context = CONTEXT) =>
  encryptMessage(dataKey, context, Buffer.from(text), systemRandom)

test('what we write the AWS Encryption SDK reads, under the commitment policy that demands most', async () => {
  for (const text of ['', 'x', 'geheim ü €', 'v'.repeat(8192)]) {
    const kms = new OneKey()
    const { plaintext, messageHeader } = await decrypt(keyringOf(kms), ours(text))
    assert.equal(plaintext.toString('utf8'), text)
    assert.equal(messageHeader.suiteId, 0x0478)
    assert.deepEqual({ ...messageHeader.encryptionContext }, CONTEXT)
    assert.deepEqual(
      kms.asked.map((context) => ({ ...context })),
      [CONTEXT],
    )
  }
})

test('what the AWS Encryption SDK writes with this suite we read: one frame, many frames', async () => {
  for (const [text, frameLength] of [
    ['', 4096],
    ['geheim ü €', 4096],
    ['v'.repeat(8192), 4096],
    ['0123456789'.repeat(100), 7],
  ] as const) {
    const written = await encrypt(keyringOf(new OneKey()), text, {
      suiteId: SUITE,
      frameLength,
      encryptionContext: CONTEXT,
    })
    const message = readMessage(written.result, CONTEXT)
    assert.equal(message.keyArn, KEY_ARN)
    assert.deepEqual(Buffer.from(message.encryptedDataKey), dataKey.blob)
    assert.equal(message.open(KEY).toString('utf8'), text)
  }
})

test('a single block, as older programs write it, is read by us and by the AWS Encryption SDK', async () => {
  const id = Buffer.alloc(32, 3)
  const gcm = (bound: Buffer, nonce: Buffer, text: string) => {
    const info = Buffer.concat([Buffer.from([4, 0x78]), Buffer.from('DERIVEKEY')])
    const key = Buffer.from(hkdfSync('sha512', KEY, id, info, 32))
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound)
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
  }
  const header = headerBytes({
    id,
    context: new Map(Object.entries(CONTEXT)),
    keyArn: KEY_ARN,
    encryptedDataKey: dataKey.blob,
    contentType: SINGLE_BLOCK,
    frameLength: 0,
    commitment: Buffer.from(hkdfSync('sha512', KEY, id, 'COMMITKEY', 32)),
  })
  const nonce = Buffer.from('some nonce..')
  const length = Buffer.from([0, 0, 0, 0, 0, 0, 0, 5])
  const bound = Buffer.concat([
    id,
    Buffer.from('AWSKMSEncryptionClient Single Block'),
    Buffer.from([0, 0, 0, 1]),
    length,
  ])
  const message = Buffer.concat([header, gcm(header, Buffer.alloc(12), ''), nonce, length, gcm(bound, nonce, 'block')])
  assert.equal((await decrypt(keyringOf(new OneKey()), message)).plaintext.toString(), 'block')
  assert.equal(open(message).toString(), 'block')
})

test('a message with several pairs of context, in whatever order they are given', async () => {
  const context = { z: '1', ä: '2', a: 'ü'.repeat(100), PARAMETER_ARN: 'x' }
  assert.equal(open(ours('text', context), { a: context.a, PARAMETER_ARN: 'x', ä: '2', z: '1' }).toString(), 'text')
  assert.equal((await decrypt(keyringOf(new OneKey()), ours('text', context))).plaintext.toString(), 'text')
  assert.equal(open(ours('text', {}), {}).toString(), 'text')
  assert.equal((await decrypt(keyringOf(new OneKey()), ours('text', {}))).plaintext.toString(), 'text')
})

test('known answer: a message of @aws-crypto/client-node 5.0.2', () => {
  const message = Buffer.from(
    'AgR4RfKbG5d+NGh4lUaFaVf1xoeTy3LF7gbgfKGxALS8GfMARgABAA1QQVJBTUVURVJfQVJOADNhcm46YXdzOnNzbTpldS1jZW50cmFsLTE6MTExMTIyMjIzMzMzOnBhcmFtZXRlci9hL2IAAQAHYXdzLWttcwBOYXJuOmF3czprbXM6ZXUtY2VudHJhbC0xOjExMTEyMjIyMzMzMzprZXkvMTIzNGFiY2QtMTJhYi0zNGNkLTU2ZWYtMTIzNDU2Nzg5MGFiAAd3cmFwcGVkAgAAEAC2aUNMiBJzpWyBVq0H1a9JCpk3tQgLTGsuIPnjrGXkUk8ib63qYkAsURPrFIzzv0j/////AAAAAQAAAAAAAAAAAAAAAQAAAAy3fZTpC9XgbIJr0pgVYAX/VdpC3zXERySvfwUY',
    'base64',
  )
  assert.equal(open(message).toString(), 'known answer')
  // the base64 that users see of an advanced parameter begins so. Source: parameterstore.md 5
  assert.match(ours('x').toString('base64'), /^AgV4|^AgR4/)
})

test('trap 37: the context in the header is checked: a message of another parameter is none', () => {
  const other = { PARAMETER_ARN: 'arn:aws:ssm:eu-central-1:111122223333:parameter/a/c' }
  assert.throws(() => readMessage(ours('x'), other), MessageBroken)
  assert.throws(() => readMessage(ours('x', { ...CONTEXT, more: '1' }), CONTEXT), MessageBroken)
  assert.throws(() => readMessage(ours('x', {}), CONTEXT), MessageBroken)
})

test('a message opens under its data key only: the commitment is looked at first', () => {
  assert.throws(() => open(ours('x'), CONTEXT, Buffer.alloc(32, 8)), MessageBroken)
  assert.throws(() => open(ours('x'), CONTEXT, KEY.subarray(1)), MessageBroken)
})

test('no bit of a message may be changed, none may be missing, none may be there too many', () => {
  const message = ours('something secret')
  for (let at = 0; at < message.length; at++) {
    const changed = Buffer.from(message)
    changed[at] = (changed[at] as number) ^ (1 << (at % 8))
    assert.throws(() => open(changed), MessageBroken, `byte ${at}`)
  }
  for (let end = 0; end < message.length; end++)
    assert.throws(() => open(message.subarray(0, end)), MessageBroken, `${end} bytes`)
  assert.throws(() => open(Buffer.concat([message, Buffer.alloc(1)])), MessageBroken)
  assert.throws(() => open(Buffer.alloc(200_000, 2)), MessageBroken)
})

test('a frame of one message does not stand in another, nor elsewhere in its own', async () => {
  const written = await encrypt(keyringOf(new OneKey()), 'aabbcc', {
    suiteId: SUITE,
    frameLength: 2,
    encryptionContext: CONTEXT,
  })
  const frame = 4 + 12 + 2 + 16
  const body = written.result.length - (4 + 4 + 12 + 4 + 2 + 16) - 2 * frame
  assert.equal(open(written.result).toString(), 'aabbcc')
  const swapped = Buffer.from(written.result)
  // number by number they still follow each other: only what is bound to the number differs
  swapped.set(written.result.subarray(body + frame + 4, body + 2 * frame), body + 4)
  swapped.set(written.result.subarray(body + 4, body + frame), body + frame + 4)
  assert.throws(() => open(swapped), MessageBroken)
})

test('hostile bytes are a broken message, and nothing else', () => {
  const message = ours('x')
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat({ max: message.length }),
      fc.boolean(),
      (bytes, keep, replace) => {
        const hostile = replace
          ? Buffer.concat([message.subarray(0, keep), bytes, message.subarray(keep + bytes.length)])
          : Buffer.concat([message.subarray(0, keep), bytes])
        if (hostile.equals(message)) return
        assert.throws(() => open(hostile), MessageBroken)
      },
    ),
  )
})

test('two messages under one data key have nothing in common but the header', () => {
  const [a, b] = [ours('same'), ours('same')]
  assert.notDeepEqual(a.subarray(3, 35), b.subarray(3, 35))
  assert.notDeepEqual(a.subarray(-20), b.subarray(-20))
})
