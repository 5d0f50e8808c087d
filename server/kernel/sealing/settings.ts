import type { Secret } from '#kernel/values/bytes'

/** Which seal a server or a command opens its store with, as its settings say it. Paths are absolute. */
export type SealSettings =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'passphrase'; readonly passphrase: Secret }
  | ShamirSettings
  | KmsSettings
  | Pkcs11Settings

/** Shares: those in files, then those that a person types. */
export interface ShamirSettings {
  readonly kind: 'shamir'
  readonly shareFiles: readonly string[]
  /** Asks for a secret, which is not shown while it is typed; not there where nobody sits at a terminal. */
  ask?(prompt: string): Promise<string>
}

/** A key of another service that speaks the wire of AWS KMS. */
export interface KmsSettings {
  readonly kind: 'kms'
  readonly endpoint: string
  readonly region: string
  /** Id, ARN or alias. */
  readonly keyId: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken?: Secret | undefined
  /** Certificate authorities in PEM that its server may have, besides the public ones. */
  readonly caPath?: string | undefined
}

/** A key in a token that a library of PKCS #11 reaches. */
export interface Pkcs11Settings {
  readonly kind: 'pkcs11'
  /** The library, an `.so`. */
  readonly module: string
  /** The token's label. */
  readonly token: string
  /** The key's label. */
  readonly key: string
  readonly pin: Secret
}
