import { statement } from '#kernel/storage/storage'

/** A row of `registered_database`. */
export interface DatabaseRow {
  readonly account: string
  readonly region: string
  readonly kind: string
  readonly id: string
  readonly resource_id: string
  readonly engine: string
  readonly engine_version: string | null
  readonly instance_class: string | null
  readonly host: string
  readonly port: number
  readonly reader_host: string | null
  readonly aliases: string
  readonly dbname: string | null
  readonly username: string
  readonly ca: string | null
  readonly replica_of: string | null
  readonly cluster: string | null
  readonly writer: number
  readonly tags: string
  readonly secret_arn: string | null
  readonly kms_key_id: string | null
  readonly password: Uint8Array | null
  readonly next_password: Uint8Array | null
  readonly created_at: number
  readonly mac: Uint8Array
}

const COLUMNS = [
  'account',
  'region',
  'kind',
  'id',
  'resource_id',
  'engine',
  'engine_version',
  'instance_class',
  'host',
  'port',
  'reader_host',
  'aliases',
  'dbname',
  'username',
  'ca',
  'replica_of',
  'cluster',
  'writer',
  'tags',
  'secret_arn',
  'kms_key_id',
  'password',
  'next_password',
  'created_at',
  'mac',
] as const

const all = COLUMNS.join(', ')
const changing = COLUMNS.slice(4)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')
const HERE = 'account = :account and region = :region'

export const find = statement(
  'rds/find',
  `select ${all} from registered_database where ${HERE} and kind = :kind and id = :id`,
)
export const lock = statement(
  'rds/lock',
  `select ${all} from registered_database where ${HERE} and kind = :kind and id = :id for update`,
)
export const put = statement(
  'rds/put',
  `insert into registered_database (${all}) values (${COLUMNS.map((column) => `:${column}`).join(', ')})
   on conflict (account, region, kind, id) do update set ${changing}`,
)
export const remove = statement(
  'rds/remove',
  `delete from registered_database where ${HERE} and kind = :kind and id = :id`,
)
/** After an identifier, in their order. */
export const page = statement(
  'rds/page',
  `select ${all} from registered_database where ${HERE} and kind = :kind and id collate bytes > :after
   order by id collate bytes limit :limit`,
)
export const everywhere = statement(
  'rds/everywhere',
  `select ${all} from registered_database order by account, region, kind, id collate bytes`,
)
export const bySecret = statement(
  'rds/by-secret',
  `select ${all} from registered_database where ${HERE} and secret_arn = :secret_arn`,
)
export const byHost = statement(
  'rds/by-host',
  `select ${COLUMNS.map((column) => `d.${column}`).join(', ')} from registered_host h
   join registered_database d on d.account = h.account and d.region = h.region and d.kind = h.kind and d.id = h.id
   where h.account = :account and h.region = :region and h.host = :host order by d.kind, d.id`,
)
export const members = statement(
  'rds/members',
  `select ${all} from registered_database where ${HERE} and kind = 'instance' and cluster = :cluster order by id collate bytes`,
)
export const replicas = statement(
  'rds/replicas',
  `select ${all} from registered_database where ${HERE} and kind = 'instance' and replica_of = :replica_of order by id collate bytes`,
)
export const putHost = statement(
  'rds/put-host',
  `insert into registered_host (account, region, host, kind, id) values (:account, :region, :host, :kind, :id)
   on conflict (account, region, host, kind, id) do nothing`,
)
export const removeHosts = statement(
  'rds/remove-hosts',
  `delete from registered_host where ${HERE} and kind = :kind and id = :id`,
)
