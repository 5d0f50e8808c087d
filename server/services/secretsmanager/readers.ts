import type { Storage } from '#kernel/storage/storage'
import { RowForged } from '#kernel/sealing/row-mac'
import type { Cell } from './model/identity.ts'
import type { Reader, RotationRows } from './rotations.ts'
import * as sql from './rotations.sql.ts'

/** So long the same principal reading the same version is no news. */
const FRESH_MS = 15 * 60_000
/** Principals that are kept in memory, over all secrets. */
const MOST = 50_000
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

/**
 * Which principal last read which version of which secret, kept in memory until `flush` writes it: reads themselves never write.
 * What was noted a moment ago is kept, so that reading the same value again costs two look-ups. A crash loses at most what was
 * read since the last flush; when there are too many principals, what is written already goes, and beyond that nothing is noted.
 */
export class Readers {
  readonly #rows: RotationRows
  readonly #most: number
  #known = new Map<string, Map<string, Note>>()
  #news: Note[] = []
  #size = 0

  constructor(rows: RotationRows, most = MOST) {
    this.#rows = rows
    this.#most = most
  }

  /** A principal has read a version at `now`; `rotates`: it asked for a pending one. */
  note(
    secret: Cell & { readonly id: string },
    version: string,
    principal: string,
    now: number,
    rotates: boolean,
  ): void {
    const known = this.#known.get(secret.id)?.get(principal)
    if (known === undefined) {
      this.#add(secret, version, principal, now, rotates)
      return
    }
    if (known.version === version && now - known.readAt < FRESH_MS && (!rotates || known.rotates)) return
    known.version = version
    known.readAt = now
    known.rotates ||= rotates
    if (known.written) this.#news.push(known)
    known.written = false
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
        if (note.version === seen.version && note.readAt === seen.readAt) note.written = true
        else this.#news.push(note)
      }
    }
  }

  clear(): void {
    this.#known.clear()
    this.#news = []
    this.#size = 0
  }

  #add(
    secret: Cell & { readonly id: string },
    version: string,
    principal: string,
    now: number,
    rotates: boolean,
  ): void {
    if (principal.includes(OWN)) return
    if (this.#size >= this.#most) this.#forget()
    if (this.#size >= this.#most) return
    const { account, region, id } = secret
    const note: Note = { account, region, id, principal, version, readAt: now, rotates, written: false }
    let of = this.#known.get(id)
    if (of === undefined) {
      of = new Map()
      this.#known.set(id, of)
    }
    of.set(principal, note)
    this.#size++
    this.#news.push(note)
  }

  /** Keeps only what is not written yet. */
  #forget(): void {
    this.#known = new Map()
    this.#size = this.#news.length
    for (const note of this.#news) {
      const of = this.#known.get(note.id) ?? new Map<string, Note>()
      this.#known.set(note.id, of.set(note.principal, note))
    }
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
