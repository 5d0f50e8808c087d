import { statement } from '#kernel/storage/storage'

/** A row of `trail`. */
export interface TrailRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly bucket: string
  readonly prefix: string | null
  readonly global_events: number
  readonly multi_region: number
  readonly validation: number
  readonly recursive_logging: number
  readonly log_group: string | null
  readonly log_role: string | null
  readonly kms_key: string | null
  readonly selection: string
  readonly tags: string
  readonly logging: number
  readonly created_at: number
  readonly started_at: number | null
  readonly stopped_at: number | null
  readonly mac: Uint8Array
}

/** A row of `trail_status`. */
export interface StatusRow {
  readonly delivery_at: number | null
  readonly delivery_attempt_at: number | null
  readonly delivery_error: string | null
  readonly digest_at: number | null
  readonly digest_error: string | null
  readonly logs_at: number | null
  readonly logs_error: string | null
}

const COLUMNS = [
  'account',
  'region',
  'name',
  'bucket',
  'prefix',
  'global_events',
  'multi_region',
  'validation',
  'recursive_logging',
  'log_group',
  'log_role',
  'kms_key',
  'selection',
  'tags',
  'logging',
  'created_at',
  'started_at',
  'stopped_at',
  'mac',
] as const

const STATUS = [
  'delivery_at',
  'delivery_attempt_at',
  'delivery_error',
  'digest_at',
  'digest_error',
  'logs_at',
  'logs_error',
] as const

const all = COLUMNS.join(', ')
const HERE = 'account = :account and region = :region and name = :name'
const changing = (columns: readonly string[]) => columns.map((column) => `${column} = excluded.${column}`).join(', ')
const given = (columns: readonly string[]) => columns.map((column) => `:${column}`).join(', ')

export const find = statement('trail/find', `select ${all} from trail where ${HERE}`)
export const lock = statement('trail/lock', `select ${all} from trail where ${HERE} for update`)
export const ofAccount = statement(
  'trail/of-account',
  `select ${all} from trail where account = :account order by name collate bytes, region collate bytes`,
)
export const logging = statement(
  'trail/logging',
  `select ${all} from trail where logging = 1 order by account, name collate bytes, region collate bytes`,
)
export const put = statement(
  'trail/put',
  `insert into trail (${all}) values (${given(COLUMNS)})
   on conflict (account, region, name) do update set ${changing(COLUMNS.slice(3))}`,
)
export const remove = statement('trail/remove', `delete from trail where ${HERE}`)

export const findStatus = statement('trail/find-status', `select ${STATUS.join(', ')} from trail_status where ${HERE}`)
export const putStatus = statement(
  'trail/put-status',
  `insert into trail_status (account, region, name, ${STATUS.join(', ')})
   values (:account, :region, :name, ${given(STATUS)})
   on conflict (account, region, name) do update set ${changing(STATUS)}`,
)
/** Trails whose files or digests could not be delivered the last time. */
export const failing = statement(
  'trail/failing',
  'select count(*) as trails from trail_status where delivery_error is not null or digest_error is not null',
)
export const removeStatus = statement('trail/remove-status', `delete from trail_status where ${HERE}`)
