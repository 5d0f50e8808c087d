import type { Call } from '#kernel/call'
import type { Unit } from '#kernel/storage/storage'
import type { Soon } from '#kernel/values/soon'

/** Pairs that are authenticated with a ciphertext and must be given again to open it. Order does not matter. */
export type EncryptionContext = Readonly<Record<string, string>>

/**
 * What other services may ask of KMS. Every method is evaluated as the caller of the request (identity policies, key
 * policy, with kms:ViaService and the encryption context), checks the key's state, and leaves its own audit event in
 * `call.events`. Throws KMS's own ApiErrors (AccessDeniedException, DisabledException, KMSInvalidStateException,
 * NotFoundException, InvalidCiphertextException …); the asking service words them its own way.
 */
export interface Keys {
  /**
   * A fresh 32-byte data key, in clear and wrapped under the key `keyId` names (id, ARN, alias, alias ARN; undefined:
   * the asking service's AWS managed key, made on first use). The caller of this method zeroes `plaintext` after use.
   */
  generateDataKey(
    keyId: string | undefined,
    context: EncryptionContext,
  ): Promise<{ readonly plaintext: Buffer; readonly blob: Buffer; readonly keyArn: string }>
  /** Opens a blob; the key is the one that the blob names. At once when that key is in memory. */
  decrypt(blob: Uint8Array, context: EncryptionContext): Soon<{ readonly plaintext: Buffer; readonly keyArn: string }>
  /** Encrypts up to 4,096 bytes directly under the key. */
  encrypt(
    keyId: string | undefined,
    plaintext: Uint8Array,
    context: EncryptionContext,
  ): Promise<{ readonly blob: Buffer; readonly keyArn: string }>
  /**
   * The full ARN that `keyId` resolves to now, without an event. Undefined when there is none. What an alias of another
   * account stands for is told only to who may describe that key; an ARN of another account's key is given back as it is.
   */
  resolve(keyId: string): Promise<string | undefined>
}

/**
 * KMS for one unit of work and one request, asked by the service whose name is `service` (`secretsmanager`). `home`: the
 * account whose keys are meant by ids and aliases without an account, and by no id at all, when that is not the caller's:
 * the owner of the secret. The caller stays who he is: he needs the permission, and the key's policy must let him in.
 */
export type KeysFor = (unit: Unit, call: Call, service: string, home?: string) => Keys
