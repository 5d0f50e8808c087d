import { createSecretKey, type KeyObject } from 'node:crypto'
import { type Clock, systemClock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import { SealBroken } from '#kernel/sealing/broken'
import { SealError } from '#kernel/sealing/error'
import { type KeyringVault, type Terms, vaultOf } from '#kernel/sealing/keyring'
import { Root } from '#kernel/sealing/root'
import {
  addSeal,
  addTerm,
  findKeyring,
  findRoots,
  findSeals,
  type RootRow,
  type SealRow,
  type TermRow,
} from '#kernel/sealing/rows.sql'
import type { Seal } from '#kernel/sealing/seal'
import type { Vault } from '#kernel/sealing/vault'
import {
  boxKeyOf,
  followLink,
  publicKeyOf,
  sealMac,
  unwrapRoot,
  unwrapTerm,
  wrapBoxKey,
  wrapRoot,
  wrapTerm,
} from '#kernel/sealing/wrapping'
import { type Storage, statement, type Unit } from '#kernel/storage/storage'

const FIRST_TERM = 1
const FIRST_ROOT = 1
const KEY_SIZE = 32

/** What the store keeps of its keys. */
export interface Stored {
  readonly seals: readonly SealRow[]
  readonly terms: readonly TermRow[]
  readonly roots: readonly RootRow[]
}

/** What keys are opened with. */
export interface Opening {
  readonly storage: Pick<Storage, 'unit'>
  /** The seal; or the root key itself, when another process of this server has opened it: it is taken over. */
  readonly seal: Seal | Root
  readonly random: Random
  readonly clock?: Clock
  /** The tables of the store. On a first start there is nothing in any of them. */
  readonly tables?: readonly string[]
}

/** An opened store: its root key, and how it was opened. */
export interface OpenedRoot {
  readonly root: Root
  readonly stored: Stored
  /** The row of the seal that opened it, and its key; not there when the root key was given. */
  readonly by?: { readonly row: SealRow; readonly key: KeyObject }
}

/**
 * Opens the store's keys with a seal: seal key (level 0) → root key (1) → keyring (2). On the first start they are made
 * and kept. Throws an Error for a person to read, with a hint, when the seal is not the right one, or when the keys are
 * gone from a store that has been used; then nothing has been written. Source: kms.md 13.4.
 */
export async function openVault(opening: Opening): Promise<Vault> {
  const { root, stored } = await openRoot(opening)
  try {
    return keyringOf(root, stored, opening)
  } finally {
    root.forget()
  }
}

/** The same, as far as the root key. */
export async function openRoot(opening: Opening): Promise<OpenedRoot> {
  const { storage, seal, tables = [] } = opening
  const { used, ...stored } = await storage.unit('read', async (unit) => {
    const found = await readStored(unit)
    return { ...found, used: isMade(found) ? undefined : await usedTable(unit, tables) }
  })
  if (seal instanceof Root) {
    const root = successor(seal, stored)
    if (root !== seal) seal.forget()
    return { root, stored }
  }
  if (isMade(stored)) return opened(stored, seal)
  // A new root key would open nothing of what is there, and would hide that the old one is lost.
  if (used !== undefined)
    throw new SealError(
      `the store has rows in ${used}, and the keys that they are encrypted under are gone from it`,
      'restore the whole store from a backup',
    )
  return makeKeys(opening, seal)
}

async function makeKeys({ storage, random, clock = systemClock }: Opening, seal: Seal): Promise<OpenedRoot> {
  const { key, parameters, undo } = await seal.make(random)
  const root = Root.make(random, FIRST_ROOT)
  const row = sealRow(root, { id: seal.kind, kind: seal.kind, parameters }, key, clock.now(), random)
  const bytes = random.bytes(KEY_SIZE)
  const wrapped = wrapTerm(root, FIRST_TERM, bytes, random)
  bytes.fill(0)
  root.forget()
  const first = await storage.unit('write', async (unit) => {
    const added = await unit.run(addTerm, { term: FIRST_TERM, wrapped, usable_at: null })
    if (added === 1) await unit.run(addSeal, { ...row })
    return added === 1
  })
  // Read back: what another node put down first is the truth, also for this one.
  try {
    return await opened(await storage.unit('read', readStored), seal)
  } catch (error) {
    // Only a key that no row was wrapped under is taken back.
    if (!first) await undo?.()
    throw error
  }
}

/** The row of a new seal: the root key wrapped under its key, and what is needed to wrap another one later. */
export function sealRow(
  root: Root,
  identity: Pick<SealRow, 'id' | 'kind' | 'parameters'>,
  key: KeyObject,
  now: number,
  random: Random,
): SealRow {
  const wrapped_root = wrapRoot(key, identity, root, random)
  const secret = boxKeyOf(key)
  const box_key = wrapBoxKey(root, identity, secret, random)
  secret.fill(0)
  const row = { ...identity, public_key: publicKeyOf(key), box_key, created_at: now }
  return { ...row, wrapped_root, wrapping: 'key', mac: sealMac(root, row) }
}

/** Whether there are keys in the store. */
export const isMade = ({ seals, terms }: Stored): boolean => seals.length > 0 || terms.length > 0

/** The first of these tables in which there is a row. */
async function usedTable(unit: Unit, tables: readonly string[]): Promise<string | undefined> {
  for (const table of tables)
    if (
      (await unit.get(statement(`sealing/any-${table}`, `select 1 as found from ${table} limit 1`), {})) !== undefined
    )
      return table
  return undefined
}

/** Reads what the store keeps of its keys. */
export async function readStored(unit: Unit): Promise<Stored> {
  return {
    seals: await unit.all<SealRow>(findSeals, {}),
    terms: await unit.all<TermRow>(findKeyring, {}),
    roots: await unit.all<RootRow>(findRoots, {}),
  }
}

/** The number of the root key that the store is under. */
export const rootNumber = ({ roots }: Pick<Stored, 'roots'>): number => Number(roots.at(-1)?.number ?? FIRST_ROOT)

/** The root key that the store is under now, reached from the one that we have. */
export function successor(root: Root, { roots }: Stored): Root {
  let at = root
  for (const { number, link } of roots) {
    if (Number(number) <= at.number) continue
    if (link === null || Number(number) !== at.number + 1) throw gone()
    try {
      const next = followLink(at, { number, link })
      if (at !== root) at.forget()
      at = next
    } catch (cause) {
      if (!(cause instanceof SealBroken)) throw cause
      throw gone(cause)
    }
  }
  return at
}

const gone = (cause?: unknown) =>
  new SealError(
    'the root key was replaced and this server did not follow in time: it must be restarted',
    'restart it: it opens the store by its seal then',
    cause,
  )

async function opened(stored: Stored, seal: Seal): Promise<OpenedRoot> {
  const rows = stored.seals.filter(({ kind }) => kind === seal.kind)
  if (rows.length === 0) {
    const kinds = [...new Set(stored.seals.map(({ kind }) => kind))].join(', ') || 'nothing that is left'
    throw new SealError(
      `this store is sealed by ${kinds}, not by ${seal.kind}`,
      'start with the seal it was made with: strongroom seal list says more of it',
    )
  }
  for (const { id, key } of await seal.open(rows)) {
    const row = rows.find((one) => one.id === id) as SealRow
    try {
      const root = new Root(unwrapRoot(key, row), rootNumber(stored))
      return { root, stored, by: { row, key } }
    } catch (cause) {
      if (!(cause instanceof SealBroken)) throw cause
    }
  }
  throw new SealError(`the ${seal.kind} seal does not open this store: wrong key`, seal.hint, new SealBroken())
}

/** The vault of an opened store. */
export function keyringOf(
  root: Root,
  { terms }: Pick<Stored, 'terms'>,
  { random, clock = systemClock }: Pick<Opening, 'random' | 'clock'>,
): KeyringVault {
  return vaultOf(openTerms(root, terms), random, newestOf(terms, clock.now()))
}

/** All keys of the keyring. Throws a SealError when one does not open. */
export function openTerms(root: Root, terms: readonly TermRow[]): Terms {
  if (terms.length === 0)
    throw new SealError('the keyring is gone from the store', 'restore the whole store from a backup')
  return new Map(terms.map((term) => [Number(term.term), termKey(root, term)]))
}

/** The term that new records are wrapped under: the highest that every server has had time to learn of. */
export function newestOf(terms: readonly TermRow[], now: number): number {
  const usable = terms.filter(({ usable_at }) => usable_at === null || Number(usable_at) <= now)
  return Math.max(...(usable.length > 0 ? usable : terms.slice(0, 1)).map(({ term }) => Number(term)))
}

function termKey(root: Root, row: TermRow): KeyObject {
  try {
    const bytes = unwrapTerm(root, row)
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  } catch (cause) {
    throw new SealError(
      `term ${row.term} of the keyring was altered in the store`,
      'restore the store from a backup',
      cause,
    )
  }
}
