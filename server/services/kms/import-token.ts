import { createPrivateKey, type KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { SealBroken } from '#kernel/sealing/broken'
import type { Vault } from '#kernel/sealing/vault'
import { type Wrapping, WRAPPINGS } from './asymmetric/wrapping.ts'
import type { Key } from './model/key.ts'

/**
 * Import tokens: the private half of the wrapping key itself, sealed for the key that it is meant for. Nothing is stored, and
 * a token does not end with a restart. `u64be(expires, ms) | algorithm(1) | PKCS#8`.
 */

const LABEL = 'kms/import-token'
const HEAD = 9

/** The key that a token is for. */
type Meant = Pick<Key, 'account' | 'region' | 'id'>

const boundTo = ({ account, region, id }: Meant) => [account, region, id]

/** The caller zeroes the private half. */
export function importToken(
  vault: Vault,
  key: Meant,
  { algorithm, expiresAt, pkcs8 }: { algorithm: Wrapping; expiresAt: number; pkcs8: Buffer },
): Buffer {
  const content = Buffer.alloc(HEAD + pkcs8.length)
  content.writeBigUInt64BE(BigInt(expiresAt))
  content[8] = WRAPPINGS.indexOf(algorithm)
  content.set(pkcs8, HEAD)
  const token = vault.wrap(LABEL, content, boundTo(key))
  content.fill(0)
  return token
}

/**
 * Opens a token. Throws InvalidImportTokenException for one of another key or one that is none (no text, recorded), and
 * ExpiredImportTokenException.
 */
export function openImportToken(
  vault: Vault,
  key: Meant,
  token: Uint8Array,
  now: number,
): { readonly algorithm: Wrapping; readonly privateKey: KeyObject } {
  let content: Buffer
  try {
    content = vault.unwrap(LABEL, token, boundTo(key))
  } catch (error) {
    if (error instanceof SealBroken) throw new ApiError('InvalidImportTokenException')
    throw error
  }
  try {
    if (Number(content.readBigUInt64BE()) <= now) throw new ApiError('ExpiredImportTokenException')
    const algorithm = WRAPPINGS[content[8] as number]
    if (algorithm === undefined) throw new ApiError('InvalidImportTokenException')
    const privateKey = createPrivateKey({ key: content.subarray(HEAD), format: 'der', type: 'pkcs8' })
    return { algorithm, privateKey }
  } finally {
    content.fill(0)
  }
}
