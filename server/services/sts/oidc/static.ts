import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { keysIn, memberOf, type VerificationKey } from './jwks.ts'
import type { StaticJwks } from './keys.ts'

/** Something wrong with a file of keys; the message is for people. */
export class StaticKeysError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = 'StaticKeysError'
    this.hint = hint
  }
}

const MOST_FILES = 100
const MOST_BYTES = 256 * 1024
const FORM = 'each file is {"issuer": "https://…", "keys": […]}: the issuer, to the letter, and its JWKS'

/**
 * The keys of issuers that are never asked for them: a file, or a directory of `*.json` files, of the form
 * `{"issuer": "https://token.example.com", "keys": [{"kty": "RSA", …}]}`. Who may write such a file may make tokens for every role
 * that trusts the issuer, so it must be nobody but us and root. Throws StaticKeysError, or the error of the system.
 */
export function readStaticJwks(path: string, user = process.geteuid?.()): StaticJwks {
  const found = new Map<string, readonly VerificationKey[]>()
  for (const file of filesAt(path)) {
    const [issuer, keys] = readFile(file, user)
    if (found.has(issuer))
      throw new StaticKeysError(`${file} gives keys of ${issuer} a second time`, 'put them into one file')
    found.set(issuer, keys)
  }
  return found
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  if (names.length > MOST_FILES)
    throw new StaticKeysError(`${path} has more than ${MOST_FILES} files`, 'is it the right one?')
  return names.toSorted().map((name) => join(path, name))
}

function readFile(path: string, user: number | undefined): [issuer: string, keys: readonly VerificationKey[]] {
  const value = parsed(path, readBounded(path, user))
  const issuer = memberOf(value, 'issuer')
  const written = memberOf(value, 'keys')
  const keys = keysIn(value)
  if (typeof issuer !== 'string' || !/^https?:\/\/./.test(issuer))
    throw new StaticKeysError(`${path} names no issuer`, FORM)
  if (keys === undefined || !Array.isArray(written)) throw new StaticKeysError(`${path} has no keys`, FORM)
  for (const jwk of written) {
    if (memberOf(jwk, 'd') !== undefined || memberOf(jwk, 'k') !== undefined) {
      throw new StaticKeysError(
        `${path} has a private key`,
        'put only public keys there, and replace that one: it has been seen',
      )
    }
  }
  if (keys.length === 0) {
    throw new StaticKeysError(
      `${path} has no key that tokens can be signed with`,
      'RSA of 2048 to 8192 bits, or P-256, P-384, P-521',
    )
  }
  return [issuer, keys]
}

function readBounded(path: string, user: number | undefined): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { mode, uid, size } = fstatSync(file)
    if (user !== undefined && ((uid !== user && uid !== 0) || (mode & 0o022) !== 0)) {
      throw new StaticKeysError(
        `${path} may be changed by others`,
        'let it belong to the user that runs the server or to root, and chmod 644',
      )
    }
    if (size > MOST_BYTES)
      throw new StaticKeysError(`${path} has more than ${MOST_BYTES} bytes`, 'keep only the keys that count')
    const bytes = Buffer.alloc(MOST_BYTES)
    let length = 0
    for (let read = -1; read !== 0 && length < MOST_BYTES; length += read) {
      read = readSync(file, bytes, length, MOST_BYTES - length, null)
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

function parsed(path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    // What the parser says quotes the file.
    throw new StaticKeysError(`${path} is no JSON`, FORM)
  }
}
