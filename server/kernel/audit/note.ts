import type { KeyObject } from 'node:crypto'
import { noteMac, type Register, same } from '#kernel/audit/chain'
import { noteForged } from '#kernel/audit/forgery'
import type { Journal } from '#kernel/audit/journal'
import { dropNote, readNote, writeNote } from '#kernel/audit/outbox.sql'
import type { Storage } from '#kernel/storage/storage'

/**
 * What the main store knows of the journal: its register at the last start. A journal does not show from within that it is
 * a new one, or an old copy; the note does. Undefined before the first start. Rejects when the note was altered.
 */
export async function noted(storage: Pick<Storage, 'unit'>, key: KeyObject): Promise<Register | undefined> {
  const row = await storage.unit('read', (unit) => unit.get<Register & { mac: string }>(readNote, {}))
  if (row === undefined) return undefined
  const { mac, ...register } = row
  if (!same(mac, noteMac(key, register))) throw noteForged()
  return register
}

/**
 * Opens a journal that goes back to what was noted, and notes where its register stands now. Rejects when the journal is
 * another one, or an earlier state of it. With `anew` nothing is held against it: from now on this journal is the right one.
 */
export async function openNoted(
  storage: Storage,
  key: KeyObject,
  anew: boolean,
  open: (known: Register | undefined) => Promise<Journal> | Journal,
): Promise<Journal> {
  const journal = await open(anew ? undefined : await noted(storage, key))
  try {
    const { count, hash } = journal.register
    await storage.unit('write', async (unit) => {
      if (anew) await unit.run(dropNote, {})
      await unit.run(writeNote, { count, hash, mac: noteMac(key, journal.register) })
    })
    await storage.durable()
    return journal
  } catch (error) {
    await journal.close()
    throw error
  }
}
