import { statement } from '#kernel/storage/storage'

/** The statements about buses, rules and targets. */

export interface BusRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly description: string | null
  readonly kms_key: string | null
  readonly dead_letter: string | null
  readonly log: string | null
  readonly policy: string | null
  readonly policy_principals: string | null
  readonly tags: string
  readonly created_at: number | null
  readonly changed_at: number | null
  readonly mac: Uint8Array
}

export interface RuleRow {
  readonly account: string
  readonly region: string
  readonly bus: string
  readonly name: string
  readonly id: string
  readonly pattern: string | null
  readonly schedule: string | null
  readonly state: string
  readonly description: string | null
  readonly role: string | null
  readonly tags: string
  readonly created_by: string
  readonly created_at: number
  readonly scheduled_at: number
  readonly mac: Uint8Array
}

export interface TargetRow {
  readonly id: string
  readonly arn: string
  readonly sealed: Uint8Array
}

const busColumns =
  'account, region, name, description, kms_key, dead_letter, log, policy, policy_principals, tags, created_at, changed_at, mac'

export const findBus = statement(
  'events/find-bus',
  `select ${busColumns} from event_bus where account = :account and region = :region and name = :name`,
)
export const lockBus = statement(
  'events/lock-bus',
  `select ${busColumns} from event_bus where account = :account and region = :region and name = :name for update`,
)
export const listBuses = statement(
  'events/list-buses',
  `select ${busColumns} from event_bus
   where account = :account and region = :region and name > :after collate bytes and substr(name, 1, length(:prefix)) = :prefix
   order by name collate bytes limit :most`,
)
export const countBuses = statement(
  'events/count-buses',
  `select count(*) as n from event_bus where account = :account and region = :region and name <> 'default'`,
)
export const saveBus = statement(
  'events/save-bus',
  `insert into event_bus (${busColumns})
   values (:account, :region, :name, :description, :kmsKey, :deadLetter, :log, :policy, :principals, :tags, :createdAt, :changedAt, :mac)
   on conflict (account, region, name) do update set description = excluded.description, kms_key = excluded.kms_key,
     dead_letter = excluded.dead_letter, log = excluded.log, policy = excluded.policy,
     policy_principals = excluded.policy_principals, tags = excluded.tags, changed_at = excluded.changed_at, mac = excluded.mac`,
)
export const deleteBus = statement(
  'events/delete-bus',
  'delete from event_bus where account = :account and region = :region and name = :name',
)

const ruleColumns =
  'account, region, bus, name, id, pattern, schedule, state, description, role, tags, created_by, created_at, scheduled_at, mac'
const onBus = 'account = :account and region = :region and bus = :bus'

export const findRule = statement(
  'events/find-rule',
  `select ${ruleColumns} from event_rule where ${onBus} and name = :name`,
)
export const lockRule = statement(
  'events/lock-rule',
  `select ${ruleColumns} from event_rule where ${onBus} and name = :name for update`,
)
export const listRules = statement(
  'events/list-rules',
  `select ${ruleColumns} from event_rule
   where ${onBus} and name > :after collate bytes and substr(name, 1, length(:prefix)) = :prefix
   order by name collate bytes limit :most`,
)
export const countRules = statement('events/count-rules', `select count(*) as n from event_rule where ${onBus}`)
export const standingRules = statement(
  'events/standing-rules',
  `select ${ruleColumns} from event_rule where ${onBus} and state <> 'DISABLED' order by name collate bytes`,
)
export const saveRule = statement(
  'events/save-rule',
  `insert into event_rule (${ruleColumns})
   values (:account, :region, :bus, :name, :id, :pattern, :schedule, :state, :description, :role, :tags, :createdBy, :createdAt,
     :scheduledAt, :mac)
   on conflict (account, region, bus, name) do update set pattern = excluded.pattern, schedule = excluded.schedule,
     state = excluded.state, description = excluded.description, role = excluded.role, tags = excluded.tags,
     scheduled_at = excluded.scheduled_at, mac = excluded.mac`,
)
export const deleteRule = statement('events/delete-rule', `delete from event_rule where ${onBus} and name = :name`)

export const targetsOf = statement(
  'events/targets-of',
  `select id, arn, sealed from event_target where ${onBus} and rule = :rule and id > :after collate bytes
   order by id collate bytes limit :most`,
)
export const saveTarget = statement(
  'events/save-target',
  `insert into event_target (account, region, bus, rule, id, arn, sealed)
   values (:account, :region, :bus, :rule, :id, :arn, :sealed)
   on conflict (account, region, bus, rule, id) do update set arn = excluded.arn, sealed = excluded.sealed`,
)
export const deleteTarget = statement(
  'events/delete-target',
  `delete from event_target where ${onBus} and rule = :rule and id = :id`,
)
export const rulesByTarget = statement(
  'events/rules-by-target',
  `select rule from event_target where ${onBus} and arn = :arn and rule > :after collate bytes
   group by rule order by rule collate bytes limit :most`,
)
