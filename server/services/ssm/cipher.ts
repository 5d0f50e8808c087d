import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { instead, type Soon, when } from '#kernel/values/soon'
import type { Keys } from '../kms/port.ts'
import { encryptMessage, readMessage } from './message/message.ts'
import { serverFault } from './model/refusals.ts'
import type { Parameter, Sealed, Version } from './model/parameter.ts'

/** Whose value it is. */
export type Owner = Pick<Parameter, 'account' | 'region' | 'id' | 'arn'>

/** What decides how a value is encrypted. */
export type Form = Pick<Version, 'type' | 'tier' | 'keyId'>

/**
 * Values of String and StringList parameters by the version that was read, for as long as that is kept in memory. Nobody counts on
 * their secrecy from this process: no permission but that to read the parameter stands before them. Of a SecureString nothing is kept.
 */
export type Texts = WeakMap<object, string>

/** Purpose of the vault. Never changes: it is part of what is stored. */
const LABEL = 'ssm/value'

/**
 * Encrypts and decrypts the values of parameters. String and StringList: by the vault, bound to the row they stand in. SecureString:
 * by KMS as the caller of the request, bound to the parameter's ARN: directly in the standard tier, by a data key in the advanced
 * one. KMS's refusals are worded as Systems Manager words them.
 * Source: parameterstore.md 5.
 */
export class Cipher {
  readonly #vault: Vault
  readonly #keys: (home: string) => Keys
  readonly #random: Random
  readonly #texts: Texts | undefined
  #asked: { readonly home: string; readonly keys: Keys } | undefined

  /** @param keys KMS as the caller of the request; key names without an account are those of `home` */
  constructor(vault: Vault, keys: (home: string) => Keys, random: Random, texts?: Texts) {
    this.#texts = texts
    this.#vault = vault
    this.#keys = keys
    this.#random = random
  }

  /** What version `number` keeps of a value. */
  async seal(owner: Owner, number: number, form: Form, value: string): Promise<Uint8Array> {
    const bytes = Buffer.from(value, 'utf8')
    try {
      if (form.type !== 'SecureString') return this.#vault.wrap(LABEL, bytes, boundTo(owner, number, form))
      const keys = this.#keys(owner.account)
      const context = contextOf(owner)
      if (form.tier === 'Standard')
        return (await this.#worded('encrypt', () => keys.encrypt(form.keyId, bytes, context))).blob
      const key = await this.#worded('encrypt', () => keys.generateDataKey(form.keyId, context))
      try {
        return encryptMessage(key, context, bytes, this.#random)
      } finally {
        key.plaintext.fill(0)
      }
    } finally {
      bytes.fill(0)
    }
  }

  /** The value of a version; at once when KMS has its key in memory. */
  open(owner: Owner, version: Pick<Sealed, 'number' | 'type' | 'tier' | 'content'>): Soon<string> {
    const { content, number } = version
    if (version.type !== 'SecureString') {
      let text = this.#texts?.get(version)
      if (text === undefined) {
        text = textOf(this.#vault.unwrap(LABEL, content, boundTo(owner, number, version)))
        this.#texts?.set(version, text)
      }
      return text
    }
    const keys = this.#keysOf(owner.account)
    const context = contextOf(owner)
    if (version.tier === 'Standard')
      return when(
        this.#worded('decrypt', () => keys.decrypt(content, context)),
        ({ plaintext }) => textOf(plaintext),
      )
    const message = readMessage(content, context)
    const key = this.#worded('decrypt', () => keys.decrypt(message.encryptedDataKey, context))
    return when(key, ({ plaintext }) => {
      try {
        return textOf(message.open(plaintext))
      } finally {
        plaintext.fill(0)
      }
    })
  }

  /** KMS for the owner's keys; most calls ask about one owner's. */
  #keysOf(home: string): Keys {
    if (this.#asked?.home !== home) this.#asked = { home, keys: this.#keys(home) }
    return this.#asked.keys
  }

  /** What is answered of a SecureString without decryption: the bytes as they are kept, in base64. */
  encrypted({ content }: Pick<Sealed, 'content'>): string {
    return Buffer.from(content.buffer, content.byteOffset, content.length).toString('base64')
  }

  #worded<T>(doing: 'encrypt' | 'decrypt', work: () => Soon<T>): Soon<T> {
    return instead(work, (error) => {
      throw error instanceof ApiError ? wordedFor(doing, error, this.#random.uuid()) : error
    })
  }
}

/** Source: parameterstore.md 5; without a selector. */
function contextOf({ arn }: Owner) {
  return { PARAMETER_ARN: arn }
}

/** The identity of the row that a value stands in: moved to another row it does not open. */
function boundTo({ arn, id }: Owner, number: number, { type }: Pick<Version, 'type'>): readonly string[] {
  return [arn, id, String(number), type]
}

/** The text of a value, whose bytes are wiped. */
function textOf(value: Buffer): string {
  const text = value.toString('utf8')
  value.fill(0)
  return text
}

/** A ciphertext whose key is not to be reached from here. Source: parameterstore.md 5, recorded. */
const UNREACHABLE =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.'

/** KMS's refusal in Systems Manager's words. Source: parameterstore.md 5, table of failures; frame recorded. */
export function wordedFor(doing: 'encrypt' | 'decrypt', error: ApiError, requestId: string): ApiError {
  if (error.status >= 500) return serverFault()
  const from = `(Service: AWSKMS; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`
  if (error.code === 'AccessDeniedException') {
    // Of a key that nothing may be told about KMS answers without saying what was decided.
    const text = doing === 'decrypt' && error.denial === undefined ? UNREACHABLE : error.message
    return new ApiError('AccessDeniedException', `${text} ${from}`, 400, error.denial)
  }
  // A ciphertext that does not open is not what this server wrote: no fault of the caller's.
  if (error.code === 'InvalidCiphertextException') return serverFault()
  return new ApiError('InvalidKeyId', `${error.message} ${from}`)
}
