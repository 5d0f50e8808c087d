import koffi from 'koffi'
import { SealError } from '#kernel/sealing/error'

/**
 * The few functions of PKCS #11 that a seal needs, called in the library of the token's vendor. Source: PKCS #11 v3.1; names
 * and numbers are its own. All numbers are CK_ULONG, which is `unsigned long` on the systems that this runs on.
 */

const attribute = koffi.struct({ type: 'ulong', value: 'void *', length: 'ulong' })
const mechanism = koffi.struct({ mechanism: 'ulong', parameter: 'void *', length: 'ulong' })
const gcm = koffi.struct({
  iv: 'void *',
  ivLength: 'ulong',
  ivBits: 'ulong',
  aad: 'void *',
  aadLength: 'ulong',
  tagBits: 'ulong',
})

/** What is looked for in an object, or given to a new one. */
export type Attribute = readonly [type: number, value: Uint8Array | boolean | number]

export const CKA = {
  CLASS: 0x0,
  TOKEN: 0x1,
  PRIVATE: 0x2,
  LABEL: 0x3,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  ENCRYPT: 0x104,
  DECRYPT: 0x105,
  VALUE_LEN: 0x161,
  EXTRACTABLE: 0x162,
} as const
export const CKO_SECRET_KEY = 4
export const CKK_AES = 0x1f
const CKM_AES_KEY_GEN = 0x1080
const CKM_AES_GCM = 0x1087
const CKF_RW_SESSION = 2
const CKF_SERIAL_SESSION = 4
const CKU_USER = 1
const OK = 0
const ALREADY_INITIALIZED = 0x191
const ALREADY_LOGGED_IN = 0x100
const INITIALIZE_WITH_LOCKS = 2

/** Names of the answers that say something to an operator. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x5, 'CKR_GENERAL_ERROR'],
  [0x6, 'CKR_FUNCTION_FAILED'],
  [0x30, 'CKR_DEVICE_ERROR'],
  [0x32, 'CKR_DEVICE_REMOVED'],
  [0x40, 'CKR_ENCRYPTED_DATA_INVALID'],
  [0x54, 'CKR_FUNCTION_NOT_SUPPORTED'],
  [0x68, 'CKR_KEY_FUNCTION_NOT_PERMITTED'],
  [0x70, 'CKR_MECHANISM_INVALID'],
  [0xa0, 'CKR_PIN_INCORRECT'],
  [0xa4, 'CKR_PIN_LOCKED'],
  [0xe0, 'CKR_TOKEN_NOT_PRESENT'],
  [0xe1, 'CKR_TOKEN_NOT_RECOGNIZED'],
  [0x102, 'CKR_USER_PIN_NOT_INITIALIZED'],
])

/** An answer other than CKR_OK. */
export class TokenRefused extends Error {
  readonly code: number

  constructor(what: string, code: number) {
    super(`${what} answers ${NAMES.get(code) ?? `0x${code.toString(16)}`}`)
    this.name = 'TokenRefused'
    this.code = code
  }
}

const PROTOTYPES = {
  C_Initialize: ['void *'],
  C_Finalize: ['void *'],
  C_GetSlotList: ['uint8', 'void *', 'void *'],
  C_GetTokenInfo: ['ulong', 'void *'],
  C_OpenSession: ['ulong', 'ulong', 'void *', 'void *', 'void *'],
  C_CloseSession: ['ulong'],
  C_Login: ['ulong', 'ulong', 'void *', 'ulong'],
  C_Logout: ['ulong'],
  C_FindObjectsInit: ['ulong', koffi.pointer(attribute), 'ulong'],
  C_FindObjects: ['ulong', 'void *', 'ulong', 'void *'],
  C_FindObjectsFinal: ['ulong'],
  C_GenerateKey: ['ulong', koffi.pointer(mechanism), koffi.pointer(attribute), 'ulong', 'void *'],
  C_EncryptInit: ['ulong', koffi.pointer(mechanism), 'ulong'],
  C_Encrypt: ['ulong', 'void *', 'ulong', 'void *', 'void *'],
  C_DecryptInit: ['ulong', koffi.pointer(mechanism), 'ulong'],
  C_Decrypt: ['ulong', 'void *', 'ulong', 'void *', 'void *'],
} as const
type Name = keyof typeof PROTOTYPES

/** A CK_ULONG that the library writes to. */
const ULONG = koffi.sizeof('ulong')
const place = (value = 0): Buffer => {
  const bytes = Buffer.alloc(ULONG)
  if (ULONG === 8) bytes.writeBigUInt64LE(BigInt(value))
  else bytes.writeUInt32LE(value)
  return bytes
}
const read = (bytes: Buffer, at = 0): number =>
  ULONG === 8 ? Number(bytes.readBigUInt64LE(at * 8)) : bytes.readUInt32LE(at * 4)

/** A library, loaded. */
export class Cryptoki {
  readonly #call: (name: Name, ...args: readonly unknown[]) => number

  /** Loads and initializes it. Throws a SealError when it is none. */
  constructor(file: string) {
    const functions = new Map<Name, (...args: readonly unknown[]) => number>()
    try {
      const library = koffi.load(file)
      for (const [name, types] of Object.entries(PROTOTYPES))
        functions.set(name as Name, library.func(name, 'ulong', [...types]))
    } catch (cause) {
      throw new SealError(
        `${file} can't be loaded as a library of PKCS #11`,
        'is it there, for this machine, and may this user read it? --seal-pkcs11-module names it',
        cause,
      )
    }
    this.#call = (name, ...args) => Number((functions.get(name) as (...args: readonly unknown[]) => number)(...args))
    // { null, null, null, null, CKF_OS_LOCKING_OK, null }: the library may have threads of its own
    const options = Buffer.alloc(6 * ULONG)
    options.writeUInt32LE(INITIALIZE_WITH_LOCKS, 4 * ULONG)
    const code = this.#call('C_Initialize', options)
    if (code !== OK && code !== ALREADY_INITIALIZED) throw new TokenRefused('C_Initialize', code)
  }

  /** Throws TokenRefused for anything but CKR_OK. */
  do(name: Name, ...args: readonly unknown[]): void {
    const code = this.#call(name, ...args)
    if (code !== OK) throw new TokenRefused(name, code)
  }

  /** The slots with a token of this label. */
  slots(label: string): number[] {
    const count = place()
    this.do('C_GetSlotList', 1, null, count)
    const slots = Buffer.alloc(ULONG * Math.max(1, read(count)))
    this.do('C_GetSlotList', 1, slots, count)
    const found: number[] = []
    for (let at = 0; at < read(count); at++) {
      const slot = read(slots, at)
      // CK_TOKEN_INFO: label(32), blank-padded, then what is of no interest here
      const token = Buffer.alloc(512)
      if (this.#call('C_GetTokenInfo', slot, token) !== OK) continue
      if (token.toString('utf8', 0, 32).trimEnd() === label) found.push(slot)
    }
    return found
  }

  /** Opens a session, logged in as the user of the token, for the time of `work`. */
  within<T>(slot: number, pin: Uint8Array, work: (session: Session) => T): T {
    const handle = place()
    this.do('C_OpenSession', slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, null, null, handle)
    const session = read(handle)
    try {
      const code = this.#call('C_Login', session, CKU_USER, pin, pin.length)
      if (code !== OK && code !== ALREADY_LOGGED_IN) throw new TokenRefused('C_Login', code)
      return work(new Session(this, session))
    } finally {
      this.#call('C_Logout', session)
      this.#call('C_CloseSession', session)
    }
  }
}

/** A session that is logged in. */
export class Session {
  readonly #library: Cryptoki
  readonly #handle: number

  constructor(library: Cryptoki, handle: number) {
    this.#library = library
    this.#handle = handle
  }

  /** Handles of the objects with these attributes, two at the most: more than one is one too many. */
  find(attributes: readonly Attribute[]): number[] {
    const found = Buffer.alloc(2 * ULONG)
    const count = place()
    this.#library.do('C_FindObjectsInit', this.#handle, attributes.map(encoded), attributes.length)
    try {
      this.#library.do('C_FindObjects', this.#handle, found, 2, count)
    } finally {
      this.#library.do('C_FindObjectsFinal', this.#handle)
    }
    return Array.from({ length: read(count) }, (_, at) => read(found, at))
  }

  /** Makes an AES key in the token; answers its handle. */
  generate(attributes: readonly Attribute[]): number {
    const handle = place()
    const how = { mechanism: CKM_AES_KEY_GEN, parameter: null, length: 0 }
    this.#library.do('C_GenerateKey', this.#handle, how, attributes.map(encoded), attributes.length, handle)
    return read(handle)
  }

  /** AES-GCM with a tag of 16 bytes, which comes last. */
  encrypt(key: number, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Buffer {
    return this.#crypt('C_EncryptInit', 'C_Encrypt', key, iv, aad, plaintext, plaintext.length + 16)
  }

  decrypt(key: number, iv: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Buffer {
    return this.#crypt('C_DecryptInit', 'C_Decrypt', key, iv, aad, ciphertext, ciphertext.length)
  }

  #crypt(
    begin: 'C_EncryptInit' | 'C_DecryptInit',
    end: 'C_Encrypt' | 'C_Decrypt',
    key: number,
    iv: Uint8Array,
    aad: Uint8Array,
    input: Uint8Array,
    room: number,
  ): Buffer {
    const parameters = Buffer.alloc(koffi.sizeof(gcm))
    const fields = { iv, ivLength: iv.length, ivBits: iv.length * 8, aad, aadLength: aad.length, tagBits: 128 }
    koffi.encode(parameters, gcm, fields)
    const how = { mechanism: CKM_AES_GCM, parameter: parameters, length: parameters.length }
    this.#library.do(begin, this.#handle, how, key)
    const out = Buffer.allocUnsafeSlow(room).fill(0)
    const length = place(room)
    this.#library.do(end, this.#handle, input, input.length, out, length)
    return out.subarray(0, read(length))
  }
}

function encoded([type, value]: Attribute): { type: number; value: Uint8Array; length: number } {
  const bytes = typeof value === 'boolean' ? Buffer.of(value ? 1 : 0) : typeof value === 'number' ? place(value) : value
  return { type, value: bytes, length: bytes.length }
}
