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
  readonly node: string | null
  /** Null in rows of before step 0004. */
  readonly mac: Uint8Array | null
}

/** A row of `secret_rotation_watch`. */
export interface WatchRow {
  readonly due_by: number
  readonly held_since: number
  readonly mac: Uint8Array
}

const ROTATION =
  'enabled, function_arn, days, schedule, duration, last_at, based_at, window_start, window_end, run_at, configured_by, mac'
const RUN = 'token, phase, step, attempt, not_before, rotation_token, started_at, failure, node, mac'
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

/** One of all that rotate, if there is any. */
export const anyRotation = statement('secret-rotation/any', 'select account from secret_rotation limit 1')

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

/** Claims that other processes have left. */
export const claimedElsewhere = statement(
  'secret-rotation-run/claimed-elsewhere',
  'select account, region, secret, token from secret_rotation_run where node is not null and node <> :node',
)

export const findWatch = statement(
  'secret-rotation-watch/find',
  `select due_by, held_since, mac from secret_rotation_watch where ${HERE} and secret = :secret`,
)
export const putWatch = statement(
  'secret-rotation-watch/put',
  `insert into secret_rotation_watch (account, region, secret, due_by, held_since, mac)
  values (:account, :region, :secret, :due_by, :held_since, :mac)
  on conflict (account, region, secret) do update set ${updates('due_by, held_since, mac')}`,
)
export const deleteWatch = statement(
  'secret-rotation-watch/delete',
  `delete from secret_rotation_watch where ${HERE} and secret = :secret`,
)
export const countOverdue = statement(
  'secret-rotation-watch/overdue',
  'select count(*) as rows, min(due_by) as oldest from secret_rotation_watch where due_by < :now',
)

/** A row of `secret_rotation_test`. */
export interface TestRow {
  readonly failed_at: number
  readonly failure: string
}

export const findTest = statement(
  'secret-rotation-test/find',
  `select failed_at, failure from secret_rotation_test where ${HERE} and secret = :secret`,
)
export const putTest = statement(
  'secret-rotation-test/put',
  `insert into secret_rotation_test (account, region, secret, failed_at, failure)
  values (:account, :region, :secret, :failed_at, :failure)
  on conflict (account, region, secret) do update set ${updates('failed_at, failure')}`,
)
export const deleteTest = statement(
  'secret-rotation-test/delete',
  `delete from secret_rotation_test where ${HERE} and secret = :secret`,
)

export const findNode = statement('rotation-node/find', 'select until, mac from rotation_node where id = :id')
export const putNode = statement(
  'rotation-node/put',
  `insert into rotation_node (id, until, mac) values (:id, :until, :mac)
  on conflict (id) do update set until = excluded.until, mac = excluded.mac`,
)
export const deleteNodes = statement('rotation-node/delete', 'delete from rotation_node where until < :before')

/** A row of `secret_reader`: which version a principal read last. */
export interface ReaderRow {
  readonly principal: string
  readonly version: string
  readonly read_at: number
  /** 1: it reads pending versions too, as functions of rotations do. */
  readonly rotates: number
  readonly mac: Uint8Array
}

const READER = 'principal, version, read_at, rotates, mac'
export const putReader = statement(
  'secret-reader/put',
  `insert into secret_reader (account, region, secret, ${READER}) values (:account, :region, :secret, ${values(READER)})
  on conflict (account, region, secret, principal) do update set ${updates('version, read_at, rotates, mac')}`,
)
export const findReader = statement(
  'secret-reader/find',
  `select ${READER} from secret_reader where ${HERE} and secret = :secret and principal = :principal`,
)
export const listReaders = statement(
  'secret-reader/list',
  `select ${READER} from secret_reader where ${HERE} and secret = :secret order by read_at desc, principal limit :limit`,
)
export const readersOf = statement(
  'secret-reader/of-version',
  `select ${READER} from secret_reader where ${HERE} and secret = :secret and version = :version and rotates = 0 limit 1`,
)
export const deleteReaders = statement(
  'secret-reader/delete',
  `delete from secret_reader where ${HERE} and secret = :secret and read_at < :before`,
)
export const hasSecret = statement('secret-reader/secret', `select id from secret where ${HERE} and id = :secret`)

/** A rotation beside its run, its watch and its last test that failed, as far as there are any. */
export interface JoinedRow {
  readonly run_token: string | null
  readonly run_phase: string | null
  readonly run_step: string | null
  readonly run_attempt: number | null
  readonly run_not_before: number | null
  readonly run_rotation_token: string | null
  readonly run_started_at: number | null
  readonly run_failure: string | null
  readonly run_node: string | null
  readonly run_mac: Uint8Array | null
  readonly watch_due_by: number | null
  readonly watch_held_since: number | null
  readonly watch_mac: Uint8Array | null
  readonly test_failed_at: number | null
  readonly test_failure: string | null
}

const prefixed = (alias: string, prefix: string, columns: string) =>
  columns.replaceAll(/\w+/g, (column) => `${alias}.${column} as ${prefix}_${column}`)
const SAME = (alias: string) =>
  `${alias}.account = r.account and ${alias}.region = r.region and ${alias}.secret = r.secret`

/** All rotations of the store, page by page in the order of the primary key; an empty text: of all accounts, all regions. */
export const listRotations = statement(
  'secret-rotation/list',
  `select r.account, r.region, r.secret, s.name, s.suffix, s.deleted_at,
    ${ROTATION.replaceAll(/\w+/g, 'r.$&')}, ${prefixed('q', 'run', RUN)}, ${prefixed('w', 'watch', 'due_by, held_since, mac')},
    ${prefixed('t', 'test', 'failed_at, failure')}
  from secret_rotation r
  join secret s on s.account = r.account and s.region = r.region and s.id = r.secret
  left join secret_rotation_run q on ${SAME('q')} and q.phase <> 'ended'
  left join secret_rotation_watch w on ${SAME('w')}
  left join secret_rotation_test t on ${SAME('t')}
  where (r.account, r.region, r.secret) > (:account, :region, :secret)
    and (:only_account = '' or r.account = :only_account) and (:only_region = '' or r.region = :only_region)
  order by r.account, r.region, r.secret limit :limit`,
)

/** The run in a row that has one. */
export const runOf = (row: JoinedRow): RunRow => ({
  token: row.run_token as string,
  phase: row.run_phase as string,
  step: row.run_step as string,
  attempt: row.run_attempt as number,
  not_before: row.run_not_before as number,
  rotation_token: row.run_rotation_token as string,
  started_at: row.run_started_at as number,
  failure: row.run_failure,
  node: row.run_node,
  mac: row.run_mac,
})

/** The watch in a row that has one. */
export const watchOf = (row: JoinedRow): WatchRow => ({
  due_by: row.watch_due_by as number,
  held_since: row.watch_held_since as number,
  mac: row.watch_mac as Uint8Array,
})
