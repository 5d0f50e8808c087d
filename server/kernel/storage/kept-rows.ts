import type { Scope, Unit } from './storage.ts'

/** Where a row belongs beside its name. */
interface Cell {
  readonly account: string
  readonly region: string
}

/** Whose rows are kept, and what one of them is made of. */
interface Kind<Row> {
  /** A row is valid for one generation of this scope. */
  readonly scope: Scope
  readonly mostBytes: number
  /** What a row costs in memory; the same before and after `compact`. */
  readonly sizeOf: (row: Row) => number
  /** The same row in the least room, on its own: no view of a buffer that holds more. */
  readonly compact: (row: Row) => Row
  /** Everything was let go: what was made of these rows goes with them. */
  readonly cleared?: () => void
}

/**
 * Rows that read units found lately, within a bound of bytes. They are valid for one generation of their scope: a change made
 * here takes out the one row it changed, a change made by another process everything. Only for stores whose generation is
 * exact when a unit begins (SQLite): with PostgreSQL a change on another node would be seen up to a second late.
 */
export class KeptRows<Row> {
  readonly #kind: Kind<Row>
  /** By account, region, name. */
  readonly #cells = new Map<string, Map<string, Map<string, Row>>>()
  /** What is kept is what a unit of this generation would read. */
  #generation = -1
  #bytes = 0

  constructor(kind: Kind<Row>) {
    this.#kind = kind
  }

  /** The row as an earlier read unit found it, if nothing has changed since. */
  find(unit: Unit, { account, region }: Cell, name: string): Row | undefined {
    this.follow(unit)
    return this.#cells.get(account)?.get(region)?.get(name)
  }

  /** Keeps what a read unit has found, in the place of what came first; answers the row as it is kept. */
  keep(unit: Unit, { account, region }: Cell, name: string, row: Row): Row {
    this.follow(unit)
    const { mostBytes, sizeOf, compact } = this.#kind
    const rows = inside(inside(this.#cells, account), region)
    this.#drop(rows, name)
    const size = sizeOf(row)
    for (const oldest of rows.keys()) {
      if (this.#bytes + size <= mostBytes) break
      this.#drop(rows, oldest)
    }
    // Other accounts and regions hold the rest: theirs stays.
    if (this.#bytes + size > mostBytes) return row
    const kept = compact(row)
    rows.set(name, kept)
    this.#bytes += size
    return kept
  }

  /**
   * A unit of this process, begun in generation `began`, has committed a change of this row. A write unit is alone on the
   * store, so its commit makes the number after `began`; whatever else was changed meanwhile has one of its own.
   */
  changed({ account, region }: Cell, name: string, began: number): void {
    if (this.#generation === began) this.#generation = began + 1
    const rows = this.#cells.get(account)?.get(region)
    if (rows !== undefined) this.#drop(rows, name)
  }

  /** Lets everything go when this unit reads another generation than the one that was kept. */
  follow(unit: Unit): void {
    const generation = unit.generation(this.#kind.scope)
    if (generation === this.#generation) return
    this.clear()
    this.#generation = generation
  }

  clear(): void {
    this.#cells.clear()
    this.#bytes = 0
    this.#kind.cleared?.()
  }

  #drop(rows: Map<string, Row>, name: string): void {
    const row = rows.get(name)
    if (row === undefined) return
    rows.delete(name)
    this.#bytes -= this.#kind.sizeOf(row)
  }
}

/** The map under `key`, made when it is not there. */
function inside<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}
