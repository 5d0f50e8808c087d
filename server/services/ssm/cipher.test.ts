import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { Cipher, wordedFor } from './cipher.ts'
import { arnOf, trial } from './test/trial.ts'

const owner = (name: string, id = 'id-1') => ({ account: '111122223333', region: 'us-east-1', id, arn: arnOf(name) })

test('a value of another row, version, type or parameter does not open', async () => {
  await using one = await trial()
  const keys = one.keys.keysFor(undefined as never, one.request(), 'ssm')
  const cipher = new Cipher(one.vault, () => keys, systemRandom)
  const text = { type: 'String', tier: 'Standard', keyId: undefined } as const
  const content = await cipher.seal(owner('/a'), 1, text, 'v')
  const opens = async (of: ReturnType<typeof owner>, number: number, type: 'String' | 'StringList') =>
    cipher.open(of, { number, type, tier: 'Standard', content })
  assert.equal(await opens(owner('/a'), 1, 'String'), 'v')
  await assert.rejects(opens(owner('/a'), 2, 'String'))
  await assert.rejects(opens(owner('/b'), 1, 'String'))
  await assert.rejects(opens(owner('/a', 'id-2'), 1, 'String'))
  await assert.rejects(opens(owner('/a'), 1, 'StringList'))
})

test('a ciphertext moved to another name does not open: its context differs (5)', async () => {
  await using one = await trial()
  const keys = one.keys.keysFor(undefined as never, one.request(), 'ssm')
  const cipher = new Cipher(one.vault, () => keys, systemRandom)
  for (const tier of ['Standard', 'Advanced'] as const) {
    const content = await cipher.seal(owner('/a'), 1, { type: 'SecureString', tier, keyId: undefined }, 'v')
    const version = { number: 1, type: 'SecureString', tier, content } as const
    assert.equal(await cipher.open(owner('/a'), version), 'v')
    await assert.rejects(async () => cipher.open(owner('/b'), version))
  }
})

test('KMS’s refusals in Systems Manager’s words (5, frame recorded)', () => {
  const worded = (doing: 'encrypt' | 'decrypt', error: ApiError) => {
    const { code, status, message } = wordedFor(doing, error, 'id')
    return [code, status, message]
  }
  const frame = (code: string) =>
    `(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: id; Proxy: null)`
  assert.deepEqual(worded('encrypt', new ApiError('NotFoundException', "Key 'k' does not exist")), [
    ...['InvalidKeyId', 400, `Key 'k' does not exist ${frame('NotFoundException')}`],
  ])
  assert.deepEqual(worded('encrypt', new ApiError('AccessDeniedException', 'User: u is not')), [
    ...['AccessDeniedException', 400, `User: u is not ${frame('AccessDeniedException')}`],
  ])
  for (const error of [new ApiError('KMSInternalException', '', 500), new ApiError('InvalidCiphertextException')]) {
    assert.deepEqual(worded('decrypt', error).slice(0, 2), ['InternalServerError', 500])
  }
})
