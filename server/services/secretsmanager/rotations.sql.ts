import { MANY } from './store.sql.ts'
import { statement } from '#kernel/storage/storage'

/** What a row of `secret_rotation` says. Times in milliseconds. */
export interface RotationRow {
  readonly enabled: number
  readonly function_arn: string | null
  readonly days: number | null
  readonly schedule: string | null
  readonly duration: string | null
  readonly last_at: number | null
  readonly based_at: number | null
  readonly window_start: number | null
  readonly window_end: number | null
  readonly run_at: number | null
  readonly configured_by: string | null
  readonly mac: Uint8Array
}

export interface RunRow {
  readonly token: string
  readonly phase: string
  readonly step: string
  readonly attempt: number
  readonly not_before: number
  readonly rotation_token: string
  readonly started_at: number
  readonly failure: string | null
}

const ROTATION =
  'enabled, function_arn, days, schedule, duration, last_at, based_at, window_start, window_end, run_at, configured_by, mac'
const RUN = 'token, phase, step, attempt, not_before, rotation_token, started_at, failure'
const HERE = 'account = :account and region = :region'
const values = (columns: string) => columns.replaceAll(/\w+/g, ':$&')
const updates = (columns: string) => columns.replaceAll(/\w+/g, '$& = excluded.$&')

export const findRotation = statement(
  'secret-rotation/find',
  `select ${ROTATION} from secret_rotation where ${HERE} and secret = :secret`,
)
export const putRotation = statement(
  'secret-rotation/put',
  `insert into secret_rotation (account, region, secret, ${ROTATION})
  values (:account, :region, :secret, ${values(ROTATION)})
  on conflict (account, region, secret) do update set ${updates(ROTATION)}`,
)
export const deleteRotation = statement(
  'secret-rotation/delete',
  `delete from secret_rotation where ${HERE} and secret = :secret`,
)
/** The rotations of up to MANY secrets; unused places hold the empty text. */
export const rotationsOfMany = statement(
  'secret-rotation/list-many',
  `select secret, ${ROTATION} from secret_rotation
  where ${HERE} and secret in (${Array.from({ length: MANY }, (_, i) => `:s${i}`).join(', ')})`,
)

export const findRun = statement(
  'secret-rotation-run/find',
  `select ${RUN} from secret_rotation_run where ${HERE} and secret = :secret`,
)
export const putRun = statement(
  'secret-rotation-run/put',
  `insert into secret_rotation_run (account, region, secret, ${RUN})
  values (:account, :region, :secret, ${values(RUN)})
  on conflict (account, region, secret) do update set ${updates(RUN)}`,
)
export const deleteRun = statement(
  'secret-rotation-run/delete',
  `delete from secret_rotation_run where ${HERE} and secret = :secret`,
)
