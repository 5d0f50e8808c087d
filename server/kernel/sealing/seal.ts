import { createSecretKey, type KeyObject, scrypt } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Exposed, readGuarded } from '#kernel/guarded'
import { SealError } from '#kernel/sealing/error'
import type { Random } from '#kernel/random'
import { systemRandom } from '#kernel/random'
import type { Secret } from '#kernel/values/bytes'

/**
 * Level 0 of the keys: what opens the root key, and is never in the store. A seal is found again by its id; its
 * parameters (salt and cost of a passphrase) are kept beside the root key that it wraps.
 */
export interface Seal {
  readonly id: string
  readonly kind: string
  /** First start: makes the key, or takes one that lies ready. `undo` takes back what this call put outside the store. */
  make(random: Random): Promise<{ key: KeyObject; parameters: string; undo?: () => Promise<void> }>
  /** Every later start, with the parameters that `make` gave. Throws an Error for a person to read. */
  open(parameters: string): Promise<KeyObject>
  /** What to try when the key isn't the right one. */
  readonly hint: string
}

const KEY_SIZE = 32

/**
 * The seal key in a file of its own: 32 random bytes, readable by the owner only, made on the first start. As strong
 * as the machine it lies on. Refused when others may read, write or swap it: see `readGuarded`.
 */
export function fileSeal(path: string): Seal {
  return {
    id: 'file',
    kind: 'file',
    hint: `put back the key file that belongs to this store as ${path}; a node that joins a cluster needs a copy of the first node's`,
    async make(random) {
      const made = await makeFile(path, random)
      const key = readKey(path)
      return { key, parameters: '{}', ...(made ? { undo: () => unlink(path) } : {}) }
    },
    open: async () => readKey(path),
  }
}

/** Makes the file whole or not at all, durably; false when one lies there already. */
async function makeFile(path: string, random: Random): Promise<boolean> {
  const draft = `${path}.${random.uuid()}`
  const bytes = random.bytes(KEY_SIZE)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
    // A link, not a rename: it fails when the name is taken, so two first starts end with one key.
    await link(draft, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw new Error(`making the key file ${path}`, { cause })
  } finally {
    bytes.fill(0)
    await file.close()
    await unlink(draft)
    await syncFolder(dirname(path))
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function readKey(path: string): KeyObject {
  let bytes: Buffer
  try {
    bytes = readGuarded(path, KEY_SIZE + 1)
  } catch (cause) {
    if (cause instanceof Exposed) throw new SealError(`the key file ${cause.what}`, cause.hint, cause)
    const gone = codeOf(cause) === 'ENOENT'
    throw gone
      ? new SealError(
          `the key file ${path} is not there, and the store can't be opened without it`,
          'put it back from where you keep its copy',
          cause,
        )
      : new SealError(`the key file ${path} can't be read`, 'it must belong to the user that runs the server', cause)
  }
  try {
    if (bytes.length !== KEY_SIZE) {
      throw new SealError(`the key file ${path} does not hold exactly ${KEY_SIZE} bytes`, 'put back the right one')
    }
    return createSecretKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** Cost of the passphrase's stretching. Source: kms.md 13.5 (N at least 2^17, r 8, p 1, salt of 16 bytes). */
interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}
const COST: Cost = { N: 2 ** 17, r: 8, p: 1 }
const MOST: Cost = { N: 2 ** 20, r: 8, p: 4 }
const SALT_SIZE = 16
const SHORTEST = 8

/** The seal key out of a passphrase, stretched with scrypt; salt and cost are kept beside the root key it wraps. */
export function passphraseSeal(passphrase: Secret): Seal {
  return {
    id: 'passphrase',
    kind: 'passphrase',
    hint: 'check the passphrase',
    async make(random) {
      if (passphrase.reveal().length < SHORTEST) {
        throw new SealError(
          `the passphrase is shorter than ${SHORTEST} characters`,
          'take a longer one, some words for example',
        )
      }
      const salt = random.bytes(SALT_SIZE)
      const parameters = JSON.stringify({ kdf: 'scrypt', ...COST, salt: salt.toString('base64') })
      return { key: await stretch(passphrase, salt, COST), parameters }
    },
    async open(parameters) {
      const { salt, ...cost } = readParameters(parameters)
      return stretch(passphrase, salt, cost)
    },
  }
}

/** Reads stored parameters. Bounded on both sides: a changed row must neither weaken the key nor exhaust the memory. */
function readParameters(text: string): Cost & { readonly salt: Buffer } {
  const { kdf, N, r, p, salt } = JSON.parse(text) as Record<string, unknown>
  const bytes = typeof salt === 'string' ? Buffer.from(salt, 'base64') : Buffer.alloc(0)
  const within = (value: unknown, least: number, most: number): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
  if (
    kdf !== 'scrypt' ||
    !within(N, COST.N, MOST.N) ||
    !within(r, COST.r, MOST.r) ||
    !within(p, COST.p, MOST.p) ||
    bytes.length !== SALT_SIZE
  ) {
    throw new Error('the parameters of the passphrase seal in the store are not ones that this program writes')
  }
  return { N, r, p, salt: bytes }
}

function stretch(passphrase: Secret, salt: Buffer, { N, r, p }: Cost): Promise<KeyObject> {
  // One way to write a letter with an accent: keyboards and terminals differ.
  const bytes = Buffer.from(passphrase.reveal().normalize('NFC'), 'utf8')
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, KEY_SIZE, { N, r, p, maxmem: 256 * N * r }, (error, derived) => {
      bytes.fill(0)
      if (error !== null) return reject(new Error('stretching the passphrase', { cause: error }))
      const key = createSecretKey(derived)
      derived.fill(0)
      resolve(key)
    })
  })
}

/** A seal key that lives as long as this process: for stores in memory. */
export function memorySeal(random: Random = systemRandom): Seal {
  const bytes = random.bytes(KEY_SIZE)
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return {
    id: 'memory',
    kind: 'memory',
    hint: 'a store that was sealed in memory ends with its process',
    make: async () => ({ key, parameters: '{}' }),
    open: async () => key,
  }
}
