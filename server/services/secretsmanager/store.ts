import type { Events } from '#kernel/events/event'
import type { Unit } from '#kernel/storage/storage'
import type { Soon } from '#kernel/values/soon'
import type { Accessed } from './accessed.ts'
import { type Author, byItself } from './history/author.ts'
import { Recorder } from './history/recorder.ts'
import { History } from './history/store.ts'
import { endOfSecret } from './metered.ts'
import { type Cell, type Place, placeOf } from './model/identity.ts'
import type { Sealed, Secret, Version } from './model/secret.ts'
import { labelUpdated } from './model/label-event.ts'
import { CURRENT, type Stages } from './model/stages.ts'
import type { ResourcePolicy } from './model/policy.ts'
import { SecretLists } from './lists.ts'
import type { Policies } from './policies.ts'
import type { Readings } from './readings.ts'
import { Rotations } from './rotations.ts'
import { type Found, foundOf, type Reading, readingOf, sealedOf, secretOf, secretRow, versionOf } from './rows.ts'
import * as sql from './store.sql.ts'

export type { Found, Reading } from './rows.ts'
export type { SortKey } from './store.sql.ts'

/** Which version of a secret to read: at least one of both. */
export interface Selection {
  readonly id: string
  readonly version?: string | undefined
  /** Looked for only when no version is named. */
  readonly stage: string
}

/** Of the secrets of one unit. */
interface Holding {
  /** By internal id, as they stand in the rows by now: what was found to be changed. */
  readonly secrets: Map<string, Secret>
  /** The policies of those of which that was looked at. */
  readonly policies: Map<string, Pick<ResourcePolicy, 'document' | 'principals'> | undefined>
  readonly announced: Set<string>
}

const NOTHING: Promise<undefined> = Promise.resolve(undefined)

/** How often a write unit looks for who holds a name, which another one may just have given to a new secret. */
const LOOKS = 3

const cellOf = ({ account, region }: Cell): Cell => ({ account, region })

/**
 * Secrets as a caller of one account and region names them, within one unit of work: a name means his own account, an ARN
 * the account that stands in it, in the same region. What was found is remembered, so that `target` and `run` share one
 * question. In a write unit the secret's row is locked when it is first found,
 * so that the writers of one secret follow each other on both engines. `events`: where moves of labels are announced, `by`: the access
 * key of the call, empty for what the service does by itself.
 */
export class Secrets {
  #rotations: Rotations | undefined
  readonly #unit: Unit
  readonly #cell: Cell
  readonly #accessed: Accessed
  readonly #policies: Policies
  readonly #readings: Readings | undefined
  readonly #events: Events | undefined
  readonly #by: string
  readonly #author: Author
  #holding: Holding | undefined
  #recorder: Recorder | undefined
  #foundId: string | undefined
  #found: Promise<Found | undefined> | undefined
  #readKey: Selection | undefined
  #read: Soon<Reading | undefined>

  constructor(
    unit: Unit,
    cell: Cell,
    accessed: Accessed,
    policies: Policies,
    readings?: Readings,
    events?: Events,
    by = '',
    author: Author = byItself(''),
  ) {
    this.#unit = unit
    this.#cell = { account: cell.account, region: cell.region }
    this.#accessed = accessed
    this.#policies = policies
    this.#readings = readings
    this.#events = events
    this.#by = by
    this.#author = author
  }

  /** Made by the first change: reads, which are many, have no use for it. */
  get #held(): Holding {
    this.#holding ??= { secrets: new Map(), policies: new Map(), announced: new Set() }
    return this.#holding
  }

  /** What is kept of their past. */
  get history(): History {
    return new History(this.#unit, this.#policies.history)
  }

  /** All of the account, by pages. */
  get lists(): SecretLists {
    return new SecretLists(this.#unit, this.#cell, this.#accessed)
  }

  /** How they are rotated. */
  get rotations(): Rotations {
    this.#rotations ??= new Rotations(this.#unit, this.#policies.rotations, (secret, before, after) => {
      this.#changes(secret)
      this.#record.rotation(secret, before, after, secret.changedAt)
    })
    return this.#rotations
  }

  /** The secret that a `SecretId` names. Throws the ValidationException for a name with wrong characters. */
  find(id: string): Promise<Found | undefined> {
    if (this.#found === undefined || this.#foundId !== id) {
      const place = placeOf(id)
      const cell = place && this.#cellOf(place)
      this.#foundId = id
      this.#found = place === undefined || cell === undefined ? NOTHING : this.#findAt(cell, place, true)
    }
    return this.#found
  }

  /** The caller's own secret of that name, locked in a write unit with all that share it. */
  findByName(name: string): Promise<Found | undefined> {
    return this.#findAt(this.#cell, { name })
  }

  /** The secret of that internal id in this account, locked: for what the service does by itself. */
  async findById(id: string): Promise<Secret | undefined> {
    const rows = await this.#unit.all<sql.SecretRow>(sql.lockWithId, { ...this.#cell, id })
    const row = rows.find((one) => one.id === id)
    if (row === undefined) return undefined
    const secret = this.#secret(row, this.#cell)
    this.#held.secrets.set(id, secret)
    return secret
  }

  /** A secret with the version asked for, its content and its labels, by one statement. */
  read(selection: Selection): Soon<Reading | undefined> {
    const known = this.#readKey
    if (known?.id !== selection.id || known.version !== selection.version || known.stage !== selection.stage) {
      const place = placeOf(selection.id)
      const cell = place && this.#cellOf(place)
      this.#readKey = selection
      this.#read = place === undefined || cell === undefined ? undefined : this.#readAt(cell, place, selection)
    }
    return this.#read
  }

  /** The labels of a secret. */
  async stages(secret: Secret): Promise<Stages> {
    const rows = await this.#unit.all<{ stage: string; version: string }>(sql.listStages, {
      ...cellOf(secret),
      secret: secret.id,
    })
    return new Map(rows.map(({ stage, version }) => [stage, version]))
  }

  /** One version with its content. */
  async version(secret: Secret, version: string): Promise<Sealed | undefined> {
    const row = await this.#unit.get<sql.SealedRow>(sql.findVersion, { ...cellOf(secret), secret: secret.id, version })
    return row && sealedOf(row)
  }

  async hasVersion(secret: Secret, version: string): Promise<boolean> {
    return (await this.#unit.get(sql.hasVersion, { ...cellOf(secret), secret: secret.id, version })) !== undefined
  }

  async countVersions(secret: Secret): Promise<number> {
    return (
      (await this.#unit.get<{ rows: number }>(sql.countVersions, { ...cellOf(secret), secret: secret.id }))?.rows ?? 0
    )
  }

  /** Versions in order of creation, after (creation time, id); without `deprecated` only those with a label. */
  async versions(
    secret: Secret,
    { after, deprecated, limit }: { after?: readonly [number, string] | undefined; deprecated: boolean; limit: number },
  ): Promise<Version[]> {
    const rows = await this.#unit.all<sql.VersionRow>(sql.listVersions, {
      ...cellOf(secret),
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
      ...cellOf(secret),
      secret: secret.id,
      before,
      limit,
    })
    return rows.map(({ version }) => version)
  }

  /**
   * Puts a new secret down, which its name means from now on; false: since it was looked for, another one has taken its name. `over`: the
   * one scheduled for deletion that the name meant so far.
   */
  async insert(secret: Secret, over?: Secret): Promise<boolean> {
    this.#changes(secret)
    if (over !== undefined) await this.#unit.run(sql.giveUpName, { ...cellOf(over), id: over.id })
    if ((await this.#unit.run(sql.insertSecret, { ...cellOf(secret), ...secretRow(secret) })) === 0) return false
    this.#record.created(secret)
    this.#held.secrets.set(secret.id, secret)
    this.#held.policies.set(secret.id, undefined)
    return true
  }

  /** Writes all that can change of a secret; not its name, creation or last access. */
  async save(secret: Secret): Promise<void> {
    this.#changes(secret)
    const before = this.#held.secrets.get(secret.id) ?? (await this.findById(secret.id))
    if (before !== undefined) {
      this.#record.saved(before, secret)
      this.#held.secrets.set(secret.id, secret)
    }
    const { id, type, description, kms_key_id, owning_service, tags, changed_at, deleted_at, purge_at } =
      secretRow(secret)
    await this.#unit.run(sql.updateSecret, {
      ...cellOf(secret),
      ...{ id, type, description, kms_key_id, owning_service, tags, changed_at, deleted_at, purge_at },
    })
  }

  /** Takes a scheduled deletion back. The name is its own again, unless another secret lives under it. */
  async restore(secret: Secret, now: number): Promise<void> {
    await this.save({ ...secret, deletedAt: undefined, purgeAt: undefined, changedAt: now })
    if (secret.nameless === undefined) return
    const free = await this.#unit.run(sql.freeName, { ...cellOf(secret), name: secret.name })
    if (free > 0) await this.#unit.run(sql.takeName, { ...cellOf(secret), id: secret.id })
  }

  /** How many secrets of this one's name are scheduled for deletion. */
  async waiting(secret: Secret): Promise<number> {
    const row = await this.#unit.get<{ rows: number }>(sql.countWaiting, { ...cellOf(secret), name: secret.name })
    return row?.rows ?? 0
  }

  /** Sets LastChangedDate alone. */
  async changed(secret: Secret, now: number): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.touchSecret, { ...cellOf(secret), id: secret.id, changed_at: now })
  }

  /** Gives the secret another resource policy, or none. */
  async savePolicy(
    secret: Secret,
    policy: Pick<ResourcePolicy, 'document' | 'principals'> | undefined,
    now: number,
  ): Promise<void> {
    this.#changes(secret)
    this.#record.policy(secret, await this.#policyOf(secret), policy, now)
    this.#held.policies.set(secret.id, policy)
    const columns = this.#policies.columns(secret, policy)
    await this.#unit.run(sql.putPolicy, { ...cellOf(secret), id: secret.id, ...columns, changed_at: now })
  }

  async insertVersion(secret: Secret, version: Sealed): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.insertVersion, {
      ...cellOf(secret),
      ...this.#content(secret, version),
      created_at: version.createdAt,
      accessed_day: 0,
    })
    this.#record.version(secret, version.kind === 'empty' ? 'EmptyVersion' : 'Version', version.id, version.createdAt)
  }

  /** Takes a version that was pruned, of whatever content by now, back from the history. */
  async bringBack(secret: Secret, version: Sealed): Promise<void> {
    await this.insertVersion(secret, version)
    await this.history.takeBack(secret, version.id)
  }

  /** Puts a value into an empty version. */
  async fill(secret: Secret, version: Sealed, now: number): Promise<void> {
    await this.replaceContent(secret, version)
    this.#record.version(secret, 'Version', version.id, now)
  }

  /** Gives a version that is there another content or key. */
  async replaceContent(secret: Secret, version: Sealed): Promise<void> {
    this.#changes(secret)
    await this.#unit.run(sql.replaceContent, { ...cellOf(secret), ...this.#content(secret, version) })
  }

  /** Takes a version away; `archived`: its value stays in the history. */
  async removeVersion(secret: Secret, version: string, now: number, archived = false): Promise<void> {
    this.#changes(secret)
    this.#record.pruned(secret, version, now)
    if (archived) await this.history.putBy(secret, version, now)
    await this.#unit.run(sql.deleteVersion, { ...cellOf(secret), secret: secret.id, version })
  }

  /** Turns the labels `before` into `after`; only what differs is written, and each label that came to a version announced. */
  async saveStages(secret: Secret, before: Stages, after: Stages, now: number): Promise<void> {
    this.#changes(secret)
    for (const stage of before.keys()) {
      if (after.has(stage)) continue
      await this.#unit.run(sql.deleteStage, { ...cellOf(secret), secret: secret.id, stage })
      this.#record.label(secret, stage, before.get(stage), undefined, now)
    }
    for (const [stage, version] of after) {
      if (before.get(stage) === version) continue
      const row = { ...cellOf(secret), secret: secret.id, stage, version, attached_at: now }
      await this.#unit.run(sql.putStage, row)
      this.#record.label(secret, stage, before.get(stage), version, now)
      const event = this.#events && labelUpdated(secret, stage, version, this.#by)
      if (event !== undefined) await this.#events?.emit(this.#unit, event, now)
    }
  }

  /** Takes the secret away with all its versions and labels. `now`: where nothing had marked it for that before. */
  async remove(secret: Secret, now?: number): Promise<void> {
    this.#changes(secret)
    if (now !== undefined) await endOfSecret(this.#unit, secret, now)
    const key = { ...cellOf(secret), id: secret.id }
    const { id, name, createdAt } = secret
    const goneAt = this.#author.now ?? now ?? secret.purgeAt ?? secret.changedAt
    const rotation = await this.rotations.find(secret)
    this.#record.removed(secret, await this.#policyOf(secret), rotation, await this.stages(secret), goneAt)
    await this.history.end({ ...cellOf(secret), id, name, suffix: secret.arn.slice(-6), createdAt, goneAt })
    await this.#unit.run(sql.deleteStages, key)
    await this.#unit.run(sql.deleteVersions, key)
    await this.rotations.remove(secret)
    await this.#unit.run(sql.deleteSecret, key)
    if (secret.nameless === undefined) await this.#unit.run(sql.inheritName, { ...cellOf(secret), name: secret.name })
  }

  /** Where to look for it; undefined: in no place that can be seen from here. Never falls back to the caller's own. */
  #cellOf({ account, region }: Place): Cell | undefined {
    const own = this.#cell
    if (account === undefined || (account === own.account && region === own.region)) return own
    return region === own.region ? { account, region } : undefined
  }

  /** `surely`: it is looked for twice before it is said that there is none. */
  async #findAt(cell: Cell, place: Place, surely = false): Promise<Found | undefined> {
    const row = this.#unit.effect === 'write' ? await this.#locked(cell, place, surely) : await this.#row(cell, place)
    if (row === undefined) return undefined
    const found = foundOf(row, cell, this.#accessed.ofSecret(row.id, row.accessed_day), this.#policies)
    const whole = { ...found, rotation: await this.rotations.find(found) }
    if (this.#unit.effect === 'write') {
      this.#held.secrets.set(whole.id, whole)
      this.#held.policies.set(whole.id, whole.policy)
    }
    return whole
  }

  async #policyOf(secret: Secret): Promise<Pick<ResourcePolicy, 'document' | 'principals'> | undefined> {
    if (this.#held.policies.has(secret.id)) return this.#held.policies.get(secret.id)
    const row = await this.#unit.get<sql.PolicyColumns>(sql.findPolicy, { ...cellOf(secret), id: secret.id })
    return row && this.#policies.of(secret, row)
  }

  get #record(): Recorder {
    this.#recorder ??= new Recorder(this.#unit, this.#policies.history, this.#author)
    return this.#recorder
  }

  #row({ account, region }: Cell, { name, suffix }: Place): Promise<sql.FoundRow | undefined> {
    return suffix === undefined
      ? this.#unit.get<sql.FoundRow>(sql.findByName, { account, region, name })
      : this.#unit.get<sql.FoundRow>(sql.findByArn, { account, region, name, suffix })
  }

  /** The row, and all of the same name locked, so that writers of a name follow each other whichever secret they mean. */
  async #locked(
    { account, region }: Cell,
    { name, suffix }: Place,
    surely: boolean,
  ): Promise<sql.FoundRow | undefined> {
    for (let looks = 1; ; looks++) {
      const rows = await this.#unit.all<sql.FoundRow>(sql.lockNamesakes, { account, region, name })
      const row = rows.find((one) => (suffix === undefined ? one.holds === 1 : one.suffix === suffix))
      // PostgreSQL: who waited for these locks does not see, by this statement, the secret that was made meanwhile and holds the name;
      // nor any at all, when the one that he waited for is gone for good by then.
      const isNone = rows.length === 0 && (!surely || looks > 1)
      if (row !== undefined || isNone || suffix !== undefined || looks === LOOKS) return row
    }
  }

  /** At once when the reading is in memory, as that of the current version mostly is. */
  #readAt(cell: Cell, place: Place, { version, stage }: Selection): Soon<Reading | undefined> {
    const unit = this.#unit
    const { name, suffix } = place
    const readings = version === undefined && stage === CURRENT && unit.effect === 'read' ? this.#readings : undefined
    const known = readings?.find(unit, cell, name)
    // what is kept under a name is its holder
    if (known !== undefined && (suffix === undefined || known.secret.arn.endsWith(suffix))) return known
    return this.#readRows(cell, place, version, stage).then((reading) =>
      reading === undefined || readings === undefined || reading.secret.nameless
        ? reading
        : readings.keep(unit, cell, name, reading),
    )
  }

  async #readRows(
    cell: Cell,
    { name, suffix }: Place,
    version: string | undefined,
    stage: string,
  ): Promise<Reading | undefined> {
    const { account, region } = cell
    const { named, byArn } = version === undefined ? sql.readByStage : sql.readByVersion
    const which = version === undefined ? { stage } : { version }
    const rows =
      suffix === undefined
        ? await this.#unit.all<sql.ReadingRow>(named, { account, region, name, ...which })
        : await this.#unit.all<sql.ReadingRow>(byArn, { account, region, name, suffix, ...which })
    return readingOf(rows, cell, this.#policies)
  }

  #secret(row: sql.SecretRow, cell: Cell): Secret {
    return secretOf(row, cell, this.#accessed.ofSecret(row.id, row.accessed_day))
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
  #changes(secret: Secret): void {
    this.#found = undefined
    this.#read = undefined
    this.#readKey = undefined
    const readings = this.#readings
    if (readings === undefined || this.#held.announced.has(secret.id)) return
    this.#held.announced.add(secret.id)
    const began = this.#unit.generation('secrets')
    this.#unit.touch('secrets')
    this.#unit.afterCommit(() => readings.changed(secret, secret.name, began))
  }
}
