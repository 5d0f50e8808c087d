import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import type { Planned, Rotation, RotationRules, Run, Step } from './model/rotation.ts'
import type { Secret } from './model/secret.ts'
import * as sql from './rotations.sql.ts'
import { MANY } from './store.sql.ts'

/** Whose rotation it is. */
type Holder = Pick<Secret, 'account' | 'region' | 'id' | 'arn'>

const TABLE = 'secret_rotation'

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

/** Rotations within one unit of work. Who writes has locked the row of the secret before. */
export class Rotations {
  readonly #unit: Unit
  readonly #rows: RotationRows
  readonly #changes: (secret: Secret) => void

  /** @param changes told of each secret whose rotation is written: what was cached of it is old */
  constructor(unit: Unit, rows: RotationRows, changes: (secret: Secret) => void) {
    this.#unit = unit
    this.#rows = rows
    this.#changes = changes
  }

  /** How a secret is rotated; undefined when it never was configured. */
  async find(secret: Holder): Promise<Rotation | undefined> {
    const row = await this.#unit.get<sql.RotationRow>(sql.findRotation, keyOf(secret))
    return row && this.#rows.of(secret, row)
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
    this.#changes(secret)
    await this.#unit.run(sql.putRotation, { ...keyOf(secret), ...this.#rows.columns(secret, rotation) })
  }

  /** The rotation that runs or waits to be tried again. */
  async run(secret: Holder): Promise<Run | undefined> {
    const row = await this.#unit.get<sql.RunRow>(sql.findRun, keyOf(secret))
    return (
      row && {
        token: row.token,
        phase: row.phase as Run['phase'],
        step: row.step as Step,
        attempt: row.attempt,
        notBefore: row.not_before,
        rotationToken: row.rotation_token,
        startedAt: row.started_at,
        failure: row.failure ?? undefined,
      }
    )
  }

  async saveRun(secret: Holder, run: Run): Promise<void> {
    await this.#unit.run(sql.putRun, {
      ...keyOf(secret),
      token: run.token,
      phase: run.phase,
      step: run.step,
      attempt: run.attempt,
      not_before: run.notBefore,
      rotation_token: run.rotationToken,
      started_at: run.startedAt,
      failure: run.failure ?? null,
    })
  }

  async removeRun(secret: Holder): Promise<void> {
    await this.#unit.run(sql.deleteRun, keyOf(secret))
  }

  /** Takes both away: the secret goes. */
  async remove(secret: Holder): Promise<void> {
    await this.removeRun(secret)
    await this.#unit.run(sql.deleteRotation, keyOf(secret))
  }
}

const keyOf = ({ account, region, id }: Holder) => ({ account, region, secret: id })
