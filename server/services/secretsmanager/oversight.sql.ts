import { statement } from '#kernel/storage/storage'
import type { PolicyColumns } from './store.sql.ts'

export interface IdleRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly suffix: string
  readonly owning_service: string | null
  readonly tags: string | null
  readonly created_at: number
  readonly accessed_day: number
}

/** Secrets that nobody read since a day, in the order of the index by it; an empty text is any account or region. */
export const idle = statement(
  'secret-oversight/idle',
  `select account, region, name, suffix, owning_service, tags, created_at, accessed_day from secret
   where (account, region, accessed_day, name, suffix) > (:afterAccount, :afterRegion, :afterDay, :afterName, :afterSuffix)
     and accessed_day < :before and created_at < :before and deleted_at is null
     and (:account = '' or account = :account) and (:region = '' or region = :region)
   order by account, region, accessed_day, name, suffix limit :limit`,
)

export interface OverseenRow extends PolicyColumns {
  readonly account: string
  readonly region: string
  readonly id: string
  readonly name: string
  readonly suffix: string
  readonly type: string | null
  readonly owning_service: string | null
  readonly tags: string | null
  readonly created_at: number
  readonly deleted_at: number | null
  readonly purge_at: number | null
  readonly default_key: number | null
  /** When the current version was made. */
  readonly current_at: number | null
  /** When what is previous now became so; null: there is none. */
  readonly previous_since: number | null
  /** Versions without a label, and when the oldest was made. */
  readonly deprecated: number
  readonly deprecated_at: number | null
  readonly rotates: number | null
}

const OF = (alias: string) => `${alias}.account = s.account and ${alias}.region = s.region and ${alias}.secret = s.id`
const UNLABELLED = `from secret_version d where ${OF('d')} and not exists (select 1 from secret_stage h
  where ${OF('h')} and h.version = d.version)`

/** What there is to oversee of each secret, in the order of the primary key. */
export const overseen = statement(
  'secret-oversight/page',
  `select s.account, s.region, s.id, s.name, s.suffix, s.type, s.owning_service, s.tags, s.created_at, s.deleted_at, s.purge_at,
     s.policy, s.policy_principals, s.policy_mac, v.default_key, v.created_at as current_at,
     case when p.version is null then null else c.attached_at end as previous_since,
     (select count(*) ${UNLABELLED}) as deprecated, (select min(d.created_at) ${UNLABELLED}) as deprecated_at,
     r.enabled as rotates
   from secret s
   left join secret_stage c on ${OF('c')} and c.stage = 'AWSCURRENT'
   left join secret_stage p on ${OF('p')} and p.stage = 'AWSPREVIOUS'
   left join secret_version v on ${OF('v')} and v.version = c.version
   left join secret_rotation r on ${OF('r')}
   where (s.account, s.region, s.id) > (:afterAccount, :afterRegion, :afterId)
     and (:account = '' or s.account = :account) and (:region = '' or s.region = :region)
   order by s.account, s.region, s.id limit :limit`,
)
