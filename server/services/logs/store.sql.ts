import { statement } from '#kernel/storage/storage'

export interface GroupRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly id: string
  readonly created_at: number
  readonly retention: number | null
  readonly class: string
  readonly guarded: number
  readonly tags: string
  readonly kms_key: string | null
  readonly key_number: number
  readonly mac: Uint8Array
}

const group = 'account, region, name, id, created_at, retention, class, guarded, tags, kms_key, key_number, mac'

export const findGroup = statement(
  'log-group/find',
  `select ${group} from log_group where account = :account and region = :region and name = :name`,
)

export const lockGroup = statement(
  'log-group/lock',
  `select ${group} from log_group where account = :account and region = :region and name = :name for update`,
)

export const insertGroup = statement(
  'log-group/insert',
  `insert into log_group (${group})
   values (:account, :region, :name, :id, :created_at, :retention, :class, :guarded, :tags, :kms_key, :key_number, :mac)`,
)

export const updateGroup = statement(
  'log-group/update',
  `update log_group set retention = :retention, guarded = :guarded, tags = :tags, kms_key = :kms_key,
     key_number = :key_number, mac = :mac
   where account = :account and region = :region and name = :name and id = :id`,
)

export const deleteGroup = statement(
  'log-group/delete',
  'delete from log_group where account = :account and region = :region and name = :name',
)

export const countGroups = statement(
  'log-group/count',
  'select count(*) as n from log_group where account = :account and region = :region',
)

/** Groups behind a name, up to `end`. */
export const listGroups = statement(
  'log-group/list',
  `select ${group} from log_group
   where account = :account and region = :region and name > :after and name >= :from and name < :end
   order by name collate bytes limit :limit`,
)

/** Of all accounts: for who runs the server. */
export const allGroups = statement(
  'log-group/all',
  `select ${group} from log_group where name >= :from and name < :end
   order by account collate bytes, region collate bytes, name collate bytes`,
)

/** Groups whose events end, in order. */
export const expiringGroups = statement(
  'log-group/expiring',
  `select ${group} from log_group
   where retention is not null
     and (account > :account or (account = :account and (region > :region or (region = :region and name > :name))))
   order by account collate bytes, region collate bytes, name collate bytes limit :limit`,
)

export const insertKey = statement(
  'log-group/insert-key',
  `insert into log_group_key (account, region, group_id, number, wrapped, mac)
   values (:account, :region, :group_id, :number, :wrapped, :mac)`,
)

export const findKey = statement(
  'log-group/find-key',
  `select wrapped, mac from log_group_key
   where account = :account and region = :region and group_id = :group_id and number = :number`,
)

export const newestKey = statement(
  'log-group/newest-key',
  `select max(number) as number from log_group_key
   where account = :account and region = :region and group_id = :group_id`,
)

export const insertUsage = statement(
  'log-usage/insert',
  `insert into log_usage (account, region, group_id, next_ordinal, bytes) values (:account, :region, :group_id, 1, 0)`,
)

/** Takes the next numbers for events; others wait for it. */
export const reserve = statement(
  'log-usage/reserve',
  `update log_usage set next_ordinal = next_ordinal + :events, bytes = bytes + :bytes
   where account = :account and region = :region and group_id = :group_id
   returning next_ordinal, bytes`,
)

export const release = statement(
  'log-usage/release',
  `update log_usage set bytes = bytes - :bytes
   where account = :account and region = :region and group_id = :group_id`,
)

export const usageOf = statement(
  'log-usage/find',
  'select bytes from log_usage where account = :account and region = :region and group_id = :group_id',
)

export const usageOfAccount = statement(
  'log-usage/of-account',
  'select coalesce(sum(bytes), 0) as bytes from log_usage where account = :account and region = :region',
)

export interface StreamRow {
  readonly name: string
  readonly id: string
  readonly created_at: number
  readonly first_at: number | null
  readonly last_at: number | null
  readonly ingested_at: number | null
}

const stream = 'name, id, created_at, first_at, last_at, ingested_at'
const OF_GROUP = 'account = :account and region = :region and group_id = :group_id'

export const findStream = statement(
  'log-stream/find',
  `select ${stream} from log_stream where ${OF_GROUP} and name = :name`,
)

export const insertStream = statement(
  'log-stream/insert',
  `insert into log_stream (account, region, group_id, name, id, created_at)
   values (:account, :region, :group_id, :name, :id, :created_at) on conflict do nothing`,
)

export const deleteStream = statement('log-stream/delete', `delete from log_stream where ${OF_GROUP} and name = :name`)

/** Streams whose events have all gone. */
export const expireStreams = statement(
  'log-stream/expire',
  `delete from log_stream where ${OF_GROUP} and name in
     (select name from log_stream where ${OF_GROUP} and last_at < :until and ingested_at < :until limit :limit)`,
)

export const countStreams = statement('log-stream/count', `select count(*) as n from log_stream where ${OF_GROUP}`)

export const summaryOfStreams = statement(
  'log-stream/summary',
  `select count(*) as n, max(last_at) as last from log_stream where ${OF_GROUP}`,
)

export const wroteStream = statement(
  'log-stream/wrote',
  `update log_stream set
     first_at = case when first_at is null or first_at > :first_at then :first_at else first_at end,
     last_at = case when last_at is null or last_at < :last_at then :last_at else last_at end,
     ingested_at = :ingested_at
   where ${OF_GROUP} and name = :name`,
)

export const streamsByName = statement(
  'log-stream/by-name',
  `select ${stream} from log_stream where ${OF_GROUP} and name > :after and name >= :from and name < :end
   order by name collate bytes limit :limit`,
)

export const streamsByNameDown = statement(
  'log-stream/by-name-down',
  `select ${stream} from log_stream where ${OF_GROUP} and name < :before and name >= :from and name < :end
   order by name collate bytes desc limit :limit`,
)

export const streamsByLast = statement(
  'log-stream/by-last',
  `select ${stream} from log_stream
   where ${OF_GROUP} and (coalesce(last_at, 0) > :last or (coalesce(last_at, 0) = :last and name > :name))
   order by coalesce(last_at, 0), name collate bytes limit :limit`,
)

export const streamsByLastDown = statement(
  'log-stream/by-last-down',
  `select ${stream} from log_stream
   where ${OF_GROUP} and (coalesce(last_at, 0) < :last or (coalesce(last_at, 0) = :last and name < :name))
   order by coalesce(last_at, 0) desc, name collate bytes desc limit :limit`,
)

export interface ChunkRow {
  readonly stream_id: string
  readonly ordinal: number
  readonly last_ordinal: number
  readonly first_at: number
  readonly last_at: number
  readonly events: number
  readonly bytes: number
  readonly key_number: number
}

const chunk = 'stream_id, ordinal, last_ordinal, first_at, last_at, events, bytes, key_number'

export const insertChunk = statement(
  'log-chunk/insert',
  `insert into log_chunk (account, region, group_id, ${chunk}, sealed)
   values (:account, :region, :group_id, :stream_id, :ordinal, :last_ordinal, :first_at, :last_at, :events, :bytes, :key_number, :sealed)`,
)

export const updateChunk = statement(
  'log-chunk/update',
  `update log_chunk set last_ordinal = :last_ordinal, first_at = :first_at, last_at = :last_at, events = :events, bytes = :bytes, sealed = :sealed
   where ${OF_GROUP} and stream_id = :stream_id and ordinal = :ordinal`,
)

export const newestChunk = statement(
  'log-chunk/newest',
  `select ${chunk} from log_chunk where ${OF_GROUP} and stream_id = :stream_id order by ordinal desc limit 1`,
)

export const openChunk = statement(
  'log-chunk/open',
  `select key_number, sealed from log_chunk where ${OF_GROUP} and stream_id = :stream_id and ordinal = :ordinal`,
)

/** Chunks with something that came behind an event. */
export const chunksSince = statement(
  'log-chunk/since',
  `select ${chunk} from log_chunk where ${OF_GROUP} and last_ordinal > :after order by last_ordinal limit :limit`,
)

export const newestOrdinal = statement(
  'log-usage/newest',
  'select next_ordinal from log_usage where account = :account and region = :region and group_id = :group_id',
)

/** By their beginnings: chunks that may hold something from `least` on; none is longer than what lies between `from` and `least`. */
const UP = `first_at >= :from and last_at >= :least and first_at <= :most
     and (first_at > :at or (first_at = :at and ordinal > :ordinal))
   order by first_at, ordinal limit :limit`
/** The same from the end. */
const DOWN = `last_at <= :to and first_at <= :most and last_at >= :least
     and (last_at < :at or (last_at = :at and ordinal < :ordinal))
   order by last_at desc, ordinal desc limit :limit`

export const chunksUp = statement('log-chunk/up', `select ${chunk} from log_chunk where ${OF_GROUP} and ${UP}`)
export const chunksDown = statement('log-chunk/down', `select ${chunk} from log_chunk where ${OF_GROUP} and ${DOWN}`)
export const chunksOfStreamUp = statement(
  'log-chunk/of-stream-up',
  `select ${chunk} from log_chunk where ${OF_GROUP} and stream_id = :stream_id and ${UP}`,
)
export const chunksOfStreamDown = statement(
  'log-chunk/of-stream-down',
  `select ${chunk} from log_chunk where ${OF_GROUP} and stream_id = :stream_id and ${DOWN}`,
)

export const streamOfId = statement('log-stream/of-id', `select name from log_stream where ${OF_GROUP} and id = :id`)

/** The oldest chunks of a group. */
export const oldestChunks = statement(
  'log-chunk/oldest',
  `select stream_id, ordinal, last_at, bytes from log_chunk where ${OF_GROUP} and last_at < :until
   order by last_at, ordinal limit :limit`,
)

/** Chunks of a group, or of one stream in it, that are not wanted any more. */
export const someChunks = statement(
  'log-chunk/some',
  `select stream_id, ordinal, last_at, bytes from log_chunk
   where ${OF_GROUP} and (:stream_id = '' or stream_id = :stream_id) limit :limit`,
)

export const deleteChunk = statement(
  'log-chunk/delete',
  `delete from log_chunk where ${OF_GROUP} and stream_id = :stream_id and ordinal = :ordinal`,
)

/** Everything else of a group that is gone. */
export const deleteLeavings = (
  [
    ['key', 'log_group_key'],
    ['usage', 'log_usage'],
    ['metric-filter', 'log_metric_filter'],
    ['subscription', 'log_subscription'],
  ] as const
).map(([name, table]) => statement(`log-${name}/leavings`, `delete from ${table} where ${OF_GROUP}`))

export const someStreams = statement('log-stream/some', `select name from log_stream where ${OF_GROUP} limit :limit`)
