import type { Unit } from '#kernel/storage/storage'
import type { Accessed } from './accessed.ts'
import type { Cell } from './model/identity.ts'
import type { Secret } from './model/secret.ts'
import type { Stages } from './model/stages.ts'
import { secretOf } from './rows.ts'
import * as sql from './store.sql.ts'

/** Which page of the secrets, in which order. */
export interface PageQuery {
  readonly by: sql.SortKey
  readonly order: 'asc' | 'desc'
  /** The sort field's value (0 with `name`), and name and suffix of the last secret seen, a space between; undefined: from the start. */
  readonly after?: readonly [number, string] | undefined
  readonly limit: number
}

/** A secret and its place in the order of a page. */
export interface Placed {
  readonly secret: Secret
  readonly at: readonly [number, string]
}

/** Secrets that are counted before the event loop goes on: 3 ms. */
const COUNTED_AT_ONCE = 20_000

/** Between what names with a prefix lie: they hold no character as high as DEL. */
const named = (prefix: string) => ({ from_name: prefix, to_name: `${prefix}\x7f` })

/** All secrets of one account and region, within one unit of work: for lists, searches and quotas. Locks nothing. */
export class SecretLists {
  readonly #unit: Unit
  readonly #cell: Cell
  readonly #accessed: Accessed

  constructor(unit: Unit, cell: Cell, accessed: Accessed) {
    this.#unit = unit
    this.#cell = cell
    this.#accessed = accessed
  }

  /** A page of the account's secrets, those scheduled for deletion included, each with its place in the order as the store has it: what `after` of the next page takes. */
  async page({ by, order, after, limit }: PageQuery): Promise<Placed[]> {
    const [value, last] = after ?? (order === 'asc' ? [-1, ''] : [Number.MAX_SAFE_INTEGER, '\x7f'])
    // A token of a former release ends with the name: whatever its suffix was, it has been seen.
    const [name = '', suffix = order === 'asc' ? '\x7f' : ''] = last.split(' ')
    const behind = { after_name: name, after_suffix: suffix }
    const place = by === 'name' ? behind : { after_value: value, ...behind }
    const rows = await this.#unit.all<sql.SecretRow>(sql.pages[by][order], {
      ...this.#cell,
      ...place,
      limit,
    })
    return rows.map((row) => this.#placed(row, by))
  }

  /** Secrets whose names begin with one of `prefixes`, up to `most`, each with its place in the order of a page. */
  async named(prefixes: readonly string[], by: sql.SortKey, most: number): Promise<Placed[]> {
    const found: Placed[] = []
    for (const prefix of prefixes) {
      const between = { ...this.#cell, ...named(prefix), limit: most - found.length }
      if (between.limit <= 0) break
      const rows = await this.#unit.all<sql.SecretRow>(sql.namedBetween, between)
      for (const row of rows) found.push(this.#placed(row, by))
    }
    return found
  }

  /** How many of `named` there are; beyond `most` it is not counted on. */
  async countNamed(prefixes: readonly string[], most: number): Promise<number> {
    let count = 0
    for (const prefix of prefixes) {
      const between = { ...this.#cell, ...named(prefix), limit: most + 1 - count }
      count += (await this.#unit.get<{ rows: number }>(sql.countNamedBetween, between))?.rows ?? 0
      if (count > most) break
    }
    return count
  }

  /** How many secrets the account has, those scheduled for deletion included. Costs time in proportion, in which others have their turns. */
  async count(): Promise<number> {
    for (let count = 0, after = ''; ; ) {
      const asked = { ...this.#cell, after, limit: COUNTED_AT_ONCE }
      const piece = await this.#unit.get<{ rows: number; last: string | null }>(sql.countSecrets, asked)
      count += piece?.rows ?? 0
      if (piece?.last == null || piece.rows < COUNTED_AT_ONCE) return count
      after = piece.last
      await new Promise(setImmediate)
    }
  }

  /** The labels of many secrets of the account, by internal id; a secret without labels is not in it. */
  async stagesOf(secrets: readonly Secret[]): Promise<ReadonlyMap<string, Stages>> {
    const found = new Map<string, Map<string, string>>()
    for (let at = 0; at < secrets.length; at += sql.MANY) {
      const asked: Record<string, string> = { ...this.#cell }
      for (let i = 0; i < sql.MANY; i++) asked[`s${i}`] = secrets[at + i]?.id ?? ''
      type Row = { secret: string; stage: string; version: string }
      for (const { secret, stage, version } of await this.#unit.all<Row>(sql.stagesOfMany, asked)) {
        const stages = found.get(secret) ?? new Map<string, string>()
        found.set(secret, stages.set(stage, version))
      }
    }
    return found
  }

  #placed(row: sql.SecretRow, by: sql.SortKey): Placed {
    return {
      secret: secretOf(row, this.#cell, this.#accessed.ofSecret(row.id, row.accessed_day)),
      at: [sql.sortValue(row, by), `${row.name} ${row.suffix}`],
    }
  }
}
