import { createSecretKey, type KeyObject, scrypt } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Exposed, readGuarded } from '#kernel/guarded'
import { SealError } from '#kernel/sealing/error'
import type { Random } from '#kernel/random'
import { systemRandom } from '#kernel/random'
import type { Secret } from '#kernel/values/bytes'

/** What the store keeps of one seal: its parameters (salt and cost of a passphrase, say) as `make` gave them. */
export interface StoredSeal {
  readonly id: string
  readonly parameters: string
}

/** What `make` gives. `undo` takes back what it put outside the store. */
export interface MadeSeal {
  readonly key: KeyObject
  readonly parameters: string
  undo?(): Promise<void>
}

/** The key of one of the stored seals, as far as it can be known without the root key that it wraps. */
export interface OpenedSeal {
  readonly id: string
  readonly key: KeyObject
}

/**
 * Level 0 of the keys: what opens the root key, and is never in the store. The store may have several, also of one kind;
 * beside the root key that each of them wraps it keeps their parameters.
 */
export interface Seal {
  readonly kind: string
  /** A seal of its own: makes the key, or takes one that lies ready. */
  make(random: Random): Promise<MadeSeal>
  /**
   * The keys of those stored seals of this kind that can be had with what is at hand, all at once: which of them is right shows
   * when the root key is unwrapped. Throws an Error for a person to read when there is none.
   */
  open(rows: readonly StoredSeal[]): Promise<readonly OpenedSeal[]>
  /** What to try when the key isn't the right one. */
  readonly hint: string
}

/** The keys of those rows that open; when none does, what the first of them said. */
export async function openEach(
  rows: readonly StoredSeal[],
  open: (row: StoredSeal) => Promise<KeyObject>,
): Promise<readonly OpenedSeal[]> {
  const keys: OpenedSeal[] = []
  const errors: unknown[] = []
  for (const row of rows)
    try {
      keys.push({ id: row.id, key: await open(row) })
    } catch (error) {
      errors.push(error)
    }
  if (keys.length === 0 && errors.length > 0) throw errors[0]
  return keys
}

const KEY_SIZE = 32

/**
 * The seal key in a file of its own: 32 random bytes, readable by the owner only, made on the first start. As strong
 * as the machine it lies on. Refused when others may read, write or swap it: see `readGuarded`.
 */
export function fileSeal(path: string): Seal {
  return {
    kind: 'file',
    hint: `put back the key file that belongs to this store as ${path}; a node that joins a cluster needs a copy of the first node's`,
    async make(random) {
      const made = await makeFile(path, random)
      const key = readKey(path)
      return { key, parameters: '{}', ...(made ? { undo: () => unlink(path) } : {}) }
    },
    async open(rows) {
      const key = readKey(path)
      return rows.map(({ id }) => ({ id, key }))
    },
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
    open: (rows) =>
      openEach(rows, async ({ parameters }) => {
        const { salt, ...cost } = readParameters(parameters)
        return stretch(passphrase, salt, cost)
      }),
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
    kind: 'memory',
    hint: 'a store that was sealed in memory ends with its process',
    make: async () => ({ key, parameters: '{}' }),
    open: async (rows) => rows.map(({ id }) => ({ id, key })),
  }
}
