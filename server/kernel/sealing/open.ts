import { createSecretKey, type KeyObject } from 'node:crypto'
import { boundBytes } from '#kernel/sealing/bound'
import { SealBroken } from '#kernel/sealing/broken'
import { SealError } from '#kernel/sealing/error'
import { vaultOf } from '#kernel/sealing/keyring'
import { openMessage, purpose, sealMessage } from '#kernel/sealing/message'
import { statement } from '#kernel/storage/storage'
import type { Random } from '#kernel/random'
import type { Seal } from '#kernel/sealing/seal'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'

const ROOT = purpose('strongroom/seal/v1/root')
const KEYRING = purpose('strongroom/root/v1/keyring')
const FIRST_TERM = 1
const KEY_SIZE = 32

const findSeals = statement('sealing/find-seals', 'select id, kind, parameters, wrapped_root from seal order by id')
const findKeyring = statement('sealing/find-keyring', 'select term, wrapped from keyring order by term')
const addSeal = statement(
  'sealing/add-seal',
  'insert into seal (id, kind, parameters, wrapped_root) values (:id, :kind, :parameters, :wrapped_root)',
)
// The first term exists once: of two nodes that start a new store at the same moment one finds the other's.
const addTerm = statement(
  'sealing/add-term',
  'insert into keyring (term, wrapped) values (:term, :wrapped) on conflict (term) do nothing',
)

interface SealRow {
  readonly id: string
  readonly kind: string
  readonly parameters: string
  readonly wrapped_root: Uint8Array
}
interface TermRow {
  readonly term: number
  readonly wrapped: Uint8Array
}
interface Stored {
  readonly seals: readonly SealRow[]
  readonly terms: readonly TermRow[]
}

/** What keys are opened with. */
export interface Opening {
  readonly storage: Pick<Storage, 'unit'>
  readonly seal: Seal
  readonly random: Random
  /** The tables of the store. On a first start there is nothing in any of them. */
  readonly tables?: readonly string[]
}

/**
 * Opens the store's keys with a seal: seal key (level 0) → root key (1) → keyring (2). On the first start they are made
 * and kept. Throws an Error for a person to read, with a hint, when the seal is not the right one, or when the keys are
 * gone from a store that has been used; then nothing has been written. Source: kms.md 13.4.
 */
export async function openVault({ storage, seal, random, tables = [] }: Opening): Promise<Vault> {
  const { used, ...stored } = await storage.unit('read', async (unit) => {
    const found = await read(unit)
    return { ...found, used: made(found) ? undefined : await usedTable(unit, tables) }
  })
  if (made(stored)) return opened(stored, seal, random)
  // A new root key would open nothing of what is there, and would hide that the old one is lost.
  if (used !== undefined)
    throw new SealError(
      `the store has rows in ${used}, and the keys that they are encrypted under are gone from it`,
      'restore the whole store from a backup',
    )

  const { key, parameters, undo } = await seal.make(random)
  const mine = newKeys(seal, key, parameters, random)
  const first = await storage.unit('write', async (unit) => {
    const added = await unit.run(addTerm, { ...mine.term })
    if (added === 1) await unit.run(addSeal, { ...mine.seal })
    return added === 1
  })
  // Read back: what another node put down first is the truth, also for this one.
  try {
    return await opened(await storage.unit('read', read), seal, random)
  } catch (error) {
    // Only a key that no row was wrapped under is taken back.
    if (!first) await undo?.()
    throw error
  }
}

const made = ({ seals, terms }: Stored): boolean => seals.length > 0 || terms.length > 0

/** The first of these tables in which there is a row. */
async function usedTable(unit: Unit, tables: readonly string[]): Promise<string | undefined> {
  for (const table of tables)
    if (
      (await unit.get(statement(`sealing/any-${table}`, `select 1 as found from ${table} limit 1`), {})) !== undefined
    )
      return table
  return undefined
}

async function read(unit: Unit): Promise<Stored> {
  return { seals: await unit.all<SealRow>(findSeals, {}), terms: await unit.all<TermRow>(findKeyring, {}) }
}

function newKeys(seal: Seal, key: KeyObject, parameters: string, random: Random): { seal: SealRow; term: TermRow } {
  const rootBytes = random.bytes(KEY_SIZE)
  const first = random.bytes(KEY_SIZE)
  const root = createSecretKey(rootBytes)
  const wrapped_root = sealMessage(
    key,
    ROOT,
    sealIdentity({ id: seal.id, kind: seal.kind, parameters }),
    rootBytes,
    random,
  )
  const wrapped = sealMessage(root, KEYRING, termIdentity(FIRST_TERM), first, random)
  rootBytes.fill(0)
  first.fill(0)
  return { seal: { id: seal.id, kind: seal.kind, parameters, wrapped_root }, term: { term: FIRST_TERM, wrapped } }
}

async function opened(stored: Stored, seal: Seal, random: Random): Promise<Vault> {
  const row = stored.seals.find(({ id }) => id === seal.id)
  if (row === undefined) {
    const kinds = stored.seals.map(({ kind }) => kind).join(', ') || 'nothing that is left'
    throw new SealError(`this store is sealed by ${kinds}, not by ${seal.kind}`, 'start with the seal it was made with')
  }
  const key = await seal.open(row.parameters)
  let bytes: Buffer
  try {
    bytes = openMessage(key, ROOT, sealIdentity(row), row.wrapped_root)
  } catch (cause) {
    if (!(cause instanceof SealBroken)) throw cause
    throw new SealError(`the ${seal.kind} seal does not open this store: wrong key`, seal.hint, cause)
  }
  const root = createSecretKey(bytes)
  bytes.fill(0)
  if (stored.terms.length === 0)
    throw new SealError('the keyring is gone from the store', 'restore the whole store from a backup')
  return vaultOf(new Map(stored.terms.map((term) => [Number(term.term), termKey(root, term)])), random)
}

function termKey(root: KeyObject, { term, wrapped }: TermRow): KeyObject {
  try {
    const bytes = openMessage(root, KEYRING, termIdentity(Number(term)), wrapped)
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  } catch (cause) {
    throw new SealError(
      `term ${term} of the keyring was altered in the store`,
      'restore the store from a backup',
      cause,
    )
  }
}

function sealIdentity({ id, kind, parameters }: { id: string; kind: string; parameters: string }): Buffer {
  return boundBytes(['seal', id, kind, parameters])
}

function termIdentity(term: number): Buffer {
  return boundBytes(['keyring', String(term)])
}
