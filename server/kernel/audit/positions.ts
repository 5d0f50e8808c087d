import type { KeyObject } from 'node:crypto'
import { type Place, placeOf, textOf } from '#kernel/audit/place'
import * as sql from '#kernel/audit/positions.sql'
import { checkRow, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'

const TABLE = 'audit_follower'
/** The row that says which followers have a position: one that is taken away is missed. */
const NAMES = ''

interface Row {
  readonly name: string
  readonly place: string
  readonly mac: Uint8Array
  readonly holder: string
  readonly until: number
  readonly seen_at: number
}

/** A position is not where it was left: somebody else has moved it meanwhile. */
export class Moved extends Error {
  constructor(name: string) {
    super(`the position of ${name} in the audit journal was moved by another process`)
  }
}

/** The position of a follower is gone, or was made up. */
export class PositionForged extends Error {}

/** Where a follower stands, as the store has it. */
export interface Position {
  readonly name: string
  readonly place: Place
  readonly text: string
  readonly seenAt: number
}

/** What `claim` found. */
export type Claimed =
  | { readonly kind: 'ours'; readonly position: Position }
  | { readonly kind: 'held' }
  | { readonly kind: 'new' }

/** The positions of followers in the main store. Each carries a MAC, and so does the list of their names. */
export class Positions {
  readonly #key: KeyObject
  readonly #holder: string
  readonly #leaseMs: number

  constructor(key: KeyObject, holder: string, leaseMs: number) {
    this.#key = key
    this.#holder = holder
    this.#leaseMs = leaseMs
  }

  /** Holds a follower for a lease from `now`, unless another process does. Throws when its row was altered or taken away. */
  async claim(unit: Unit, name: string, now: number): Promise<Claimed> {
    const row = await unit.get<Row>(sql.find, { name })
    if (row === undefined) {
      if ((await this.#names(unit)).has(name))
        throw new PositionForged(`the position of ${name} in the audit journal was taken away`)
      return { kind: 'new' }
    }
    const position = this.#checked(row)
    // A lease that ends later than any lease would is nobody's.
    if (row.holder !== this.#holder && row.until > now && row.until <= now + 2 * this.#leaseMs) return { kind: 'held' }
    await unit.run(sql.hold, { name, holder: this.#holder, until: now + this.#leaseMs, now })
    return { kind: 'ours', position }
  }

  /** Where a follower stands, whoever holds it; undefined when it has no position. Throws when its row was altered. */
  async find(unit: Unit, name: string): Promise<Position | undefined> {
    const row = await unit.get<Row>(sql.look, { name })
    return row === undefined ? undefined : this.#checked(row)
  }

  /** Puts down a new follower's first position; the process holds it. */
  async begin(unit: Unit, name: string, place: Place, now: number): Promise<void> {
    const names = await this.#names(unit)
    const until = now + this.#leaseMs
    await this.#put(unit, name, textOf(place), until, now)
    await this.#put(unit, NAMES, [...names, name].sort().join(' '), 0, now)
  }

  /** Moves a position from where it was read. Throws Moved when it is not there any more. */
  async move(unit: Unit, name: string, before: string, place: Place, now: number): Promise<string> {
    const text = textOf(place)
    const changes = await unit.run(sql.move, { name, place: text, mac: this.#mac(name, text), before, now })
    if (changes !== 1) throw new Moved(name)
    return text
  }

  async release(unit: Unit, name: string): Promise<void> {
    await unit.run(sql.release, { name, holder: this.#holder })
  }

  async #put(unit: Unit, name: string, text: string, until: number, now: number): Promise<void> {
    await unit.run(sql.put, { name, place: text, mac: this.#mac(name, text), holder: this.#holder, until, now })
  }

  #mac(name: string, text: string): Uint8Array {
    return rowMac(this.#key, TABLE, [name, text])
  }

  #checked(row: Row): Position {
    checkRow(this.#key, TABLE, [row.name, row.place], row.mac, row.name)
    return { name: row.name, place: placeOf(row.place), text: row.place, seenAt: row.seen_at }
  }

  async #names(unit: Unit): Promise<Set<string>> {
    const row = await unit.get<Row>(sql.find, { name: NAMES })
    if (row === undefined) return new Set()
    checkRow(this.#key, TABLE, [NAMES, row.place], row.mac, 'the names of followers')
    return new Set(row.place.split(' '))
  }
}

/** All positions, and what is wrong with them, in words. `key`: the vault's `macKey('audit/follower')`. */
export async function positionsIn(
  unit: Unit,
  key: KeyObject,
): Promise<{ readonly positions: readonly Position[]; readonly problems: readonly string[] }> {
  const rows = await unit.all<Row>(sql.all, {})
  const problems: string[] = []
  const positions: Position[] = []
  let names: Set<string> | undefined
  for (const row of rows) {
    try {
      checkRow(key, TABLE, [row.name, row.place], row.mac, row.name)
      if (row.name === NAMES) names = new Set(row.place.split(' '))
      else positions.push({ name: row.name, place: placeOf(row.place), text: row.place, seenAt: row.seen_at })
    } catch {
      problems.push(
        row.name === NAMES
          ? 'the list of those who follow the journal was altered'
          : `the position of ${row.name}, who follows the journal, was altered`,
      )
    }
  }
  const there = new Set(rows.map(({ name }) => name))
  if (names === undefined && positions.length > 0 && !there.has(NAMES))
    problems.push('the list of those who follow the journal was taken away')
  for (const name of names ?? [])
    if (!there.has(name)) problems.push(`the position of ${name}, who follows the journal, was taken away`)
  return { positions, problems }
}
