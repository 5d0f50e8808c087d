import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** The server's side of SCRAM. Source: RFC 5802, RFC 7677; MongoDB, Authentication (driver specifications). */

export type Mechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256'
export const MECHANISMS: readonly Mechanism[] = ['SCRAM-SHA-1', 'SCRAM-SHA-256']
const ROUNDS = 4096

/** What is kept of a password. */
export interface Credential {
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

const hashOf = (mechanism: Mechanism) => (mechanism === 'SCRAM-SHA-1' ? 'sha1' : 'sha256')

export function credential(
  mechanism: Mechanism,
  user: string,
  password: string,
  salt: Buffer = randomBytes(mechanism === 'SCRAM-SHA-1' ? 16 : 28),
): Credential {
  const hash = hashOf(mechanism)
  const text =
    hash === 'sha1' ? createHash('md5').update(`${user}:mongo:${password}`).digest('hex') : password.normalize('NFKC')
  const salted = pbkdf2Sync(text, salt, ROUNDS, hash === 'sha1' ? 20 : 32, hash)
  const clientKey = createHmac(hash, salted).update('Client Key').digest()
  return {
    salt,
    storedKey: createHash(hash).update(clientKey).digest(),
    serverKey: createHmac(hash, salted).update('Server Key').digest(),
  }
}

/** One exchange. `lookUp` answers undefined for a user that is not there. */
export class Conversation {
  readonly #mechanism: Mechanism
  readonly #credential: Credential | undefined
  readonly #begin: string
  readonly #nonce: string
  readonly user: string
  /** What the server says first. */
  readonly first: string

  constructor(mechanism: Mechanism, message: string, lookUp: (user: string) => Credential | undefined) {
    const parts = /^n,,(n=([^,]*),r=([^,]+))$/.exec(message)
    if (parts === null) throw new Error('the first message of the client cannot be read')
    const [, bare, name, nonce] = parts as unknown as [string, string, string, string]
    if (/=(?!2C|3D)/.test(name)) throw new Error('the name of the user is not escaped')
    this.user = name.replaceAll('=2C', ',').replaceAll('=3D', '=')
    this.#mechanism = mechanism
    this.#credential = lookUp(this.user)
    this.#nonce = nonce + randomBytes(18).toString('base64')
    const salt = this.#credential?.salt ?? randomBytes(16)
    this.first = `r=${this.#nonce},s=${salt.toString('base64')},i=${ROUNDS}`
    this.#begin = bare
  }

  /** The server's proof that it knows the user; undefined when the client's is wrong. */
  finish(message: string): string | undefined {
    const parts = /^(c=biws,r=([^,]+)),p=([^,]+)$/.exec(message)
    if (parts === null || this.#credential === undefined) return undefined
    const [, bare, nonce, proof] = parts as unknown as [string, string, string, string]
    if (nonce !== this.#nonce) return undefined
    const hash = hashOf(this.#mechanism)
    const exchange = `${this.#begin},${this.first},${bare}`
    const { storedKey, serverKey } = this.#credential
    const signature = createHmac(hash, storedKey).update(exchange).digest()
    const given = Buffer.from(proof, 'base64')
    if (given.length !== signature.length) return undefined
    const clientKey = Buffer.from(given.map((byte, i) => byte ^ (signature[i] as number)))
    if (!timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey)) return undefined
    return `v=${createHmac(hash, serverKey).update(exchange).digest('base64')}`
  }
}
