import { statement } from '#kernel/storage/storage'

export interface AlarmRow {
  readonly name: string
  readonly kind: string
  readonly settings: string
  readonly tags: string
  readonly enabled: number
  readonly state: string
  readonly reason: string
  readonly reason_data: string | null
  readonly state_at: number
  readonly transition_at: number
  readonly configured_at: number
  readonly mac: Uint8Array
}

const COLUMNS =
  'name, kind, settings, tags, enabled, state, reason, reason_data, state_at, transition_at, configured_at, mac'

export const find = statement(
  'alarm/find',
  `select ${COLUMNS} from alarm where account = :account and region = :region and name = :name`,
)
export const lock = statement(
  'alarm/lock',
  `select ${COLUMNS} from alarm where account = :account and region = :region and name = :name for update`,
)
export const put = statement(
  'alarm/put',
  `insert into alarm (account, region, ${COLUMNS})
   values (:account, :region, :name, :kind, :settings, :tags, :enabled, :state, :reason, :reasonData, :stateAt, :transitionAt, :configuredAt, :mac)
   on conflict (account, region, name) do update set
     kind = excluded.kind, settings = excluded.settings, tags = excluded.tags, enabled = excluded.enabled, state = excluded.state,
     reason = excluded.reason, reason_data = excluded.reason_data, state_at = excluded.state_at,
     transition_at = excluded.transition_at, configured_at = excluded.configured_at, mac = excluded.mac`,
)
export const remove = statement(
  'alarm/remove',
  'delete from alarm where account = :account and region = :region and name = :name',
)
export const count = statement(
  'alarm/count',
  'select count(*) as n from alarm where account = :account and region = :region',
)
/** Behind a name, in their order. `kind` empty: any; `most`: beyond the last name that begins with a prefix, or empty. */
export const page = statement(
  'alarm/page',
  `select ${COLUMNS} from alarm where account = :account and region = :region and name collate bytes > :after
     and name collate bytes >= :prefix and (:kind = '' or kind = :kind)
   order by name collate bytes limit :limit`,
)
export const composites = statement(
  'alarm/composites',
  `select ${COLUMNS} from alarm where account = :account and region = :region and kind = 'composite' order by name collate bytes`,
)

export interface HistoryRow {
  readonly name: string
  readonly at: number
  readonly place: number
  readonly kind: string
  readonly type: string
  readonly summary: string
  readonly content: string
}

const HISTORY = 'name, at, place, kind, type, summary, content'
export const insertHistory = statement(
  'alarm-history/insert',
  `insert into alarm_history (account, region, ${HISTORY})
   values (:account, :region, :name, :at, :place, :kind, :type, :summary, :content)`,
)
export const lastPlace = statement(
  'alarm-history/last-place',
  'select max(place) as place from alarm_history where account = :account and region = :region and at = :at',
)
const WHERE = `account = :account and region = :region and at >= :from and at <= :to
     and (:name = '' or name = :name) and (:type = '' or type = :type) and (:kind = '' or kind = :kind)`
export const newest = statement(
  'alarm-history/newest',
  `select ${HISTORY} from alarm_history where ${WHERE} and (at < :at or (at = :at and place < :place))
   order by at desc, place desc limit :limit`,
)
export const oldest = statement(
  'alarm-history/oldest',
  `select ${HISTORY} from alarm_history where ${WHERE} and (at > :at or (at = :at and place > :place))
   order by at, place limit :limit`,
)
export const prune = statement('alarm-history/prune', 'delete from alarm_history where at < :before')
