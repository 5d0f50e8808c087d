import { timingSafeEqual } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Random } from '#kernel/random'
import { instead, type Soon, when } from '#kernel/values/soon'
import type { Keys } from '../kms/port.ts'
import { foreignDefaultKey, noAccessToKms } from './model/refusals.ts'
import type { Kind, Sealed, Secret, Version } from './model/secret.ts'
import type { Payload } from './model/value.ts'

/** Whose value it is: the secret's own account and region, not the caller's. */
export type Owner = Pick<Secret, 'account' | 'region' | 'arn'>

/** What a version keeps of an encrypted value. */
export type Content = Pick<Sealed, 'kind' | 'keyArn' | 'defaultKey' | 'dataKey' | 'sealed'>

/** What is needed to open a version. */
export type Openable = Pick<Sealed, 'id' | 'kind' | 'keyArn' | 'defaultKey' | 'dataKey' | 'sealed'>

/** Version id in the encryption context of calls that only look whether a key may be used. Source: secretsmanager.md 5. */
const PROBE = 'RequestToValidateKeyAccess'

/**
 * Encrypts and decrypts the values of secrets, as the caller of the request: a data key of KMS for each version, its
 * context the secret and the version, the value bound to the row it stands in. A key id without an account means a key of
 * the account that owns the secret. KMS's refusals are worded as Secrets Manager words them. Data keys live for one call
 * and are zeroed.
 */
export class Cipher {
  readonly #keys: (home: string) => Keys
  readonly #caller: string
  readonly #random: Random

  /**
   * @param keys KMS as the caller of the request; key names without an account are those of `home`
   * @param caller the caller's account
   */
  constructor(keys: (home: string) => Keys, caller: string, random: Random) {
    this.#keys = keys
    this.#caller = caller
    this.#random = random
  }

  /** Encrypts a value under the key that `keyId` names (undefined: the default key), for version `id` of the secret. */
  async seal(secret: Owner, id: string, keyId: string | undefined, { kind, bytes }: Payload): Promise<Content> {
    this.#refuseDefaultKey(secret, isDefault(keyId))
    const key = await this.#worded('encrypt', () => this.#keysOf(secret).generateDataKey(keyId, contextOf(secret, id)))
    try {
      const sealed = sealValue(key.plaintext, bytes, boundTo(secret, id, kind, key.keyArn))
      return { kind, keyArn: key.keyArn, defaultKey: isDefault(keyId), dataKey: key.blob, sealed }
    } finally {
      key.plaintext.fill(0)
    }
  }

  /** The value of a version. The caller zeroes it after use. */
  open(secret: Owner, version: Openable): Soon<Buffer> {
    this.#refuseDefaultKey(secret, version.defaultKey)
    const keys = this.#keysOf(secret)
    const key = this.#worded('decrypt', () => keys.decrypt(version.dataKey, contextOf(secret, version.id)))
    return when(key, ({ plaintext }) => {
      try {
        return openValue(plaintext, version.sealed, boundTo(secret, version.id, version.kind, version.keyArn))
      } finally {
        plaintext.fill(0)
      }
    })
  }

  /** Whether a version holds exactly this value: same member, same bytes. Needs permission to decrypt. */
  async holds(secret: Owner, version: Sealed, payload: Payload): Promise<boolean> {
    if (version.kind !== payload.kind) return false
    const value = await this.open(secret, version)
    try {
      return value.length === payload.bytes.length && timingSafeEqual(value, payload.bytes)
    } finally {
      value.fill(0)
    }
  }

  /** Looks whether the caller may use the key for secrets: a data key made and opened, then thrown away. */
  async probe(secret: Owner, keyId: string | undefined): Promise<string> {
    const keys = this.#keysOf(secret)
    const context = contextOf(secret, PROBE)
    const made = await this.#worded('encrypt', () => keys.generateDataKey(keyId, context))
    made.plaintext.fill(0)
    const opened = await this.#worded('encrypt', () => keys.decrypt(made.blob, context))
    opened.plaintext.fill(0)
    return made.keyArn
  }

  /**
   * The version under another key. Undefined when the caller may not open it with the old key or not encrypt with the
   * new one: then it stays where it is. Source: secretsmanager.md 5, re-encryption.
   */
  async rewrap(secret: Owner, version: Sealed, keyId: string | undefined): Promise<Content | undefined> {
    const keys = this.#keysOf(secret)
    const context = contextOf(secret, version.id)
    const old = await unlessRefused(() => keys.decrypt(version.dataKey, context))
    if (old === undefined) return undefined
    let value: Buffer | undefined
    try {
      const wrapped = await unlessRefused(() => keys.encrypt(keyId, old.plaintext, context))
      if (wrapped === undefined) return undefined
      const { id, kind, keyArn } = version
      value = openValue(old.plaintext, version.sealed, boundTo(secret, id, kind, keyArn))
      const sealed = sealValue(old.plaintext, value, boundTo(secret, id, kind, wrapped.keyArn))
      return { kind, keyArn: wrapped.keyArn, defaultKey: isDefault(keyId), dataKey: wrapped.blob, sealed }
    } finally {
      value?.fill(0)
      old.plaintext.fill(0)
    }
  }

  /** The full ARN of the key that `keyId` names for a secret of the account `home`, as far as the caller may know it. */
  resolve(keyId: string, home: string): Promise<string | undefined> {
    return this.#keys(home).resolve(keyId)
  }

  /** The default key is for its own account only. Source: secretsmanager.md 5, recorded. */
  #refuseDefaultKey({ account }: Owner, isDefaultKey: boolean): void {
    if (isDefaultKey && account !== this.#caller) throw foreignDefaultKey()
  }

  #keysOf({ account }: Owner): Keys {
    return this.#keys(account)
  }

  #worded<T>(doing: 'encrypt' | 'decrypt', work: () => Soon<T>): Soon<T> {
    return instead(work, (error) => {
      throw error instanceof ApiError ? wordedFor(doing, error, this.#random.uuid()) : error
    })
  }
}

function contextOf({ arn }: Owner, id: string) {
  return { SecretARN: arn, SecretVersionId: id }
}

/** The identity of the row that a value stands in: a value moved to another row, or given another key, does not open. */
function boundTo({ account, region, arn }: Owner, id: string, kind: Kind, keyArn: string): readonly string[] {
  return [account, region, arn, id, keyArn, kind]
}

/** Whether a KmsKeyId names the AWS managed key of Secrets Manager. */
function isDefault(keyId: string | undefined): boolean {
  return keyId === undefined || keyId === 'alias/aws/secretsmanager' || keyId.endsWith(':alias/aws/secretsmanager')
}

/** KmsKeyIds of ListSecretVersionIds. Source: secretsmanager.md 5, recorded. */
export function shownKeys({ kind, defaultKey, keyArn }: Version): string[] | undefined {
  if (kind === 'empty') return undefined
  return [defaultKey ? 'DefaultEncryptionKey' : keyArn]
}

async function unlessRefused<T>(work: () => Soon<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return undefined
    throw error
  }
}

/**
 * KMS's refusal in Secrets Manager's words. Assumed: the frame is the same for a key that is no longer there, and which code an asymmetric
 * key has. Source: secretsmanager.md 5, table of failures; frame recorded.
 */
export function wordedFor(doing: 'encrypt' | 'decrypt', error: ApiError, requestId: string): ApiError {
  if (error.status >= 500) return new ApiError('InternalServiceError', 'An error occurred on the server side.', 500)
  if (error.code === 'AccessDeniedException') return noAccessToKms(error.denial)
  if (error.code === 'InvalidKeyUsageException' && doing === 'encrypt') {
    return new ApiError('InvalidParameterException', 'Cannot generate a data key with an asymmetric KMS key')
  }
  return new ApiError(
    doing === 'encrypt' ? 'EncryptionFailure' : 'DecryptionFailure',
    `Secrets Manager can't ${doing} the secret value: ${error.message || 'its ciphertext is not valid'} (Service: AWSKMS; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`,
  )
}
