import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import type { Cell } from './model/identity.ts'
import type { FailedTest, Planned, Rotation, RotationRules, Run, Step, Watch } from './model/rotation.ts'
import type { Secret } from './model/secret.ts'
import * as sql from './rotations.sql.ts'
import { MANY } from './store.sql.ts'

/** Whose rotation it is. */
type Holder = Pick<Secret, 'account' | 'region' | 'id' | 'arn'>

const TABLE = 'secret_rotation'
const RUN_TABLE = 'secret_rotation_run'
/** What stands in the place of the phase of a run that was ended while a function of it ran. */
const ENDED = 'ended'
const WATCH_TABLE = 'secret_rotation_watch'
const READER_TABLE = 'secret_reader'
/** Readers that are looked at of one secret, the latest first. */
const MOST_READERS = 1000

/** Who reads a secret's values, and which version he read last. */
export interface Reader {
  /** ARN of the user, the role or the root user. */
  readonly principal: string
  readonly version: string
  /** Milliseconds, to a quarter of an hour. */
  readonly readAt: number
  /** It reads pending versions too, as functions of rotations do: nobody waits for it. */
  readonly rotates: boolean
}

/**
 * Rows of rotations, authenticated with the secret they belong to: they say which function gets at the value, with whose
 * rights, and what policies hold of the secret (`resource/AllowRotationLambdaArn`).
 */
export class RotationRows {
  readonly #key: KeyObject

  /** @param key of the vault: authenticates rows */
  constructor(key: KeyObject) {
    this.#key = key
  }

  /** The rotation in a row. Throws RowForged for one that this server did not write. */
  of(holder: Holder, row: sql.RotationRow): Rotation {
    checkRow(this.#key, TABLE, fieldsOf(holder, row), row.mac, `rotation of ${holder.arn}`)
    return rotationOf(row)
  }

  /** What to write into the row. */
  columns(holder: Holder, rotation: Rotation) {
    const { rules, planned } = rotation
    const row = {
      enabled: rotation.enabled ? 1 : 0,
      function_arn: rotation.functionArn ?? null,
      days: rules.automaticallyAfterDays ?? null,
      schedule: rules.scheduleExpression ?? null,
      duration: rules.duration ?? null,
      last_at: rotation.lastAt ?? null,
      based_at: rotation.basedAt ?? null,
      window_start: planned?.windowStart ?? null,
      window_end: planned?.windowEnd ?? null,
      run_at: planned?.runAt ?? null,
      configured_by: rotation.configuredBy ?? null,
    }
    return { ...row, mac: rowMac(this.#key, TABLE, fieldsOf(holder, row)) }
  }

  /** The run in a row: it says which proof opens the secret to a function, and which process may go on with it. */
  run(holder: Holder, row: sql.RunRow): Run {
    const run = runOf(row)
    // Of before step 0004. What nobody vouches for proves nothing and is held by nobody; it gets its MAC when it is tried next.
    if (row.mac === null) return { ...run, rotationToken: '', node: undefined }
    checkRow(this.#key, RUN_TABLE, runFields(holder, row), row.mac, `running rotation of ${holder.arn}`)
    return run
  }

  runColumns(holder: Holder, run: Run) {
    const row = {
      token: run.token,
      phase: run.phase,
      step: run.step,
      attempt: run.attempt,
      not_before: run.notBefore,
      rotation_token: run.rotationToken,
      started_at: run.startedAt,
      failure: run.failure ?? null,
      node: run.node ?? null,
    }
    return { ...row, mac: rowMac(this.#key, RUN_TABLE, runFields(holder, row)) }
  }

  watch(holder: Holder, { due_by, held_since, mac }: sql.WatchRow): Watch {
    checkRow(this.#key, WATCH_TABLE, watchFields(holder, due_by, held_since), mac, `watch of ${holder.arn}`)
    return { dueBy: due_by, heldSince: held_since === 0 ? undefined : held_since }
  }

  /** Throws RowForged. */
  reader(holder: Cell & { readonly id: string }, row: sql.ReaderRow): Reader {
    checkRow(this.#key, READER_TABLE, readerFields(holder, row), row.mac, `reader of ${holder.id}`)
    const { principal, version, read_at: readAt, rotates } = row
    return { principal, version, readAt, rotates: rotates === 1 }
  }

  readerColumns(holder: Cell & { readonly id: string }, { principal, version, readAt, rotates }: Reader) {
    const row = { principal, version, read_at: readAt, rotates: rotates ? 1 : 0 }
    return { ...row, mac: rowMac(this.#key, READER_TABLE, readerFields(holder, row)) }
  }

  watchColumns(holder: Holder, { dueBy, heldSince = 0 }: Watch) {
    const mac = rowMac(this.#key, WATCH_TABLE, watchFields(holder, dueBy, heldSince))
    return { due_by: dueBy, held_since: heldSince, mac }
  }
}

const readerFields = (
  { account, region, id }: Cell & { readonly id: string },
  { principal, version, read_at, rotates }: Omit<sql.ReaderRow, 'mac'>,
): Field[] => [account, region, id, principal, version, read_at, rotates]

const watchFields = ({ account, region, id, arn }: Holder, dueBy: number, heldSince: number): Field[] => [
  ...[account, region, id, arn],
  ...[dueBy, heldSince],
]

function runFields({ account, region, id, arn }: Holder, row: Omit<sql.RunRow, 'mac'>): Field[] {
  const { token, phase, step, attempt, not_before, rotation_token, started_at, failure, node } = row
  return [account, region, id, arn, token, phase, step, attempt, not_before, rotation_token, started_at, failure, node]
}

function runOf(row: sql.RunRow): Run {
  return {
    token: row.token,
    phase: row.phase as Run['phase'],
    step: row.step as Step,
    attempt: row.attempt,
    notBefore: row.not_before,
    rotationToken: row.rotation_token,
    startedAt: row.started_at,
    failure: row.failure ?? undefined,
    node: row.node ?? undefined,
  }
}

function fieldsOf({ account, region, id, arn }: Holder, row: Omit<sql.RotationRow, 'mac'>): Field[] {
  const { enabled, function_arn, days, schedule, duration, last_at, based_at } = row
  const { window_start, window_end, run_at, configured_by } = row
  const configuration = [enabled, function_arn, days, schedule, duration, last_at, based_at]
  return [account, region, id, arn, ...configuration, window_start, window_end, run_at, configured_by]
}

function rotationOf(row: sql.RotationRow): Rotation {
  return {
    enabled: row.enabled === 1,
    functionArn: row.function_arn ?? undefined,
    rules: rulesOf(row),
    lastAt: row.last_at ?? undefined,
    basedAt: row.based_at ?? undefined,
    planned: plannedOf(row),
    configuredBy: row.configured_by ?? undefined,
  }
}

function rulesOf({ days, schedule, duration }: sql.RotationRow): RotationRules {
  return {
    automaticallyAfterDays: days ?? undefined,
    scheduleExpression: schedule ?? undefined,
    duration: duration ?? undefined,
  }
}

function plannedOf({ window_start, window_end, run_at }: sql.RotationRow): Planned | undefined {
  if (window_start === null || window_end === null || run_at === null) return undefined
  return { windowStart: window_start, windowEnd: window_end, runAt: run_at }
}

type Changes = (secret: Secret, before: Rotation | undefined, after: Rotation) => void

/** Rotations within one unit of work. Who writes has locked the row of the secret before. */
export class Rotations {
  readonly #unit: Unit
  readonly #rows: RotationRows
  readonly #changes: Changes
  readonly #held = new Map<string, Rotation | undefined>()

  /** @param changes told of each secret whose rotation is written: what was cached of it is old */
  constructor(unit: Unit, rows: RotationRows, changes: Changes) {
    this.#unit = unit
    this.#rows = rows
    this.#changes = changes
  }

  /** How a secret is rotated; undefined when it never was configured. */
  async find(secret: Holder): Promise<Rotation | undefined> {
    const row = await this.#unit.get<sql.RotationRow>(sql.findRotation, keyOf(secret))
    const rotation = row && this.#rows.of(secret, row)
    if (this.#unit.effect === 'write') this.#held.set(secret.id, rotation)
    return rotation
  }

  /** The same of many secrets of one account and region, by internal id. */
  async ofMany(secrets: readonly Secret[]): Promise<ReadonlyMap<string, Rotation>> {
    const found = new Map<string, Rotation>()
    for (let at = 0; at < secrets.length; at += MANY) {
      const [{ account, region }] = secrets as [Secret]
      const asked: Record<string, string> = { account, region }
      for (let i = 0; i < MANY; i++) asked[`s${i}`] = secrets[at + i]?.id ?? ''
      const rows = await this.#unit.all<sql.RotationRow & { secret: string }>(sql.rotationsOfMany, asked)
      const byId = new Map(rows.map((row) => [row.secret, row]))
      for (const secret of secrets.slice(at, at + MANY)) {
        const row = byId.get(secret.id)
        if (row !== undefined) found.set(secret.id, this.#rows.of(secret, row))
      }
    }
    return found
  }

  async save(secret: Secret, rotation: Rotation): Promise<void> {
    this.#changes(secret, this.#held.has(secret.id) ? this.#held.get(secret.id) : await this.find(secret), rotation)
    this.#held.set(secret.id, rotation)
    await this.#unit.run(sql.putRotation, { ...keyOf(secret), ...this.#rows.columns(secret, rotation) })
  }

  /** The rotation that runs or waits to be tried again. */
  async run(secret: Holder): Promise<Run | undefined> {
    const run = await this.#row(secret)
    return run?.ended === true ? undefined : run?.run
  }

  /** A rotation that was ended by hand while a process did a step of it: its function may still run there. */
  async ended(secret: Holder): Promise<Run | undefined> {
    const run = await this.#row(secret)
    return run?.ended === true ? run.run : undefined
  }

  /** Ends a rotation whose function runs; the process that waits for it takes the row away. */
  async saveEnded(secret: Holder, run: Run): Promise<void> {
    const columns = this.#rows.runColumns(secret, { ...run, phase: ENDED as Run['phase'] })
    await this.#unit.run(sql.putRun, { ...keyOf(secret), ...columns })
  }

  async #row(secret: Holder): Promise<{ readonly run: Run; readonly ended: boolean } | undefined> {
    const row = await this.#unit.get<sql.RunRow>(sql.findRun, keyOf(secret))
    return row && { run: this.#rows.run(secret, row), ended: row.phase === ENDED }
  }

  async saveRun(secret: Holder, run: Run): Promise<void> {
    await this.#unit.run(sql.putRun, { ...keyOf(secret), ...this.#rows.runColumns(secret, run) })
  }

  async removeRun(secret: Holder): Promise<void> {
    await this.#unit.run(sql.deleteRun, keyOf(secret))
  }

  /** What was promised of it; undefined: nothing, it is off or has no schedule. */
  async watch(secret: Holder): Promise<Watch | undefined> {
    const row = await this.#unit.get<sql.WatchRow>(sql.findWatch, keyOf(secret))
    return row && this.#rows.watch(secret, row)
  }

  async saveWatch(secret: Holder, watch: Watch | undefined): Promise<void> {
    if (watch === undefined) await this.#unit.run(sql.deleteWatch, keyOf(secret))
    else await this.#unit.run(sql.putWatch, { ...keyOf(secret), ...this.#rows.watchColumns(secret, watch) })
  }

  /** Why its last test failed; undefined: there was none, or what was tested has changed since. */
  async failedTest(secret: Holder): Promise<FailedTest | undefined> {
    const row = await this.#unit.get<sql.TestRow>(sql.findTest, keyOf(secret))
    return row && { at: row.failed_at, failure: row.failure }
  }

  async saveFailedTest(secret: Holder, test: FailedTest | undefined): Promise<void> {
    if (test === undefined) await this.#unit.run(sql.deleteTest, keyOf(secret))
    else await this.#unit.run(sql.putTest, { ...keyOf(secret), failed_at: test.at, failure: test.failure })
  }

  /** Who has read it, the latest first; at most a thousand. */
  async readers(secret: Holder): Promise<Reader[]> {
    const rows = await this.#unit.all<sql.ReaderRow>(sql.listReaders, { ...keyOf(secret), limit: MOST_READERS })
    return rows.map((row) => this.#rows.reader(secret, row))
  }

  /** Whether somebody has read this version last, who is no function of a rotation. */
  async isRead(secret: Holder, version: string): Promise<boolean> {
    const row = await this.#unit.get<sql.ReaderRow>(sql.readersOf, { ...keyOf(secret), version })
    return row !== undefined && this.#rows.reader(secret, row).version === version
  }

  /** Takes all of it away: the secret goes. */
  async remove(secret: Holder): Promise<void> {
    await this.removeRun(secret)
    await this.saveWatch(secret, undefined)
    await this.saveFailedTest(secret, undefined)
    await this.#unit.run(sql.deleteReaders, { ...keyOf(secret), before: Number.MAX_SAFE_INTEGER })
    await this.#unit.run(sql.deleteRotation, keyOf(secret))
  }
}

const keyOf = ({ account, region, id }: Holder) => ({ account, region, secret: id })
