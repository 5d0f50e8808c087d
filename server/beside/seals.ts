import { mkdirSync } from 'node:fs'
import { systemRandom } from '#kernel/random'
import {
  addSeal as add,
  type Change,
  type Rekeyed,
  rekey as rekeyStore,
  removeSeal as remove,
} from '#kernel/sealing/change'
import { SealError } from '#kernel/sealing/error'
import { isMade, type OpenedRoot, openRoot, readStored } from '#kernel/sealing/open'
import { replacedBy, rotateFile } from '#kernel/sealing/rotate-file'
import type { Seal } from '#kernel/sealing/seal'
import { sealOf } from '#kernel/sealing/seals'
import type { SealSettings } from '#kernel/sealing/settings'
import { readShareSet } from '#kernel/sealing/shamir/gathering'
import { openBeside, opensOnly, type Place } from '#kernel/storage/beside'
import { lockDirectory } from '#kernel/storage/lock'
import { tablesOf } from '#kernel/storage/migration'
import { Secret } from '#kernel/values/bytes'
import { migrations } from '../assembly/schema.ts'
import { openStore, openStoreThere, recorded } from './seal-store.ts'

export { type Issued, type NewShares, newShares, wrongNumbers } from '#kernel/sealing/shamir/seal'
export { type Drilled, drill } from './drill.ts'
export { keptIn, shownTo } from './shares.ts'
export { giveShare, progressOf, readShareFile, type Unsealing } from './unsealing.ts'
export type { Place }

/**
 * The seals of a deployment, for whoever can reach its store and one of its seals. All but `initSeal` works beside a running
 * server, which then works on with the keys that it has, and follows to new ones.
 */

/** A seal as it may be shown: nothing of it is secret. */
export interface SealSummary {
  readonly id: string
  readonly kind: string
  /** Undefined for one of before several seals could be. */
  readonly createdAt: number | undefined
  /** `3 of 5 shares, set 0123…`, the key of a KMS, a token's label. */
  readonly about: string
}

/** Makes the keys of a new store, sealed. Throws errors with a `hint` for people; a store that has keys is left as it is. */
export async function initSeal(place: Place, seal: Seal = sealOf(place.seal)): Promise<SealSummary> {
  mkdirSync(place.directory, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(place.directory)
  try {
    const storage = await openStore(place)
    try {
      if (isMade(await storage.unit('read', readStored)))
        throw new SealError('the store has its keys already', 'strongroom seal add gives it another seal')
      const opening = { storage, seal, random: systemRandom, tables: tablesOf(migrations) }
      const { root, by } = await openRoot(opening)
      root.forget()
      await storage.durable()
      return summaryOf((by as NonNullable<typeof by>).row)
    } finally {
      await storage.close()
    }
  } finally {
    lock.release()
  }
}

/** The seals of a store. Needs no seal. */
export async function listSeals(place: Place): Promise<SealSummary[]> {
  const store = await openBeside(place)
  try {
    return (await store.unit('read', readStored)).seals.map(summaryOf)
  } finally {
    await store.close()
  }
}

/** Adds a seal, proven before it counts. */
export function addSeal(place: Place, seal: Seal): Promise<SealSummary> {
  return changing(place, async (change) => summaryOf(await add(change, seal)))
}

/** Takes a seal away; not the last one, and not the one that opens the store for this. */
export function removeSeal(place: Place, id: string): Promise<void> {
  return changing(place, (change) => remove(change, id))
}

/** What a rotation did. `finished`: one that was begun before and broke off. */
export interface Rotated {
  readonly id: string
  readonly replaced: string
  readonly finished: boolean
}

/**
 * Puts a new seal in the place of the one that opens the store, or of another. `same`: it is made with the settings that open the
 * store, so that it is no successor of another one.
 */
export function rotateSeal(place: Place, seal: Seal, replaces?: string, same = false): Promise<Rotated> {
  return changing(place, async (change) => {
    const own = (change.opened.by as NonNullable<OpenedRoot['by']>).row.id
    const replaced = replaces ?? own
    if (same && replaced !== own)
      throw new SealError(
        `${replaced} is another seal than the one that opens the store`,
        'say what takes its place: --new-seal …',
      )
    const { id } = await add(change, seal, replaced)
    return { id, replaced, finished: false }
  })
}

/** Replaces the key in the key file that opens the store; the file keeps its name. */
export async function rotateSealFile(place: Place, wanted?: string): Promise<Rotated> {
  const { seal } = place
  if (seal.kind !== 'file')
    throw new SealError(`the ${seal.kind} seal has no key file`, 'say which seal is to be new: --new-seal')
  const storage = await openStoreThere(place)
  try {
    return await rotateFile({ storage, random: systemRandom, changed: recorded(storage) }, seal.path, wanted)
  } finally {
    await storage.close()
  }
}

/** A new root key and a new term of the keyring. `followed`: whether servers that run follow by themselves. */
export function rekey(place: Place, followed = true): Promise<Rekeyed> {
  return changing(place, (change) => rekeyStore(change, followed))
}

/** How many shares a new set gets when nobody says: as many as the set that it replaces. */
export async function numbersOf(place: Place, id?: string): Promise<{ shares: number; threshold: number } | undefined> {
  const store = await openBeside(place)
  try {
    const { seals } = await store.unit('read', readStored)
    const row = seals.find((one) => one.kind === 'shamir' && (id === undefined || one.id === id))
    return row === undefined ? undefined : readShareSet(row.parameters)
  } finally {
    await store.close()
  }
}

/** A text that nobody is to see. */
export const secretOf = (text: string): Secret => new Secret(text)

/** The seal of settings, to be made. */
export const newSeal = (settings: SealSettings): Seal => sealOf(settings)

function summaryOf(
  row: Parameters<typeof aboutOf>[0] & { readonly id: string; readonly created_at: number | null },
): SealSummary {
  const { id, kind, created_at } = row
  return { id, kind, createdAt: created_at === null ? undefined : Number(created_at), about: aboutOf(row) }
}

/** Of a row that somebody altered it says so: the list is where one sees which to remove. */
function aboutOf(row: { readonly kind: string; readonly parameters: string }): string {
  try {
    return parametersOf(row)
  } catch {
    return 'altered in the store'
  }
}

function parametersOf({ kind, parameters }: { readonly kind: string; readonly parameters: string }): string {
  if (kind === 'shamir') {
    const { threshold, shares, set } = readShareSet(parameters)
    return `${threshold} of ${shares} shares, set ${set}`
  }
  const read = JSON.parse(parameters) as Readonly<Record<string, unknown>>
  if (kind === 'kms') return String(read.keyId)
  if (kind === 'pkcs11') return `token ${String(read.token)}, key ${String(read.key)}`
  const replaced = replacedBy({ kind, parameters })
  return replaced === undefined ? '' : `replaced ${replaced}`
}

async function changing<T>(place: Place, work: (change: Change) => Promise<T>): Promise<T> {
  const storage = await openStoreThere(place)
  try {
    const opened = await openRoot({ storage, seal: opensOnly(sealOf(place.seal)), random: systemRandom })
    try {
      return await work({ storage, opened, random: systemRandom, changed: recorded(storage) })
    } finally {
      opened.root.forget()
    }
  } finally {
    await storage.close()
  }
}
