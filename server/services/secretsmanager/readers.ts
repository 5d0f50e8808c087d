import type { Storage } from '#kernel/storage/storage'
import { RowForged } from '#kernel/sealing/row-mac'
import { Lately } from './lately.ts'
import type { Cell } from './model/identity.ts'
import type { Reader, RotationRows } from './rotations.ts'
import * as sql from './rotations.sql.ts'

/** So long the same principal reading the same version is no news. */
const FRESH_MS = 15 * 60_000
/** Principals that are kept in memory for one account, over all of its secrets: nobody makes a hold of another account blind. */
const MOST = 20_000
/** Rows written in one unit. */
const BATCH = 200
/** Principals that are none: the built-in functions themselves. */
const OWN = ':role/aws-service-role/'

interface Note extends Cell {
  /** Internal id of the secret. */
  readonly id: string
  readonly principal: string
  version: string
  readAt: number
  rotates: boolean
  written: boolean
}

/** What is kept of one account's secrets. */
interface Share {
  /** By the internal id of the secret, then by principal. */
  readonly known: Map<string, Map<string, Note>>
  size: number
  /** How many of them are not written yet. */
  waiting: number
}

/**
 * Which principal last read which version of which secret, kept in memory until `flush` writes it: reads themselves never write.
 * What was noted a moment ago is kept, so that reading the same value again costs two look-ups. A crash loses at most what was
 * read since the last flush; when an account has too many principals, what of it is written already goes, and beyond that nothing
 * of this account is noted.
 */
export class Readers {
  readonly #rows: RotationRows
  readonly #most: number
  readonly #seed: number
  readonly #shares = new Map<string, Share>()
  #news: Note[] = []
  /** What was written lately and may be forgotten already: who goes through more secrets than are kept is not written down at every read. */
  #written: Lately | undefined

  /** `seed`: chance, for what is remembered of what was forgotten. */
  constructor(rows: RotationRows, most = MOST, seed = 0) {
    this.#rows = rows
    this.#most = most
    this.#seed = seed
  }

  /** A principal has read a version at `now`; `rotates`: it asked for a pending one. */
  note(
    secret: Cell & { readonly id: string },
    version: string,
    principal: string,
    now: number,
    rotates: boolean,
  ): void {
    let share = this.#shares.get(secret.account)
    if (share === undefined) {
      share = { known: new Map(), size: 0, waiting: 0 }
      this.#shares.set(secret.account, share)
    }
    const known = share.known.get(secret.id)?.get(principal)
    if (known === undefined) {
      if (principal.includes(OWN)) return
      const done = this.#written?.has(`${secret.id} ${principal}`, whatOf(version, rotates), now, FRESH_MS)
      if (done === true) return
      this.#add(share, secret, { version, principal, readAt: now, rotates })
      return
    }
    if (known.version === version && now - known.readAt < FRESH_MS && (!rotates || known.rotates)) return
    known.version = version
    known.readAt = now
    known.rotates ||= rotates
    if (!known.written) return
    known.written = false
    share.waiting++
    this.#news.push(known)
  }

  /** Principals that are noted and not written yet. */
  get waiting(): number {
    return this.#news.length
  }

  /** Writes what was noted, in batches. What a failed batch held stays noted, and the failure is thrown. */
  async flush(storage: Storage): Promise<void> {
    // In one order, so that two processes that write the same rows wait for each other and don't lock crosswise.
    const news = this.#news.toSorted((a, b) => (`${a.id} ${a.principal}` < `${b.id} ${b.principal}` ? -1 : 1))
    this.#news = []
    for (let at = 0; at < news.length; at += BATCH) {
      const batch = news.slice(at, at + BATCH).map((note) => ({ note, seen: { ...note } }))
      try {
        await storage.unit('write', async (unit) => {
          for (const { seen } of batch) {
            const key = { account: seen.account, region: seen.region, secret: seen.id }
            if ((await unit.get(sql.hasSecret, key)) === undefined) continue
            const row = await unit.get<sql.ReaderRow>(sql.findReader, { ...key, principal: seen.principal })
            const before = row && this.#sound(seen, row)
            if (before !== undefined && before.readAt > seen.readAt) continue
            const rotates = seen.rotates || before?.rotates === true
            await unit.run(sql.putReader, { ...key, ...this.#rows.readerColumns(seen, { ...seen, rotates }) })
          }
        })
      } catch (error) {
        this.#news.push(...news.slice(at))
        throw error
      }
      for (const { note, seen } of batch) {
        // Read again while it was written: it has more to tell.
        if (note.version === seen.version && note.readAt === seen.readAt) this.#isWritten(note)
        else this.#news.push(note)
      }
    }
  }

  clear(): void {
    this.#shares.clear()
    this.#news = []
    this.#written = undefined
  }

  #add(
    share: Share,
    { account, region, id }: Cell & { readonly id: string },
    read: Pick<Note, 'version' | 'principal' | 'readAt' | 'rotates'>,
  ): void {
    if (share.size >= this.#most) {
      if (share.waiting >= share.size) return
      this.#forgetWritten(share)
    }
    const note: Note = { account, region, id, ...read, written: false }
    let of = share.known.get(id)
    if (of === undefined) {
      of = new Map()
      share.known.set(id, of)
    }
    of.set(note.principal, note)
    share.size++
    share.waiting++
    this.#news.push(note)
  }

  #isWritten(note: Note): void {
    note.written = true
    const share = this.#shares.get(note.account)
    // All was cleared while it was written.
    if (share?.known.get(note.id)?.get(note.principal) === note) share.waiting--
  }

  #forgetWritten(share: Share): void {
    this.#written ??= new Lately(this.#seed)
    for (const [id, of] of share.known) {
      for (const [principal, { written, version, readAt, rotates }] of of) {
        if (!written) continue
        of.delete(principal)
        this.#written.note(`${id} ${principal}`, whatOf(version, rotates), readAt)
      }
      if (of.size === 0) share.known.delete(id)
    }
    share.size = share.waiting
  }

  /** What stands in a row; nothing of one that was changed from outside: it is written over. */
  #sound(note: Note, row: sql.ReaderRow): Reader | undefined {
    try {
      return this.#rows.reader(note, row)
    } catch (error) {
      if (error instanceof RowForged) return undefined
      throw error
    }
  }
}

const whatOf = (version: string, rotates: boolean): string => (rotates ? `${version} pending` : version)
