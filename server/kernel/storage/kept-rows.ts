import type { Overflow } from './overflow.ts'
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
  /** Where rows go that find no room in memory. */
  readonly overflow?: Overflowing<Row> | undefined
}

/** How rows are put down in a file, and made again. */
export interface Overflowing<Row> {
  /** The file, asked for when it is first needed; undefined: there can be none. */
  readonly open: () => Overflow | undefined
  /** Undefined: this row is not for a file. */
  readonly pack: (row: Row) => Buffer | undefined
  /** The same row; nothing of it is in `record` itself. */
  readonly unpack: (record: Buffer, cell: Cell, name: string) => Row
}

/**
 * Rows found in the file of which it is known that they were: the hash of the last one in each slot. A row that is found again before
 * another one took its slot is asked for often, and comes back into memory; where all are asked for alike hardly any does.
 */
const LATELY = 1 << 12

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
  /** Null: it was not asked for yet. */
  #overflow: Overflow | undefined | null = null
  #foundThere: Int32Array | undefined

  constructor(kind: Kind<Row>) {
    this.#kind = kind
  }

  /** The row as an earlier read unit found it, if nothing has changed since. */
  find(unit: Unit, { account, region }: Cell, name: string): Row | undefined {
    this.follow(unit)
    const row = this.#cells.get(account)?.get(region)?.get(name)
    return row === undefined && this.#overflow ? this.#findThere(this.#overflow, account, region, name) : row
  }

  /** Keeps what a read unit has found, in the place of what came first; answers the row as it is kept. */
  keep(unit: Unit, { account, region }: Cell, name: string, row: Row): Row {
    this.follow(unit)
    const { mostBytes, sizeOf, compact, overflow } = this.#kind
    const rows = inside(inside(this.#cells, account), region)
    this.#drop(rows, name)
    const size = sizeOf(row)
    if (overflow !== undefined && this.#bytes + size > mostBytes && this.#putThere(account, region, name, row))
      return row
    for (const [oldest, other] of rows) {
      if (this.#bytes + size <= mostBytes) break
      this.#drop(rows, oldest)
      this.#putThere(account, region, oldest, other)
    }
    // Other accounts and regions hold the rest: theirs stays.
    if (this.#bytes + size > mostBytes) return row
    const kept = compact(row)
    rows.set(name, kept)
    this.#bytes += size
    return kept
  }

  /** What went to the file. What is asked for often comes back into memory, and what is oldest there goes in its place. */
  #findThere(overflow: Overflow, account: string, region: string, name: string): Row | undefined {
    const key = keyOf(account, region, name)
    const hash = overflow.hash(key)
    const record = overflow.find(hash, (one) => hasKey(one, key))
    if (record === undefined) return undefined
    const row = this.#kind.overflow?.unpack(record.subarray(2 + key.length), { account, region }, name)
    if (row === undefined || !this.#isFoundOften(hash)) return row
    const { mostBytes, sizeOf, compact } = this.#kind
    const rows = inside(inside(this.#cells, account), region)
    const size = sizeOf(row)
    for (const [oldest, other] of rows) {
      if (this.#bytes + size <= mostBytes) break
      if (!this.#putThere(account, region, oldest, other)) return row
      this.#drop(rows, oldest)
    }
    if (this.#bytes + size > mostBytes) return row
    overflow.remove(hash, (one) => hasKey(one, key))
    rows.set(name, compact(row))
    this.#bytes += size
    return row
  }

  /** Whether the row of this hash was found in the file a moment ago as well. */
  #isFoundOften(hash: number): boolean {
    this.#foundThere ??= new Int32Array(LATELY)
    const slot = hash & (LATELY - 1)
    if (this.#foundThere[slot] === (hash | 0)) return true
    this.#foundThere[slot] = hash
    return false
  }

  /** Whether it stands in the file now. */
  #putThere(account: string, region: string, name: string, row: Row): boolean {
    const { overflow } = this.#kind
    const packed = overflow?.pack(row)
    if (packed === undefined) return false
    if (this.#overflow === null) this.#overflow = overflow?.open()
    const key = keyOf(account, region, name)
    if (!this.#overflow || !isPlain(key)) return false
    const record = Buffer.allocUnsafe(2 + key.length + packed.length)
    record.writeUInt16LE(key.length, 0)
    record.write(key, 2, 'latin1')
    packed.copy(record, 2 + key.length)
    const hash = this.#overflow.hash(key)
    this.#overflow.remove(hash, (one) => hasKey(one, key))
    this.#overflow.put(hash, record)
    return true
  }

  /**
   * A unit of this process, begun in generation `began`, has committed a change of this row. A write unit is alone on the
   * store, so its commit makes the number after `began`; whatever else was changed meanwhile has one of its own.
   */
  changed({ account, region }: Cell, name: string, began: number): void {
    if (this.#generation === began) this.#generation = began + 1
    const rows = this.#cells.get(account)?.get(region)
    if (rows !== undefined) this.#drop(rows, name)
    if (!this.#overflow) return
    const key = keyOf(account, region, name)
    this.#overflow.remove(this.#overflow.hash(key), (one) => hasKey(one, key))
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
    this.#overflow?.clear()
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

const keyOf = (account: string, region: string, name: string): string => `${account} ${region} ${name}`

/** Whether each character is one byte. */
export function isPlain(key: string): boolean {
  for (let at = 0; at < key.length; at++) if (key.charCodeAt(at) > 0xff) return false
  return true
}

function hasKey(record: Buffer, key: string): boolean {
  if (record.readUInt16LE(0) !== key.length) return false
  for (let at = 0; at < key.length; at++) if (record[2 + at] !== key.charCodeAt(at)) return false
  return true
}
