import { statement } from '#kernel/storage/storage'

export interface FilterRow {
  readonly account: string
  readonly region: string
  readonly group_id: string
  readonly name: string
  readonly content: string
  readonly created_at: number
  readonly mac: Uint8Array
}

const columns = 'account, region, group_id, name, content, created_at, mac'
const OF_GROUP = 'account = :account and region = :region and group_id = :group_id'

/** The statements of one of the two tables of filters, which are alike. */
function statementsOf(kind: string, table: string) {
  return {
    find: statement(`${kind}/find`, `select ${columns} from ${table} where ${OF_GROUP} and name = :name`),
    save: statement(
      `${kind}/save`,
      `insert into ${table} (${columns})
       values (:account, :region, :group_id, :name, :content, :created_at, :mac)
       on conflict (account, region, group_id, name) do update set content = excluded.content, mac = excluded.mac`,
    ),
    remove: statement(`${kind}/remove`, `delete from ${table} where ${OF_GROUP} and name = :name`),
    count: statement(`${kind}/count`, `select count(*) as n from ${table} where ${OF_GROUP}`),
    ofGroup: statement(
      `${kind}/of-group`,
      `select ${columns} from ${table} where ${OF_GROUP} order by name collate bytes`,
    ),
    /** Of all groups of an account, by group and name. */
    page: statement(
      `${kind}/page`,
      `select f.account as account, f.region as region, f.group_id as group_id, f.name as name, f.content as content,
         f.created_at as created_at, f.mac as mac, g.name as log_group
       from ${table} f join log_group g on g.account = f.account and g.region = f.region and g.id = f.group_id
       where f.account = :account and f.region = :region and (:group = '' or g.name = :group)
         and (g.name > :after_group or (g.name = :after_group and f.name > :after))
       order by g.name collate bytes, f.name collate bytes limit :limit`,
    ),
  }
}

export const metricFilters = statementsOf('log-metric-filter', 'log_metric_filter')
export const subscriptions = statementsOf('log-subscription', 'log_subscription')
