import { existsSync, realpathSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SealBroken } from '#kernel/sealing/broken'
import { SealError } from '#kernel/sealing/error'
import { addSeal, type Change, removeSeal } from '#kernel/sealing/change'
import { type OpenedRoot, openRoot, readStored } from '#kernel/sealing/open'
import type { SealRow } from '#kernel/sealing/rows.sql'
import { fileSeal, type Seal } from '#kernel/sealing/seal'
import { unwrapRoot } from '#kernel/sealing/wrapping'

/**
 * Replaces the key in a key file that keeps its name. The file and the store are two places, so it takes steps, after each of
 * which the file that is there opens the store:
 *
 *   1. the new key is written beside it, as FILE.next
 *   2. the store gets a second seal, of that key, which says which one it replaces
 *   3. FILE.next takes the place of FILE
 *   4. the store loses the seal of the old key
 *
 * What a crash has left is finished by the next call, which then does nothing else. `wanted`: the seal that is to be replaced.
 */
export async function rotateFile(
  change: Omit<Change, 'opened'>,
  path: string,
  wanted?: string,
): Promise<{ readonly id: string; readonly replaced: string; readonly finished: boolean }> {
  const reopen = (): Promise<OpenedRoot> => openRoot({ ...change, seal: onlyOpens(fileSeal(path)) })
  const opened = await reopen()
  const row = rowOf(opened)
  if (wanted !== undefined && wanted !== row.id)
    throw new SealError(
      `${path} is the key file of ${row.id}, not of ${wanted}`,
      'name the file of the one, or a new one with --new-seal-file',
    )
  const left = replacedBy(row)
  if (left !== undefined && opened.stored.seals.some(({ id }) => id === left)) {
    await removeSeal({ ...change, opened }, left)
    return { id: row.id, replaced: left, finished: true }
  }
  // behind a link: the new key goes where the old one lies (another disk than the store's, say), and the link stays
  const place = realpathSync(path)
  const next = `${place}.next`
  const begun = existsSync(next) ? await find(change, next) : undefined
  if (begun === undefined) await addSeal({ ...change, opened }, replacing(fileSeal(next), row.id))
  await rename(next, place)
  await syncFolder(dirname(place))
  const after = await reopen()
  const id = rowOf(after).id
  await removeSeal({ ...change, opened: after }, row.id)
  return { id, replaced: row.id, finished: begun !== undefined }
}

const rowOf = ({ by }: OpenedRoot): SealRow => {
  if (by === undefined) throw new Error('it was opened by a seal')
  return by.row
}

/** The seal that one of a key file replaces. */
export function replacedBy({ kind, parameters }: Pick<SealRow, 'kind' | 'parameters'>): string | undefined {
  if (kind !== 'file') return undefined
  const { replaces } = JSON.parse(parameters) as { readonly replaces?: unknown }
  return typeof replaces === 'string' ? replaces : undefined
}

const replacing = (seal: Seal, id: string): Seal => ({
  ...seal,
  make: async (random) => ({ ...(await seal.make(random)), parameters: JSON.stringify({ replaces: id }) }),
})

const onlyOpens = (seal: Seal): Seal => ({
  ...seal,
  make: () => Promise.reject(new Error('this store has no keys yet')),
})

/** The seal of this key file, when the store has it already. */
async function find({ storage }: Pick<Change, 'storage'>, path: string): Promise<SealRow | undefined> {
  const { seals } = await storage.unit('read', readStored)
  const rows = seals.filter(({ kind }) => kind === 'file')
  for (const { id, key } of await fileSeal(path).open(rows)) {
    const row = rows.find((one) => one.id === id) as SealRow
    try {
      unwrapRoot(key, row).fill(0)
      return row
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
    }
  }
  return undefined
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
