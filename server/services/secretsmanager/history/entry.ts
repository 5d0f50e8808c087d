import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Change } from '../model/as-of.ts'
import type { Cell } from '../model/identity.ts'
import type { Author } from './author.ts'
import type { EntryRow, GoneRow } from './history.sql.ts'

/**
 * What an entry is mainly about, the weightiest first: `Created` and `Removed` (for good) are the ends of a secret; `Version`: a value
 * came, or the empty version of a rotation; `Pruned`: a version was taken away.
 */
export const KINDS = [
  'Created',
  'Removed',
  'Deletion',
  'Restored',
  'Version',
  'Pruned',
  'Policy',
  'Rotation',
  'Labels',
  'Metadata',
] as const
export type EntryKind = (typeof KINDS)[number]

/** Everything that one unit of work changed of one secret. */
export interface Entry {
  /** 1, 2, 3, … of one secret: the order, also within a millisecond. A number that is missing was taken away by the policy. */
  readonly number: number
  /** Milliseconds; never less than that of the entry before. */
  readonly at: number
  /** Since when the state before this entry held: the time of the entry before, or of the last change before there was a history. */
  readonly heldSince: number
  readonly kind: EntryKind
  /** The version that came or went, when it is one. */
  readonly versionId: string | undefined
  readonly author: Author
  readonly changes: readonly Change[]
}

/** Whose history it is: the internal id, which no other secret ever has. */
export type Holder = Cell & { readonly id: string }

/** A secret that is gone for good, of which the history still tells. */
export interface Gone extends Holder {
  readonly name: string
  /** The last six characters of its ARN. */
  readonly suffix: string
  readonly createdAt: number
  readonly goneAt: number
}

const TABLE = 'secret_history'
const GONE_TABLE = 'secret_gone'

/** The rows of the history, authenticated: what is restored by them, and who is blamed, is as this server wrote it. */
export class HistoryRows {
  readonly #key: KeyObject

  /** @param key of the vault: authenticates rows */
  constructor(key: KeyObject) {
    this.#key = key
  }

  /** The entry in a row. Throws RowForged for one that this server did not write. */
  entry(holder: Holder, row: EntryRow): Entry {
    checkRow(this.#key, TABLE, fieldsOf(holder, row), row.mac, `history of secret ${holder.id}, entry ${row.entry}`)
    const changes = JSON.parse(row.changes) as [string, string | null, string | null][]
    return {
      number: row.entry,
      at: row.at,
      heldSince: row.held_since,
      kind: row.kind as EntryKind,
      versionId: row.version ?? undefined,
      author: JSON.parse(row.author) as Author,
      changes: changes.map(([member, from, to]) => ({ member, from: from ?? undefined, to: to ?? undefined })),
    }
  }

  /** What to write into the row. */
  columns(holder: Holder, { number, at, heldSince, kind, versionId, author, changes }: Entry) {
    const { now: _, ...who } = author
    const row = {
      entry: number,
      at,
      held_since: heldSince,
      kind,
      version: versionId ?? null,
      author: JSON.stringify(who),
      changes: JSON.stringify(changes.map(({ member, from, to }) => [member, from ?? null, to ?? null])),
    }
    return { ...row, mac: rowMac(this.#key, TABLE, fieldsOf(holder, row)) }
  }

  gone({ account, region }: Cell, row: GoneRow): Gone {
    const { secret: id, name, suffix, created_at: createdAt, gone_at: goneAt } = row
    const gone = { account, region, id, name, suffix, createdAt, goneAt }
    checkRow(this.#key, GONE_TABLE, goneFields(gone), row.mac, `secret ${id}, which is gone`)
    return gone
  }

  goneColumns(gone: Gone) {
    const { id, name, suffix, createdAt, goneAt } = gone
    const mac = rowMac(this.#key, GONE_TABLE, goneFields(gone))
    return { secret: id, name, suffix, created_at: createdAt, gone_at: goneAt, mac }
  }
}

function fieldsOf({ account, region, id }: Holder, row: Omit<EntryRow, 'mac'>): Field[] {
  const { entry, at, held_since, kind, version, author, changes } = row
  return [account, region, id, entry, at, held_since, kind, version, author, changes]
}

const goneFields = ({ account, region, id, name, suffix, createdAt, goneAt }: Gone): Field[] => [
  ...[account, region, id, name, suffix],
  ...[createdAt, goneAt],
]
