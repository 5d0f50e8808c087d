import { statement } from '#kernel/storage/storage'

export interface MeteredRow {
  readonly source: string
  readonly account: string
  readonly region: string
  readonly id: string
  readonly since: number
  readonly until: number | null
  readonly began: number
  readonly kind: string
  readonly resource: string
  readonly name: string
  readonly tags: string
}

const columns = 'source, account, region, id, since, until, began, kind, resource, name, tags'

/** What lasts, of a range of a source's order: behind one place, up to another one. */
export const openBetween = statement(
  'metered/open-between',
  `select ${columns} from metered
   where source = :source and until is null
     and (account, region, id) > (:afterAccount, :afterRegion, :afterId)
     and (account, region, id) <= (:account, :region, :id)
   order by account, region, id`,
)
export const lastUntil = statement(
  'metered/last-until',
  `select max(until) as until from metered
   where source = :source and account = :account and region = :region and id = :id`,
)
export const insert = statement(
  'metered/insert',
  `insert into metered (${columns})
   values (:source, :account, :region, :id, :since, :until, :began, :kind, :resource, :name, :tags)
   on conflict (source, account, region, id, since) do update set until = excluded.until, kind = excluded.kind,
     tags = excluded.tags`,
)
export const close = statement(
  'metered/close',
  `update metered set until = :until
   where source = :source and account = :account and region = :region and id = :id and until is null`,
)
export const dropEmpty = statement(
  'metered/drop-empty',
  `delete from metered where source = :source and account = :account and region = :region and id = :id
   and until is not null and until <= since`,
)
export const prune = statement('metered/prune', 'delete from metered where until < :before')

/** Those that lasted in a time, of a range of a source's order. */
export const overlapping = statement(
  'metered/overlapping',
  `select ${columns} from metered
   where source = :source and (account, region, id) > (:afterAccount, :afterRegion, :afterId)
     and (account, region, id) <= (:account, :region, :id)
     and since < :to and (until is null or until > :from)
   order by account, region, id, since`,
)

export const addCount = statement(
  'metered-count/add',
  `insert into metered_count (account, region, kind, at, count) values (:account, :region, :kind, :at, :count)
   on conflict (account, region, kind, at) do update set count = metered_count.count + excluded.count`,
)
export const dropCounts = statement('metered-count/drop', 'delete from metered_count where at = :at')
export const counts = statement(
  'metered-count/of',
  `select kind, at, count from metered_count
   where account = :account and region = :region and at >= :from and at < :to order by at, kind`,
)
export const pruneCounts = statement('metered-count/prune', 'delete from metered_count where at < :before')
