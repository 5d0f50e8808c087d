import { statement } from '#kernel/storage/storage'

export interface MetricRow {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly dimensions: string
  readonly last_at: number
}

export interface PointRow {
  readonly at: number
  readonly unit: string
  readonly content: Uint8Array
}

/** Keeps the row locked until the unit ends: who adds to a metric's points adds alone. */
export const touch = statement(
  'metric/touch',
  `update metric set last_at = case when last_at > :at then last_at else :at end
   where account = :account and region = :region and key = :key`,
)
export const insert = statement(
  'metric/insert',
  `insert into metric (account, region, key, namespace, name, dimensions, first_at, last_at)
   values (:account, :region, :key, :namespace, :name, :dimensions, :at, :at)
   on conflict (account, region, key) do update set last_at = case when metric.last_at > excluded.last_at then metric.last_at else excluded.last_at end`,
)
export const count = statement(
  'metric/count',
  'select count(*) as n from metric where account = :account and region = :region',
)
export const find = statement(
  'metric/find',
  'select key, namespace, name, dimensions, last_at from metric where account = :account and region = :region and key = :key',
)
/** In the order of namespace, name and key, behind a place. Empty texts: any. */
export const page = statement(
  'metric/page',
  `select key, namespace, name, dimensions, last_at from metric
   where account = :account and region = :region
     and (:namespace = '' or namespace = :namespace) and (:name = '' or name = :name) and last_at >= :since
     and (namespace collate bytes > :afterNamespace
       or (namespace = :afterNamespace and (name collate bytes > :afterName
         or (name = :afterName and key collate bytes > :afterKey))))
   order by namespace collate bytes, name collate bytes, key collate bytes limit :limit`,
)
export const point = statement(
  'metric/point',
  `select content from metric_point where account = :account and region = :region and metric = :metric
   and resolution = :resolution and at = :at and unit = :unit`,
)
export const putPoint = statement(
  'metric/put-point',
  `insert into metric_point (account, region, metric, resolution, at, unit, content)
   values (:account, :region, :metric, :resolution, :at, :unit, :content)
   on conflict (account, region, metric, resolution, at, unit) do update set content = excluded.content`,
)
export const points = statement(
  'metric/points',
  `select at, unit, content from metric_point where account = :account and region = :region and metric = :metric
   and resolution = :resolution and at >= :from and at < :to and (:unit = '' or unit = :unit)
   order by at, unit collate bytes`,
)
/** The oldest ones, a bounded number. */
export const oldest = statement(
  'metric/oldest-points',
  `select account, region, metric, at, unit from metric_point where resolution = :resolution and at < :before
   order by at limit :limit`,
)
export const removePoint = statement(
  'metric/remove-point',
  `delete from metric_point where account = :account and region = :region and metric = :metric
   and resolution = :resolution and at = :at and unit = :unit`,
)
export const forgotten = statement(
  'metric/forgotten',
  'select account, region, key from metric where last_at < :before order by last_at limit :limit',
)
export const remove = statement(
  'metric/remove',
  'delete from metric where account = :account and region = :region and key = :key and last_at < :before',
)
