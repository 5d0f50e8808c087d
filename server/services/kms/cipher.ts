import { createHmac, type KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { writeText } from '#kernel/sealing/bound'
import { SealBroken } from '#kernel/sealing/broken'
import { deriveKey, openMessage, purpose, rederiveKey, sealMessage } from '#kernel/sealing/message'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { DERIVED, FORMAT, FORMAT_AT, HEADER, writeHeader } from './model/blob.ts'
import { MOST_CONTEXT_BYTES, orderedKeys, type Pairs } from './model/context.ts'

/** Symmetric encryption of messages under KMS key material. Source: kms.md 4.2, 4.3, 13.3. */

const SYMMETRIC = purpose('kms/sym/v1')
const DATA_KEY = purpose('kms/data-key/v1')
/** Bytes of a data key that is derived. */
const DATA_KEY_SIZE = 32
const MATERIAL_ID = 'kms/material-id/v1\0'

/** What is authenticated with a message before its context: `format(1) | key id(36) | material id(32)`. */
const IDENTITY = 1 + 36 + 32

/** One version of a key's material, ready for use. The bytes stay in OpenSSL's memory. */
export interface Material {
  /** 64 hex digits. */
  readonly id: string
  readonly secret: KeyObject
  /** `format | key id | material id`. */
  readonly identity: Buffer
}

export function materialOfKey(keyId: string, id: string, secret: KeyObject): Material {
  const identity = Buffer.alloc(IDENTITY)
  identity[0] = FORMAT
  identity.write(keyId, 1, 'latin1')
  identity.write(id, 1 + 36, 'hex')
  return { id, secret, identity }
}

/** A material whose bytes are gone. Its key's state keeps it from use; whoever uses it all the same gets an error. */
export function missingMaterial(id: string): Material {
  return {
    id,
    get secret(): KeyObject {
      throw new Error('the material of this key is not there')
    },
    identity: Buffer.alloc(IDENTITY),
  }
}

/**
 * The public id of a material: a MAC, so that it tells nothing about weak material that somebody imports, and the same
 * material of a key always has the same id. Source: kms.md 6.
 */
export function materialIdOf(vault: Vault, keyId: string, bytes: Uint8Array): string {
  const mac = createHmac('sha256', vault.macKey('kms/material-id'))
  return mac.update(MATERIAL_ID).update(keyId, 'latin1').update(bytes).digest('hex')
}

/** Authenticated data is written here; every use ends within one synchronous call. */
const scratch = Buffer.allocUnsafeSlow(IDENTITY + MOST_CONTEXT_BYTES)

/**
 * `identity | canonical context`. The context's canonical form is `u32be(pairs)`, then each pair, keys ordered by their
 * UTF-8 bytes, as `u32be(bytes) key u32be(bytes) value`. The context has been through `checkContext`.
 */
export function boundTo(identity: Uint8Array, context: Pairs | undefined): Buffer {
  scratch.set(identity, 0)
  const keys = context === undefined ? [] : orderedKeys(context)
  let at = scratch.writeUInt32BE(keys.length, identity.length)
  for (const key of keys) {
    at = writeText(scratch, at, key)
    at = writeText(scratch, at, (context as Pairs)[key] as string)
  }
  return scratch.subarray(0, at)
}

/** The ciphertext blob of a message. Never the same twice. */
export function sealBlob(
  material: Material,
  context: Pairs | undefined,
  plaintext: Uint8Array,
  random: Random,
): Buffer {
  const bound = boundTo(material.identity, context)
  const blob = sealMessage(material.secret, SYMMETRIC, bound, plaintext, random, HEADER)
  writeHeader(blob, material.id)
  return blob
}

/** A fresh 32-byte data key and the blob that gives it back. The caller zeroes the key. */
export function dataKeyBlob(
  material: Material,
  context: Pairs | undefined,
  random: Random,
): { readonly plaintext: Buffer; readonly blob: Buffer } {
  const bound = boundTo(material.identity, context)
  const { key, out } = deriveKey(material.secret, DATA_KEY, bound, random, HEADER)
  writeHeader(out, material.id, DERIVED)
  return { plaintext: key, blob: out }
}

/**
 * A fresh data key of any size, in clear and as the blob that gives it back. One of 32 bytes is derived and costs a third.
 */
export function freshDataKey(
  material: Material,
  context: Pairs | undefined,
  size: number,
  random: Random,
): { readonly plaintext: Buffer; readonly blob: Buffer } {
  if (size === DATA_KEY_SIZE) return dataKeyBlob(material, context, random)
  const plaintext = random.bytes(size)
  return { plaintext, blob: sealBlob(material, context, plaintext, random) }
}

/**
 * Opens a blob that names this material. The caller zeroes the answer. Whatever is wrong, tampering or another context,
 * the answer is one: InvalidCiphertextException without a text (recorded).
 */
export function openBlob(material: Material, context: Pairs | undefined, blob: Uint8Array): Buffer {
  try {
    const bound = boundTo(material.identity, context)
    if (blob[FORMAT_AT] === DERIVED) return rederiveKey(material.secret, DATA_KEY, bound, blob, HEADER)
    return openMessage(material.secret, SYMMETRIC, bound, blob, HEADER)
  } catch (error) {
    if (error instanceof SealBroken) throw new ApiError('InvalidCiphertextException')
    throw error
  }
}
