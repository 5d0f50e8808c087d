import type { Unit } from '#kernel/storage/storage'
import type { Accessed } from './accessed.ts'
import { type Place, placeOf } from './model/identity.ts'
import type { Sealed, Secret, Version } from './model/secret.ts'
import { CURRENT, type Stages } from './model/stages.ts'
import type { Readings } from './readings.ts'
import { type Cell, type Reading, readingOf, sealedOf, secretOf, secretRow, versionOf } from './rows.ts'
import * as sql from './store.sql.ts'

export type { Reading } from './rows.ts'
export type { SortKey } from './store.sql.ts'

/** Which page of the secrets, in which order. */
export interface PageQuery {
  readonly by: sql.SortKey
  readonly order: 'asc' | 'desc'
  /** The sort field's value (0 with `name`) and the name of the last secret seen; undefined: from the start. */
  readonly after?: readonly [number, string] | undefined
  readonly limit: number
}

/** A secret and its place in the order of a page. */
export interface Placed {
  readonly secret: Secret
  readonly at: readonly [number, string]
}

/** Which version of a secret to read: at least one of both. */
export interface Selection {
  readonly id: string
  readonly version?: string | undefined
  /** Looked for only when no version is named. */
  readonly stage: string
}

/**
 * The secrets of one account and region, within one unit of work. What was found is remembered, so that `target` and
 * `run` share one question; an instance changes one secret at the most. In a write unit the secret's row is locked when it is first found, so that the writers of
 * one secret follow each other on both engines.
 */
export class Secrets {
  readonly #unit: Unit
  readonly #cell: Cell
  readonly #accessed: Accessed
  readonly #readings: Readings | undefined
  #announced = false
  #foundId: string | undefined
  #found: Promise<Secret | undefined> | undefined
  #readKey: Selection | undefined
  #read: Promise<Reading | undefined> | undefined

  constructor(unit: Unit, cell: Cell, accessed: Accessed, readings?: Readings) {
    this.#unit = unit
    this.#cell = { account: cell.account, region: cell.region }
    this.#accessed = accessed
    this.#readings = readings
  }

  /** The secret that a `SecretId` names. Throws the ValidationException for a name with wrong characters. */
  find(id: string): Promise<Secret | undefined> {
    if (this.#found === undefined || this.#foundId !== id) {
      const place = this.#here(placeOf(id))
      this.#foundId = id
      this.#found = place === undefined ? Promise.resolve(undefined) : this.#findAt(place)
    }
    return this.#found
  }

  /** The secret of that name, locked in a write unit. */
  findByName(name: string): Promise<Secret | undefined> {
    return this.#findAt({ name })
  }

  /** The secret of that internal id, locked: for jobs. */
  async findById(id: string): Promise<Secret | undefined> {
    const row = await this.#unit.get<sql.SecretRow>(sql.lockById, { ...this.#cell, id })
    return row && this.#secret(row)
  }

  /** A secret with the version asked for, its content and its labels, by one statement. */
  read(selection: Selection): Promise<Reading | undefined> {
    const known = this.#readKey
    if (
      this.#read === undefined ||
      known?.id !== selection.id ||
      known.version !== selection.version ||
      known.stage !== selection.stage
    ) {
      const place = this.#here(placeOf(selection.id))
      this.#readKey = selection
      this.#read = place === undefined ? Promise.resolve(undefined) : this.#readAt(place, selection)
    }
    return this.#read
  }

  /** A page of secrets, those scheduled for deletion included, each with its place in the order as the store has it: what `after` of the next page takes. */
  async page({ by, order, after, limit }: PageQuery): Promise<Placed[]> {
    const [value, name] = after ?? (order === 'asc' ? [-1, ''] : [Number.MAX_SAFE_INTEGER, '\x7f'])
    const place = by === 'name' ? { after_name: name } : { after_value: value, after_name: name }
    const rows = await this.#unit.all<sql.SecretRow>(sql.pages[by][order], {
      ...this.#cell,
      ...place,
      limit,
    })
    return rows.map((row) => ({ secret: this.#secret(row), at: [sql.sortValue(row, by), row.name] }))
  }

  /** How many secrets there are, those scheduled for deletion included. Costs time in proportion. */
  async count(): Promise<number> {
    return (await this.#unit.get<{ rows: number }>(sql.countSecrets, { ...this.#cell }))?.rows ?? 0
  }

  /** The labels of a secret. */
  async stages(secret: Secret): Promise<Stages> {
    const rows = await this.#unit.all<{ stage: string; version: string }>(sql.listStages, {
      ...this.#cell,
      secret: secret.id,
    })
    return new Map(rows.map(({ stage, version }) => [stage, version]))
  }

  /** The labels of many secrets, by internal id; a secret without labels is not in it. */
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

  /** One version with its content. */
  async version(secret: Secret, version: string): Promise<Sealed | undefined> {
    const row = await this.#unit.get<sql.SealedRow>(sql.findVersion, { ...this.#cell, secret: secret.id, version })
    return row && sealedOf(row)
  }

  async hasVersion(secret: Secret, version: string): Promise<boolean> {
    return (await this.#unit.get(sql.hasVersion, { ...this.#cell, secret: secret.id, version })) !== undefined
  }

  async countVersions(secret: Secret): Promise<number> {
    return (await this.#unit.get<{ rows: number }>(sql.countVersions, { ...this.#cell, secret: secret.id }))?.rows ?? 0
  }

  /** Versions in order of creation, after (creation time, id); without `deprecated` only those with a label. */
  async versions(
    secret: Secret,
    { after, deprecated, limit }: { after?: readonly [number, string] | undefined; deprecated: boolean; limit: number },
  ): Promise<Version[]> {
    const rows = await this.#unit.all<sql.VersionRow>(sql.listVersions, {
      ...this.#cell,
      secret: secret.id,
      after_created: after?.[0] ?? -1,
      after_version: after?.[1] ?? '',
      deprecated: deprecated ? 1 : 0,
      limit,
    })
    return rows.map((row) => versionOf(row, this.#accessed.ofVersion(secret.id, row.version, row.accessed_day)))
  }

  /** Ids of up to `limit` versions without labels that were made before `before`, oldest first. */
  async deprecated(secret: Secret, before: number, limit: number): Promise<string[]> {
    const rows = await this.#unit.all<{ version: string }>(sql.listDeprecated, {
      ...this.#cell,
      secret: secret.id,
      before,
      limit,
    })
    return rows.map(({ version }) => version)
  }

  async insert(secret: Secret): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.insertSecret, { ...this.#cell, ...secretRow(secret) })
  }

  /** Writes all that can change of a secret; not its name, creation or last access. */
  async save(secret: Secret): Promise<void> {
    this.#changes(secret)
    const { id, type, description, kms_key_id, tags, changed_at, deleted_at, purge_at } = secretRow(secret)
    await this.#unit.run(sql.updateSecret, {
      ...this.#cell,
      ...{ id, type, description, kms_key_id, tags, changed_at, deleted_at, purge_at },
    })
  }

  /** Sets LastChangedDate alone. */
  async changed(secret: Secret, now: number): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.touchSecret, { ...this.#cell, id: secret.id, changed_at: now })
  }

  async insertVersion(secret: Secret, version: Sealed): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.insertVersion, {
      ...this.#cell,
      ...this.#content(secret, version),
      created_at: version.createdAt,
      accessed_day: 0,
    })
  }

  /** Gives a version that is there another content or key. */
  async replaceContent(secret: Secret, version: Sealed): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.replaceContent, { ...this.#cell, ...this.#content(secret, version) })
  }

  async removeVersion(secret: Secret, version: string): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.deleteVersion, { ...this.#cell, secret: secret.id, version })
  }

  /** Turns the labels `before` into `after`; only what differs is written. */
  async saveStages(secret: Secret, before: Stages, after: Stages, now: number): Promise<void> {
    this.#changes(secret)
    for (const stage of before.keys()) {
      if (!after.has(stage)) await this.#unit.run(sql.deleteStage, { ...this.#cell, secret: secret.id, stage })
    }
    for (const [stage, version] of after) {
      if (before.get(stage) === version) continue
      const row = { ...this.#cell, secret: secret.id, stage, version, attached_at: now }
      await this.#unit.run(sql.putStage, row)
    }
  }

  /** Takes the secret away with all its versions and labels. */
  async remove(secret: Secret): Promise<void> {
    this.#changes(secret)
    const key = { ...this.#cell, id: secret.id }
    await this.#unit.run(sql.deleteStages, key)
    await this.#unit.run(sql.deleteVersions, key)
    await this.#unit.run(sql.deleteSecret, key)
  }

  /** Another account's or region's ARN finds nothing here: sharing needs resource policies. Never a local name. */
  #here(place: Place | undefined): Place | undefined {
    if (place?.account === undefined) return place
    return place.account === this.#cell.account && place.region === this.#cell.region ? place : undefined
  }

  async #findAt({ name, suffix }: Place): Promise<Secret | undefined> {
    const { account, region } = this.#cell
    const statement = this.#unit.effect === 'write' ? sql.lockByName : sql.findByName
    const row = await this.#unit.get<sql.SecretRow>(statement, { account, region, name })
    if (row === undefined || (suffix !== undefined && row.suffix !== suffix)) return undefined
    return this.#secret(row)
  }

  async #readAt({ name, suffix }: Place, { version, stage }: Selection): Promise<Reading | undefined> {
    const unit = this.#unit
    const readings = version === undefined && stage === CURRENT && unit.effect === 'read' ? this.#readings : undefined
    const known = readings?.find(unit, this.#cell, name)
    let reading = known ?? (await this.#readRows(name, version, stage))
    if (reading === undefined) return undefined
    if (known === undefined && readings !== undefined) reading = readings.keep(unit, this.#cell, name, reading)
    return suffix === undefined || reading.secret.arn.endsWith(suffix) ? reading : undefined
  }

  async #readRows(name: string, version: string | undefined, stage: string): Promise<Reading | undefined> {
    const { account, region } = this.#cell
    const rows =
      version === undefined
        ? await this.#unit.all<sql.ReadingRow>(sql.readByStage, { account, region, name, stage })
        : await this.#unit.all<sql.ReadingRow>(sql.readByVersion, { account, region, name, version })
    return readingOf(rows, this.#cell)
  }

  #secret(row: sql.SecretRow): Secret {
    return secretOf(row, this.#cell, this.#accessed.ofSecret(row.id, row.accessed_day))
  }

  #content(secret: Secret, version: Sealed) {
    return {
      secret: secret.id,
      version: version.id,
      kind: version.kind,
      key_arn: version.keyArn,
      default_key: version.defaultKey ? 1 : 0,
      data_key: version.dataKey,
      sealed: version.sealed,
    }
  }

  /** What was found before is old, here and, after the commit, for everybody. */
  #changes({ name }: Secret): void {
    this.#found = undefined
    this.#read = undefined
    const readings = this.#readings
    if (readings === undefined || this.#announced) return
    this.#announced = true
    const began = this.#unit.generation('secrets')
    this.#unit.touch('secrets')
    this.#unit.afterCommit(() => readings.changed(this.#cell, name, began))
  }
}
