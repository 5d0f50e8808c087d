import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * Passwords as a server of Oracle's keeps and checks them since 12c: neither side sends the password, and each proves to the other
 * that it knows it. Source: what node-oracledb 26 computes on its side.
 */
export interface Verifier {
  readonly salt: Buffer
  readonly hash: Buffer
}

/** Type of the verifier on the wire. */
export const VERIFIER_12C = 0x4815

/** Fewer rounds than a server's 4096: it is the protocol that is tested, and logins are many. */
const ROUNDS = 64
const SESSION_ROUNDS = 3
const KEY_BYTES = 32

export function verifierOf(password: string, salt: Buffer = randomBytes(16)): Verifier {
  const key = pbkdf2Sync(password, Buffer.concat([salt, Buffer.from('AUTH_PBKDF2_SPEEDY_KEY')]), ROUNDS, 64, 'sha512')
  return { salt, hash: createHash('sha512').update(key).update(salt).digest().subarray(0, KEY_BYTES) }
}

/** Whether this is the password that the verifier was made of. */
export const isPassword = ({ salt, hash }: Verifier, password: string): boolean =>
  timingSafeEqual(verifierOf(password, salt).hash, hash)

const IV = Buffer.alloc(16)

function encrypt(key: Buffer, value: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, IV).setAutoPadding(false)
  return Buffer.concat([cipher.update(value), cipher.final()])
}

function decrypt(key: Buffer, value: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-cbc', key, IV).setAutoPadding(false)
  return Buffer.concat([decipher.update(value), decipher.final()])
}

const hex = (bytes: Buffer) => bytes.toString('hex').toUpperCase()
const unhex = (text: string | undefined) => Buffer.from(text ?? '', 'hex')

/** One login: what the client is asked, and whether it answers as one who knows the password. */
export class Logon {
  readonly #verifier: Verifier
  readonly #half = randomBytes(KEY_BYTES)
  readonly #mixing = randomBytes(16)

  /** For a user that does not exist the verifier is one of nothing, so that nobody sees a difference. */
  constructor(verifier: Verifier = verifierOf(hex(randomBytes(16)))) {
    this.#verifier = verifier
  }

  /** Pairs of the first answer: key, value, flags. */
  challenge(): readonly (readonly [string, string, number])[] {
    return [
      ['AUTH_SESSKEY', hex(encrypt(this.#verifier.hash, this.#half)), 0],
      ['AUTH_VFR_DATA', hex(this.#verifier.salt), VERIFIER_12C],
      ['AUTH_PBKDF2_CSK_SALT', hex(this.#mixing), 0],
      ['AUTH_PBKDF2_VGEN_COUNT', String(ROUNDS), 0],
      ['AUTH_PBKDF2_SDER_COUNT', String(SESSION_ROUNDS), 0],
    ]
  }

  /** The server's own proof, or undefined when the password is wrong. */
  check(answer: ReadonlyMap<string, string>): string | undefined {
    const theirs = unhex(answer.get('AUTH_SESSKEY'))
    const sealed = unhex(answer.get('AUTH_PASSWORD'))
    if (theirs.length !== KEY_BYTES || sealed.length < 32 || sealed.length % 16 !== 0) return undefined
    const both = Buffer.concat([decrypt(this.#verifier.hash, theirs), this.#half])
    const key = pbkdf2Sync(hex(both), this.#mixing, SESSION_ROUNDS, KEY_BYTES, 'sha512')
    const plain = decrypt(key, sealed)
    const padding = plain[plain.length - 1] as number
    if (padding < 1 || padding > 16) return undefined
    const password = plain.subarray(16, plain.length - padding).toString('utf8')
    if (!isPassword(this.#verifier, password)) return undefined
    return hex(encrypt(key, Buffer.concat([randomBytes(16), Buffer.from('SERVER_TO_CLIENT')])))
  }
}
