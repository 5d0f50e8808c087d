import { type Clock, systemClock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import { SealBroken } from '#kernel/sealing/broken'
import { SealError } from '#kernel/sealing/error'
import { type OpenedRoot, readStored, rootNumber, type Stored, sealRow } from '#kernel/sealing/open'
import { Root } from '#kernel/sealing/root'
import {
  addRoot,
  addSeal as insertSeal,
  addTerm,
  dropSeal,
  lockSeals,
  type SealRow,
  writeSeal,
  writeTerm,
} from '#kernel/sealing/rows.sql'
import type { MadeSeal, Seal } from '#kernel/sealing/seal'
import {
  boxRoot,
  isOurs,
  linkRoot,
  sealMac,
  unwrapBoxKey,
  unwrapRoot,
  unwrapTerm,
  wrapBoxKey,
  wrapTerm,
} from '#kernel/sealing/wrapping'
import type { Storage, Unit } from '#kernel/storage/storage'
import { timingSafeEqual } from 'node:crypto'

/**
 * What can be done to the seals of a store: only the wrapping of the root key changes, nothing that lies under it. Each change
 * is one unit of work; before and after it the store opens.
 */

/** How long after it was made a new term is used at the earliest: every server has it by then. */
export const USABLE_MS = 60_000
/** The most seals of a store: with each passphrase among them a start takes longer. */
const MOST_SEALS = 16
const KEY_SIZE = 32

/** What was done, for its record. */
export type SealEvent = 'AddSeal' | 'RemoveSeal' | 'RotateSeal' | 'RekeySeal'

/** What a change works on. `opened` has been opened with a seal of the store. */
export interface Change {
  readonly storage: Storage
  readonly opened: OpenedRoot
  readonly random: Random
  readonly clock?: Clock
  /** Writes a record, in the unit of the change. */
  changed?(unit: Unit, event: SealEvent, what: Readonly<Record<string, string | number>>): Promise<void>
}

/**
 * Adds a seal, and answers its row. Before it counts the root key is opened with it once, from what a later start will have.
 * `replaces`: the seal that goes in the same unit.
 */
export async function addSeal(change: Change, seal: Seal, replaces?: string): Promise<SealRow> {
  const { storage, opened, random } = change
  const made = await seal.make(random)
  const id = `${seal.kind}-${random.bytes(4).toString('hex')}`
  try {
    const row = await proven(opened.root, { id, kind: seal.kind, parameters: made.parameters }, made, seal, change)
    await storage.unit('write', async (unit) => {
      const stored = await locked(unit, opened)
      if (replaces === undefined && stored.seals.length >= MOST_SEALS)
        throw new SealError(`the store has ${MOST_SEALS} seals already`, 'strongroom seal remove ID takes one away')
      if (replaces !== undefined) await dropOne(unit, stored, replaces)
      if (opened.by?.row.id !== replaces) await complete(unit, change, stored)
      await unit.run(insertSeal, { ...row })
      await change.changed?.(unit, replaces === undefined ? 'AddSeal' : 'RotateSeal', {
        seal: id,
        ...(replaces === undefined ? {} : { replaces }),
      })
    })
    await storage.durable()
    return row
  } catch (error) {
    // When the answer of the commit was lost the row may be there: its key must not go then.
    if (made.undo !== undefined && (await isAbsent(storage, id))) await made.undo()
    throw error
  }
}

/** The row of a new seal, after the root key was opened with it. */
async function proven(
  root: Root,
  identity: Pick<SealRow, 'id' | 'kind' | 'parameters'>,
  made: MadeSeal,
  seal: Seal,
  { random, clock = systemClock }: Pick<Change, 'random' | 'clock'>,
): Promise<SealRow> {
  const row = sealRow(root, identity, made.key, clock.now(), random)
  const [found] = await seal.open([row])
  if (found === undefined || !opensTo(root, found.key, row))
    throw new SealError(`the new ${seal.kind} seal does not open what it has sealed: it was not added`, seal.hint)
  return row
}

function opensTo(root: Root, key: Parameters<typeof unwrapRoot>[0], row: SealRow): boolean {
  try {
    const bytes = unwrapRoot(key, row)
    const same = timingSafeEqual(bytes, root.bytes())
    bytes.fill(0)
    return same
  } catch (error) {
    if (error instanceof SealBroken) return false
    throw error
  }
}

async function isAbsent(storage: Storage, id: string): Promise<boolean> {
  try {
    const { seals } = await storage.unit('read', readStored)
    return seals.every((row) => row.id !== id)
  } catch {
    // Not known: better a key that nothing was wrapped under than the other way round.
    return false
  }
}

/** Takes a seal away. Not the last one, and not the one that this very command came by: one that stays must have opened the store. */
export async function removeSeal(change: Change, id: string): Promise<void> {
  const { storage, opened } = change
  await storage.unit('write', async (unit) => {
    const stored = await locked(unit, opened)
    if (stored.seals.length === 1 && stored.seals[0]?.id === id)
      throw new SealError(
        `${id} is the last seal of the store: without it nobody opens it again`,
        'add another one first: strongroom seal add',
      )
    if (opened.by?.row.id === id)
      throw new SealError(
        `${id} is the seal that this command opened the store with`,
        'give the flags of a seal that stays, to show that it opens the store',
      )
    await dropOne(unit, stored, id)
    await complete(unit, change, stored)
    await change.changed?.(unit, 'RemoveSeal', { seal: id })
  })
  await storage.durable()
}

async function dropOne(unit: Unit, { seals }: Stored, id: string): Promise<void> {
  if (seals.every((row) => row.id !== id))
    throw new SealError(`the store has no seal ${id}`, 'strongroom seal list shows those that it has')
  await unit.run(dropSeal, { id })
}

/** What a `rekey` did. */
export interface Rekeyed {
  /** The number of the root key. */
  readonly root: number
  readonly term: number
  /** The seals that open it. One that was removed, and whose row somebody has put back since, is among them. */
  readonly seals: readonly string[]
  /** Whether the new root key lies under the old one for a while; if not, servers that run have to be started anew. */
  readonly followed: boolean
}

/**
 * Replaces the root key, and adds a term to the keyring: what is wrapped from `USABLE_MS` on is wrapped under the new one, what is
 * there stays readable. The other seals need not be at hand. `followed`: whether servers that run follow by a link, see `Rekeyed`.
 */
export async function rekey(change: Change, followed = true): Promise<Rekeyed> {
  const { storage, opened, random, clock = systemClock } = change
  const done = await storage.unit('write', async (unit) => {
    const { root, by } = opened
    const stored = await locked(unit, opened)
    const now = clock.now()
    const next = Root.make(random, root.number + 1)
    try {
      for (const row of stored.seals) {
        const own = by?.row.id === row.id
        const written = own
          ? sealRow(next, row, by.key, Number(row.created_at ?? now), random)
          : boxedRow(root, next, row, random)
        await unit.run(writeSeal, only(written))
      }
      for (const row of stored.terms) {
        const bytes = unwrapTerm(root, row)
        await unit.run(writeTerm, { term: Number(row.term), wrapped: wrapTerm(next, Number(row.term), bytes, random) })
        bytes.fill(0)
      }
      const term = Math.max(...stored.terms.map((row) => Number(row.term))) + 1
      const bytes = random.bytes(KEY_SIZE)
      const wrapped = wrapTerm(next, term, bytes, random)
      bytes.fill(0)
      if ((await unit.run(addTerm, { term, wrapped, usable_at: now + USABLE_MS })) !== 1)
        throw new Error(`term ${term} is there already`)
      const link = followed ? linkRoot(root, next, random) : null
      await unit.run(addRoot, { number: next.number, link, made_at: now })
      const seals = stored.seals.map(({ id }) => id)
      await change.changed?.(unit, 'RekeySeal', { rootKey: next.number, term, seals: seals.join(' ') })
      return { root: next.number, term, seals, followed }
    } finally {
      next.forget()
    }
  })
  await storage.durable()
  return done
}

/** The row of a seal that is not at hand, with the new root key boxed for it. */
function boxedRow(root: Root, next: Root, row: SealRow, random: Random): SealRow {
  const { public_key, box_key } = row
  if (public_key === null || box_key === null || !isOurs(root, row)) throw altered(row.id)
  let secret: Buffer
  try {
    secret = unwrapBoxKey(root, row, box_key)
  } catch (cause) {
    if (cause instanceof SealBroken) throw altered(row.id)
    throw cause
  }
  const boxed = {
    ...row,
    wrapped_root: boxRoot(public_key, secret, row, next, random),
    wrapping: 'box',
    box_key: wrapBoxKey(next, row, secret, random),
    mac: sealMac(next, row),
  }
  secret.fill(0)
  return boxed
}

/** What `writeSeal` takes of a row. */
const only = ({ id, wrapped_root, wrapping, public_key, box_key, created_at, mac }: SealRow) => ({
  id,
  wrapped_root,
  wrapping,
  public_key,
  box_key,
  created_at,
  mac,
})

const altered = (id: string) =>
  new SealError(
    `the row of the seal ${id} was altered in the store: a new root key is not wrapped for it`,
    `remove it (strongroom seal remove ${id}) and add it again`,
  )

/** The seals, locked until the unit ends, under the root key that was opened. */
async function locked(unit: Unit, { root, by }: OpenedRoot): Promise<Stored> {
  await unit.all(lockSeals, {})
  const stored = await readStored(unit)
  const here = by === undefined || stored.seals.some(({ id }) => id === by.row.id)
  if (rootNumber(stored) !== root.number || !here)
    throw new SealError('somebody else changed the seals of this store meanwhile; nothing was done', 'do it again')
  return stored
}

/**
 * Writes the row that opened the store anew, when there is something to it: its public key, if it is of before 0002 (such a store had
 * one seal only, so it is this one), or its box key, if it is of before 0003; the root key under its own key, if somebody who did not have that has wrapped it.
 */
async function complete(unit: Unit, { opened, random, clock = systemClock }: Change, stored: Stored): Promise<void> {
  const { root, by } = opened
  const row = stored.seals.find(({ id }) => id === by?.row.id)
  if (by === undefined || row === undefined) return
  if (row.public_key !== null && row.box_key !== null && row.wrapping !== 'box') return
  await unit.run(writeSeal, only(sealRow(root, row, by.key, Number(row.created_at ?? clock.now()), random)))
}
