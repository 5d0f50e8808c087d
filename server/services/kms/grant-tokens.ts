import { createHmac, timingSafeEqual } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { boundBytes } from '#kernel/sealing/bound'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Grant } from './model/grants.ts'
import type { KeyStore } from './store.ts'

/**
 * Grant tokens: `account/region/key/grant/nonce` and its MAC. They name a grant to who may retire it, and give no right of
 * their own: a grant counts here from the moment it is made, for its grantee. Source: kms.md 9.2.
 */

const LABEL = 'kms/grant-token'
const MAC = 32
const NONCE = 16
const FORM = /^([0-9]{12})\/([a-z0-9-]+)\/([a-z0-9-]+)\/([0-9a-f]{64})\/[0-9a-f]{32}$/
const TOKEN = /^[A-Za-z0-9_-]+$/

/** A new token of a grant; each is another one. */
export function tokenOf({ account, region, keyId, id }: Grant, vault: Vault, random: Random): string {
  const text = [account, region, keyId, id, random.bytes(NONCE).toString('hex')].join('/')
  return Buffer.concat([Buffer.from(text, 'latin1'), macOf(text, vault)]).toString('base64url')
}

/** Where the grant of a token stands; throws InvalidGrantTokenException for what no key here has issued. */
export function readToken(token: string, vault: Vault) {
  const bytes = TOKEN.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0)
  const text = bytes.subarray(0, -MAC).toString('latin1')
  const [, account, region, id, grantId] = FORM.exec(text) ?? []
  if (account === undefined || region === undefined || id === undefined || grantId === undefined) throw invalidToken()
  if (!timingSafeEqual(bytes.subarray(-MAC), macOf(text, vault))) throw invalidToken()
  return { key: { account, region, id }, grantId }
}

/** Throws InvalidGrantTokenException unless each token is one of a grant that is there. */
export async function checkTokens(
  tokens: readonly string[] | undefined,
  { keys, vault }: { readonly keys: KeyStore; readonly vault: Vault },
): Promise<void> {
  for (const token of tokens ?? []) {
    const { key, grantId } = readToken(token, vault)
    if ((await keys.grants.find(key, grantId)) === undefined) throw invalidToken()
  }
}

export const invalidToken = (): ApiError => new ApiError('InvalidGrantTokenException')

function macOf(text: string, vault: Vault): Buffer {
  return createHmac('sha256', vault.macKey(LABEL))
    .update(boundBytes(['strongroom/grant-token/v1', text]))
    .digest()
}
