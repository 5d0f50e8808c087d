import { gunzipSync, gzipSync } from 'node:zlib'
import type { StoredRecord } from '#kernel/audit/reader'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './delivery.sql.ts'
import { keyOf, type Session } from './sessions.ts'

/** Uncompressed bytes of a log file, about. Source: surroundings.md 1.6. */
export const FILE_BYTES = 50 * 1024 * 1024

const LABEL = 'cloudtrail/part'

/** What one part holds. Times in milliseconds. */
export interface Part {
  /** The records, with commas between. */
  readonly text: string
  readonly records: number
  readonly oldest: number
  readonly newest: number
}

/** How much waits for a file, by Region. */
export interface Pending {
  readonly region: string
  readonly sizeBytes: number
  /** The last part that goes into the next file. */
  readonly upto: number
}

/** Records of a session that wait for their file, in one unit of work: a row for each time that some were taken. */
export class Parts {
  readonly #unit: Unit
  readonly #vault: Vault

  constructor(unit: Unit, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
  }

  /** Puts records of one Region behind those that wait. */
  async add(session: Session, region: string, records: readonly StoredRecord[]): Promise<void> {
    const key = { ...keyOf(session), region }
    const last = await this.#unit.get<{ seq: number }>(sql.lastPart, key)
    const file = last === undefined ? await this.#unit.get<{ upto: number | null }>(sql.lastFile, key) : undefined
    const seq = Number(last?.seq ?? file?.upto ?? 0) + 1
    const text = records.map(({ record }) => record).join(',')
    const bytes = Buffer.from(text)
    const times = records.map(({ eventTime }) => eventTime)
    await this.#unit.run(sql.addPart, {
      ...key,
      seq,
      records: records.length,
      size_bytes: bytes.length,
      oldest: Math.min(...times),
      newest: Math.max(...times),
      sealed: this.#vault.wrap(LABEL, gzipSync(bytes, { level: 1 }), boundTo(key, seq)),
    })
  }

  /** What waits in a session, and how much of it makes one file. */
  async pending(session: Session): Promise<readonly Pending[]> {
    const rows = await this.#unit.all<Pick<sql.PartRow, 'region' | 'seq' | 'size_bytes'>>(sql.partsOf, keyOf(session))
    const byRegion = new Map<string, { sizeBytes: number; upto: number; full: boolean }>()
    for (const { region, seq, size_bytes } of rows) {
      const found = byRegion.get(region) ?? { sizeBytes: 0, upto: 0, full: false }
      byRegion.set(region, found)
      if (found.full) continue
      found.sizeBytes += Number(size_bytes)
      found.upto = Number(seq)
      found.full = found.sizeBytes >= FILE_BYTES
    }
    return [...byRegion].map(([region, { sizeBytes, upto }]) => ({ region, sizeBytes, upto }))
  }

  /** The numbers of the parts up to one. */
  async sequences(session: Session, region: string, upto: number): Promise<number[]> {
    const rows = await this.#unit.all<{ seq: number }>(sql.partSequences, { ...keyOf(session), region, upto })
    return rows.map(({ seq }) => Number(seq))
  }

  /** Throws when it was changed in the store, or is not there. */
  async read(session: Session, region: string, seq: number): Promise<Part> {
    const key = { ...keyOf(session), region }
    const row = await this.#unit.get<sql.PartRow>(sql.part, { ...key, seq })
    if (row === undefined) throw new Error(`part ${seq} of what waits for ${session.trail.arn} is missing`)
    const text = gunzipSync(this.#vault.unwrap(LABEL, row.sealed, boundTo(key, seq))).toString()
    return { text, records: Number(row.records), oldest: Number(row.oldest), newest: Number(row.newest) }
  }

  async remove(session: Session, region: string, upto: number): Promise<void> {
    await this.#unit.run(sql.removeParts, { ...keyOf(session), region, upto })
  }
}

const boundTo = (key: ReturnType<typeof keyOf> & { readonly region: string }, seq: number) => [
  key.account,
  key.home,
  key.name,
  String(key.started_at),
  key.region,
  String(seq),
]
