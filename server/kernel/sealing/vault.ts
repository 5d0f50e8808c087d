import type { KeyObject } from 'node:crypto'

/**
 * What stands between the store and key material (kms.md 13.4, levels 0 to 2): the seal opens the root key, the root key
 * opens the keyring, the keyring's labelled keys wrap what is stored. The bytes stay in OpenSSL's memory (KeyObject).
 */
export interface Vault {
  /** Encrypts under the keyring key of `label`; `bound` is authenticated: the identity of the row it will stand in. */
  wrap(label: string, plaintext: Uint8Array, bound: readonly string[]): Buffer
  /** Opens what `wrap` made with the same label and identity; throws when either differs or a byte was changed. */
  unwrap(label: string, wrapped: Uint8Array, bound: readonly string[]): Buffer
  /** A MAC key for ids and audit, derived for `label`. */
  macKey(label: string): KeyObject
  /** Forgets the keys. */
  close(): void
}
