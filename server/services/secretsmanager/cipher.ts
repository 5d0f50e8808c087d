import { timingSafeEqual } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Random } from '#kernel/random'
import type { Keys } from '../kms/port.ts'
import { noAccessToKms } from './model/refusals.ts'
import type { Kind, Sealed, Version } from './model/secret.ts'
import type { Payload } from './model/value.ts'
import type { Cell } from './rows.ts'

/** What a version keeps of an encrypted value. */
export type Content = Pick<Sealed, 'kind' | 'keyArn' | 'defaultKey' | 'dataKey' | 'sealed'>

/** What is needed to open a version. */
export type Openable = Pick<Sealed, 'id' | 'kind' | 'keyArn' | 'dataKey' | 'sealed'>

/** Version id in the encryption context of calls that only look whether a key may be used. Source: secretsmanager.md 5. */
const PROBE = 'RequestToValidateKeyAccess'

/**
 * Encrypts and decrypts the values of secrets, as the caller of the request: a data key of KMS for each version, its
 * context the secret and the version, the value bound to the row it stands in. KMS's refusals are worded as Secrets
 * Manager words them. Data keys live for one call and are zeroed.
 */
export class Cipher {
  readonly #keys: () => Keys
  readonly #cell: Cell
  readonly #random: Random

  constructor(keys: () => Keys, cell: Cell, random: Random) {
    this.#keys = keys
    this.#cell = cell
    this.#random = random
  }

  /** Encrypts a value under the key that `keyId` names (undefined: the default key), for version `id` of the secret. */
  async seal(arn: string, id: string, keyId: string | undefined, { kind, bytes }: Payload): Promise<Content> {
    const key = await this.#worded('encrypt', this.#keys().generateDataKey(keyId, contextOf(arn, id)))
    try {
      const sealed = sealValue(key.plaintext, bytes, this.#bound(arn, id, kind, key.keyArn))
      return { kind, keyArn: key.keyArn, defaultKey: isDefault(keyId), dataKey: key.blob, sealed }
    } finally {
      key.plaintext.fill(0)
    }
  }

  /** The value of a version. The caller zeroes it after use. */
  async open(arn: string, version: Openable): Promise<Buffer> {
    const key = await this.#worded('decrypt', this.#keys().decrypt(version.dataKey, contextOf(arn, version.id)))
    try {
      return openValue(key.plaintext, version.sealed, this.#bound(arn, version.id, version.kind, version.keyArn))
    } finally {
      key.plaintext.fill(0)
    }
  }

  /** Whether a version holds exactly this value: same member, same bytes. Needs permission to decrypt. */
  async holds(arn: string, version: Sealed, payload: Payload): Promise<boolean> {
    if (version.kind !== payload.kind) return false
    const value = await this.open(arn, version)
    try {
      return value.length === payload.bytes.length && timingSafeEqual(value, payload.bytes)
    } finally {
      value.fill(0)
    }
  }

  /** Looks whether the caller may use the key for secrets: a data key made and opened, then thrown away. */
  async probe(arn: string, keyId: string | undefined): Promise<string> {
    const context = contextOf(arn, PROBE)
    const made = await this.#worded('encrypt', this.#keys().generateDataKey(keyId, context))
    made.plaintext.fill(0)
    const opened = await this.#worded('encrypt', this.#keys().decrypt(made.blob, context))
    opened.plaintext.fill(0)
    return made.keyArn
  }

  /**
   * The version under another key. Undefined when the caller may not open it with the old key or not encrypt with the
   * new one: then it stays where it is. Source: secretsmanager.md 5, re-encryption.
   */
  async rewrap(arn: string, version: Sealed, keyId: string | undefined): Promise<Content | undefined> {
    const context = contextOf(arn, version.id)
    const old = await unlessRefused(this.#keys().decrypt(version.dataKey, context))
    if (old === undefined) return undefined
    let value: Buffer | undefined
    try {
      const wrapped = await unlessRefused(this.#keys().encrypt(keyId, old.plaintext, context))
      if (wrapped === undefined) return undefined
      const { id, kind, keyArn } = version
      value = openValue(old.plaintext, version.sealed, this.#bound(arn, id, kind, keyArn))
      const sealed = sealValue(old.plaintext, value, this.#bound(arn, id, kind, wrapped.keyArn))
      return { kind, keyArn: wrapped.keyArn, defaultKey: isDefault(keyId), dataKey: wrapped.blob, sealed }
    } finally {
      value?.fill(0)
      old.plaintext.fill(0)
    }
  }

  /** The full ARN of the key that `keyId` names, if there is one. */
  resolve(keyId: string): Promise<string | undefined> {
    return this.#keys().resolve(keyId)
  }

  /** The identity of the row that a value stands in: a value moved to another row, or given another key, does not open. */
  #bound(arn: string, id: string, kind: Kind, keyArn: string): readonly string[] {
    return [this.#cell.account, this.#cell.region, arn, id, keyArn, kind]
  }

  async #worded<T>(doing: 'encrypt' | 'decrypt', work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw error instanceof ApiError ? wordedFor(doing, error, this.#random.uuid()) : error
    }
  }
}

function contextOf(arn: string, id: string) {
  return { SecretARN: arn, SecretVersionId: id }
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

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return undefined
    throw error
  }
}

/** KMS's refusal in Secrets Manager's words. Source: secretsmanager.md 5, table of failures; frame recorded. */
export function wordedFor(doing: 'encrypt' | 'decrypt', error: ApiError, requestId: string): ApiError {
  if (error.status >= 500) return new ApiError('InternalServiceError', 'An error occurred on the server side.', 500)
  if (error.code === 'AccessDeniedException') return noAccessToKms()
  if (error.code === 'InvalidKeyUsageException' && doing === 'encrypt') {
    return new ApiError('InvalidParameterException', 'Cannot generate a data key with an asymmetric KMS key')
  }
  return new ApiError(
    doing === 'encrypt' ? 'EncryptionFailure' : 'DecryptionFailure',
    `Secrets Manager can't ${doing} the secret value: ${error.message || 'its ciphertext is not valid'} (Service: AWSKMS; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`,
  )
}
