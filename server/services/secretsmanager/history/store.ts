import type { Unit } from '#kernel/storage/storage'
import type { Cell } from '../model/identity.ts'
import type { Sealed, Version } from '../model/secret.ts'
import { type SealedRow, sealedOf, type VersionRow, versionOf } from '../rows.ts'
import type { Entry, Gone, HistoryRows, Holder } from './entry.ts'
import * as sql from './history.sql.ts'

/** Which entries: newest first, below a number, within times (both inclusive, milliseconds). */
export interface EntryQuery {
  readonly below?: number | undefined
  readonly first?: number | undefined
  readonly last?: number | undefined
  readonly limit: number
}

/** Entries that are read at once while walking back, and how many at the most. */
const STEP = 100
const MOST = 100_000

const keyOf = ({ account, region, id }: Holder) => ({ account, region, secret: id })

/** What is kept of the past of secrets, within one unit of work. */
export class History {
  readonly #unit: Unit
  readonly #rows: HistoryRows

  constructor(unit: Unit, rows: HistoryRows) {
    this.#unit = unit
    this.#rows = rows
  }

  /** Entries of a secret, whether it is there or gone, newest first. */
  async entries(
    holder: Holder,
    { below = Number.MAX_SAFE_INTEGER, first = 0, last = Number.MAX_SAFE_INTEGER, limit }: EntryQuery,
  ): Promise<Entry[]> {
    const rows = await this.#unit.all<sql.EntryRow>(sql.list, { ...keyOf(holder), below, first, last, limit })
    return rows.map((row) => this.#rows.entry(holder, row))
  }

  /**
   * What has happened to a secret after `asOf`, newest first, for who walks back from how it is now. `whole`: nothing is missing, so
   * that the state at that time is known. `changedAt`: LastChangedDate of a secret that is there, for one older than its history.
   */
  async since(
    holder: Holder,
    asOf: number,
    changedAt?: number,
  ): Promise<{ readonly entries: readonly Entry[]; readonly whole: boolean }> {
    const entries: Entry[] = []
    const whole = await this.walk(holder, asOf, changedAt, (entry) => entries.push(entry) < MOST)
    return { entries, whole }
  }

  /**
   * The same, one entry after another, for who keeps none of them: there may be many, and policies in them. Others have their turn in
   * between. `see` answers whether to go on; what is not seen to its end is not whole.
   */
  async walk(
    holder: Holder,
    asOf: number,
    changedAt: number | undefined,
    see: (entry: Entry) => boolean,
  ): Promise<boolean> {
    let last: Entry | undefined
    for (;;) {
      const page = await this.entries(holder, { below: last?.number, limit: STEP })
      for (const entry of page) {
        if (last !== undefined && entry.number !== last.number - 1) return ended(last, asOf)
        if (entry.at <= asOf) return true
        last = entry
        if (!see(entry)) return false
      }
      if (page.length < STEP) {
        return last === undefined ? changedAt !== undefined && changedAt <= asOf : ended(last, asOf)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** The entry by which a version came, that is: who made it; undefined when that is not known any more. */
  async maker(holder: Holder, version: string): Promise<Entry | undefined> {
    const row = await this.#unit.get<sql.EntryRow>(sql.ofVersion, { ...keyOf(holder), version })
    return row && this.#rows.entry(holder, row)
  }

  /** The secret of that name that went last; `suffix`: the one whose ARN ended so. */
  async gone({ account, region }: Cell, name: string, suffix = ''): Promise<Gone | undefined> {
    const row = await this.#unit.get<sql.GoneRow>(sql.findGone, { account, region, name, suffix })
    return row && this.#rows.gone({ account, region }, row)
  }

  /** Secrets that are gone and were there after `since`, whose names begin with `prefix`: by name and suffix, after a place. */
  async goneUnder(
    { account, region }: Cell,
    {
      prefix,
      since,
      after,
      limit,
    }: {
      readonly prefix: string
      readonly since: number
      readonly after?: Pick<Gone, 'name' | 'suffix'> | undefined
      readonly limit: number
    },
  ): Promise<Gone[]> {
    const rows = await this.#unit.all<sql.GoneRow>(sql.goneUnder, {
      ...{ account, region, since, limit },
      first: prefix,
      end: `${prefix}\x7f`,
      after_name: after?.name ?? '',
      after_suffix: after?.suffix ?? '',
    })
    return rows.map((row) => this.#rows.gone({ account, region }, row))
  }

  /** A version that was pruned, with its content as it was. */
  async past(holder: Holder, version: string): Promise<Sealed | undefined> {
    const row = await this.#unit.get<SealedRow>(sql.findPast, { ...keyOf(holder), version })
    return row && sealedOf(row)
  }

  /** Pruned versions whose values are kept, newest first. */
  async pasts(holder: Holder, limit: number): Promise<Version[]> {
    const rows = await this.#unit.all<VersionRow>(sql.listPast, { ...keyOf(holder), limit })
    return rows.map((row) => versionOf(row, row.accessed_day))
  }

  /** Puts the value of a version by, which is about to be taken away. */
  async putBy(holder: Holder, version: string, now: number): Promise<void> {
    await this.#unit.run(sql.archive, { ...keyOf(holder), version, archived_at: now })
  }

  /** A version is there again. */
  async takeBack(holder: Holder, version: string): Promise<void> {
    await this.#unit.run(sql.deletePast, { ...keyOf(holder), version })
  }

  /** A secret is gone for good: of its values nothing is kept, who did what to it stays. */
  async end(gone: Gone): Promise<void> {
    const { account, region } = gone
    await this.#unit.run(sql.addGone, { account, region, ...this.#rows.goneColumns(gone) })
    await this.#unit.run(sql.deletePasts, keyOf(gone))
  }
}

/** Whether the oldest entry that is there says how it was at that time. */
const ended = ({ kind, heldSince }: Entry, asOf: number): boolean => kind === 'Created' || heldSince <= asOf
