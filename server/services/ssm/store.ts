import { StorageError } from '#kernel/storage/error'
import type { Statement, Unit } from '#kernel/storage/storage'
import type { Soon } from '#kernel/values/soon'
import type { Cell, Found, Parameter, Reading, Sealed, Selector, StoredTier } from './model/parameter.ts'
import { tooManyUpdates } from './model/refusals.ts'
import type { Readings } from './readings.ts'
import { type Rows, unsealed } from './rows.ts'
import { removeShares } from './sharing.sql.ts'
import * as sql from './store.sql.ts'

/**
 * What goes with a parameter when it is deleted, beside its own row: statements that take `account`, `region` and `parameter`, its
 * internal id. Who keeps more of a parameter adds his own.
 */
const CHILDREN: readonly Statement[] = [sql.deleteLabels, sql.deleteVersions, removeShares]

/** Where a caller is, and when. */
export interface Here extends Cell {
  /** Milliseconds. */
  readonly now: number
}

/**
 * Parameters as a caller of one account and region asks for them, within one unit of work; `cell` says another place. What was found
 * is remembered, so that `target` and `run` share one question. A parameter that has expired is found by nothing. In a write unit
 * the parameter's row is locked when it is found, so that the writers of one parameter follow each other on both engines.
 */
export class Parameters {
  readonly unit: Unit
  readonly rows: Rows
  readonly #here: Here
  readonly #readings: Readings | undefined
  /** Undefined once the store was told. */
  #waitMs: number | undefined
  /** Writers go side by side. */
  readonly #sideBySide: boolean
  #announced = false
  /** By account, region, key and selector. */
  #known: Map<string, Promise<Reading | undefined>> | undefined
  #found: Map<string, Promise<Found | undefined>> | undefined
  /** Parameters that have expired and are not deleted yet, by key: in the way of new ones. */
  #expired: Map<string, Parameter> | undefined

  /** @param waitMs how long to wait for other writers of a parameter, where the store does not let them go one by one */
  constructor(unit: Unit, here: Here, rows: Rows, readings?: Readings, waitMs?: number) {
    this.unit = unit
    this.rows = rows
    this.#here = here
    this.#readings = readings
    this.#waitMs = waitMs
    this.#sideBySide = waitMs !== undefined
  }

  /** The caller's own account and region. */
  get cell(): Cell {
    const { account, region } = this.#here
    return { account, region }
  }

  /** A parameter with its newest version, locked in a write unit. */
  find(key: string, cell: Cell = this.#here): Promise<Found | undefined> {
    const place = placeOf(cell, key)
    this.#found ??= new Map()
    let found = this.#found.get(place)
    if (found === undefined) {
      found = this.unit.effect === 'write' ? this.#lock(key, cell) : this.#findLatest(key, cell)
      this.#found.set(place, found)
    }
    return found
  }

  /** A parameter with the version that the selector means and its value: from memory at once, else by one statement. */
  read(key: string, selector: Selector, cell: Cell = this.#here): Soon<Reading | undefined> {
    const kept = selector === undefined ? this.#kept?.find(this.unit, cell, key) : undefined
    if (kept !== undefined) return this.#isOver(kept.parameter) ? undefined : kept
    const place = placeOf(cell, key, selector)
    this.#known ??= new Map()
    let reading = this.#known.get(place)
    if (reading === undefined) {
      reading = this.#read(key, selector, cell)
      this.#known.set(place, reading)
    }
    return reading
  }

  /** The labels of a parameter, each with the number of its version. */
  async labels(parameter: Parameter): Promise<ReadonlyMap<string, number>> {
    const rows = await this.unit.all<sql.LabelRow>(sql.listLabels, idOf(parameter))
    for (const row of rows) this.rows.checkLabel(row, parameter)
    return new Map(rows.map(({ label, version }) => [label, version]))
  }

  /** Puts a label on a version; it leaves the one that had it. */
  async putLabel(parameter: Parameter, label: string, version: number): Promise<void> {
    this.#changes(parameter)
    await this.unit.run(sql.putLabel, this.rows.ofLabel(parameter, label, version))
  }

  async removeLabel(parameter: Parameter, label: string): Promise<void> {
    this.#changes(parameter)
    await this.unit.run(sql.deleteLabel, { ...idOf(parameter), label })
  }

  /** Versions with a number above `after`, oldest first. */
  async versions(parameter: Parameter, { after, limit }: { after: number; limit: number }): Promise<Sealed[]> {
    const rows = await this.unit.all<sql.VersionRow>(sql.listVersions, { ...idOf(parameter), after, limit })
    return rows.map((row) => this.rows.version(row, parameter))
  }

  async version(parameter: Parameter, number: number): Promise<Sealed | undefined> {
    const row = await this.unit.get<sql.VersionRow>(sql.findVersion, { ...idOf(parameter), number })
    return row && this.rows.version(row, parameter)
  }

  async hasVersion(parameter: Parameter, number: number): Promise<boolean> {
    return (await this.unit.get(sql.hasVersion, { ...idOf(parameter), number })) !== undefined
  }

  /** How many versions are kept, and the number of the oldest. */
  async history(parameter: Parameter): Promise<{ count: number; oldest: number }> {
    type Row = { rows: number; oldest: number | null }
    const row = await this.unit.get<Row>(sql.countVersions, idOf(parameter))
    return { count: row?.rows ?? 0, oldest: row?.oldest ?? 0 }
  }

  /** How many parameters of the tier the caller's account has here, `most` at the most. Costs time in proportion. */
  async count(tier: StoredTier, most: number): Promise<number> {
    return (await this.unit.get<{ rows: number }>(sql.countTier, { ...this.cell, tier, most }))?.rows ?? 0
  }

  /** Waits for those who make a parameter of the tier in the caller's account here, until their units are over. */
  async alone(tier: StoredTier): Promise<void> {
    if (!this.#sideBySide) return
    const { account, region } = this.#here
    await unlessHeld(this.unit.get(sql.lockTier, { tier: `${account}/${region}/${tier}` }))
  }

  /** The parameter that has expired and is in the way of a new one, if there is; `find` has to come first. */
  expired(key: string): Parameter | undefined {
    return this.#expired?.get(placeOf(this.#here, key))
  }

  /** Makes a parameter with its first version. One that has expired makes room for it. */
  async insert(parameter: Parameter, version: Sealed): Promise<void> {
    const expired = this.#expired?.get(placeOf(parameter, parameter.key))
    if (expired !== undefined) await this.remove(expired)
    this.#changes(parameter)
    // Two may make it at once: the second waits for the first's unique key.
    await unlessHeld(this.unit.run(sql.insertParameter, this.rows.ofParameter(parameter)))
    await this.unit.run(sql.insertVersion, this.rows.ofVersion(parameter, version))
  }

  /** Adds a version; `parameter` as it is from now on, with that version the newest. */
  async addVersion(parameter: Parameter, version: Sealed): Promise<void> {
    await this.save(parameter)
    await this.unit.run(sql.insertVersion, this.rows.ofVersion(parameter, version))
  }

  async removeVersion(parameter: Parameter, number: number): Promise<void> {
    this.#changes(parameter)
    await this.unit.run(sql.deleteVersion, { ...idOf(parameter), number })
  }

  async saveTags(parameter: Parameter, tags: Parameter['tags']): Promise<void> {
    await this.save({ ...parameter, tags })
  }

  /** Writes all that can change of a parameter besides its versions and labels. */
  async save(parameter: Parameter): Promise<void> {
    this.#changes(parameter)
    const { account, region, key, id, latest, tier, tags, expires_at, mac } = this.rows.ofParameter(parameter)
    await this.unit.run(sql.updateParameter, { account, region, key, id, latest, tier, tags, expires_at, mac })
  }

  /** Takes the parameter away with all that is kept of it. */
  async remove(parameter: Parameter): Promise<void> {
    this.#changes(parameter)
    const id = idOf(parameter)
    for (const child of CHILDREN) await this.unit.run(child, id)
    await this.unit.run(sql.deleteParameter, { ...id, key: parameter.key })
    this.#expired?.delete(placeOf(parameter, parameter.key))
  }

  /** Parameters of this unit's place that rows say, without those that have expired. */
  alive<T extends { readonly parameter: Parameter }>(readings: readonly T[]): T[] {
    return readings.filter(({ parameter }) => !this.#isOver(parameter))
  }

  async #lock(key: string, { account, region }: Cell): Promise<Found | undefined> {
    if (this.#waitMs !== undefined) {
      const wait = String(this.#waitMs)
      this.#waitMs = undefined
      await this.unit.get(sql.setWait, { wait })
    }
    const row = await unlessHeld(this.unit.get<sql.ParameterRow>(sql.lockParameter, { account, region, key }))
    if (row === undefined) return undefined
    const parameter = this.rows.parameter(row, { account, region })
    if (this.#isOver(parameter)) {
      this.#expired ??= new Map()
      this.#expired.set(placeOf(parameter, key), parameter)
      return undefined
    }
    const version = await this.version(parameter, parameter.latest)
    if (version === undefined) throw new Error(`${parameter.arn} has no version ${parameter.latest}`)
    return { parameter, version: unsealed(version) }
  }

  async #findLatest(key: string, cell: Cell): Promise<Found | undefined> {
    const reading = await this.read(key, undefined, cell)
    if (reading === undefined) return undefined
    const { parameter, version } = reading
    if (version === undefined) throw new Error(`${parameter.arn} has no version ${parameter.latest}`)
    return { parameter, version: unsealed(version) }
  }

  async #read(key: string, selector: Selector, cell: Cell): Promise<Reading | undefined> {
    let reading = await this.#readRow(key, selector, cell)
    if (reading === undefined) return undefined
    if (selector === undefined && this.#kept !== undefined) reading = this.#kept.keep(this.unit, reading)
    return this.#isOver(reading.parameter) ? undefined : reading
  }

  /** What is kept in memory of newest versions, where it counts: a write unit looks at the rows themselves. */
  get #kept(): Readings | undefined {
    return this.unit.effect === 'read' ? this.#readings : undefined
  }

  async #readRow(key: string, selector: Selector, { account, region }: Cell): Promise<Reading | undefined> {
    const asked = { account, region, key }
    if (selector !== undefined && 'label' in selector) return this.#readLabel(selector.label, asked)
    const row =
      selector === undefined
        ? await this.unit.get<sql.ReadingRow>(sql.readLatest, asked)
        : await this.unit.get<sql.ReadingRow>(sql.readNumber, { ...asked, number: selector.number })
    if (row === undefined) return undefined
    return selector === undefined ? (this.rows.found(row, asked) as Reading) : this.rows.reading(row, asked)
  }

  async #readLabel(label: string, asked: Cell & { key: string }): Promise<Reading | undefined> {
    type Row = sql.ReadingRow & { label_version: number | null; label_mac: Uint8Array | null }
    const row = await this.unit.get<Row>(sql.readLabel, { ...asked, label })
    if (row === undefined) return undefined
    const reading = this.rows.reading(row, asked)
    const { label_version: version, label_mac: mac } = row
    if (version !== null) this.rows.checkLabel({ label, version, mac }, reading.parameter)
    return reading
  }

  #isOver({ expiresAt }: Parameter): boolean {
    return expiresAt !== undefined && expiresAt <= this.#here.now
  }

  /** What was found before is old, here and, after the commit, for everybody. */
  #changes(parameter: Parameter): void {
    this.#known?.clear()
    this.#found?.clear()
    const readings = this.#readings
    if (!this.#announced) {
      this.#announced = true
      this.unit.touch('parameters')
    }
    if (readings === undefined) return
    const began = this.unit.generation('parameters')
    this.unit.afterCommit(() => readings.changed(parameter, began))
  }
}

/**
 * PostgreSQL's codes for a lock that others hold for longer than one waits, and for a parameter that others make whenever one has seen
 * that it is not there: what the store tries again by itself, before it gives up.
 */
const HELD: readonly (string | undefined)[] = ['55P03', '57014', '23505']

/** The lock; who waits too long for the writers before him is told so. Source: parameterstore.md 7.1. */
async function unlessHeld<T>(lock: Promise<T>): Promise<T> {
  try {
    return await lock
  } catch (error) {
    throw error instanceof StorageError && HELD.includes(error.code) ? tooManyUpdates() : error
  }
}

function idOf({ account, region, id }: Parameter) {
  return { account, region, parameter: id }
}

/** A text of its own for each place and what is asked for there; a key has no blank. */
function placeOf({ account, region }: Cell, key: string, selector?: Selector): string {
  const place = `${account} ${region} ${key}`
  if (selector === undefined) return place
  return 'label' in selector ? `${place} l ${selector.label}` : `${place} n ${selector.number}`
}
