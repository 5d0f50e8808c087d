import { statement } from '#kernel/storage/storage'

const IN_CELL = 'account = :account and region = :region'

export interface ConnectionRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly id: string
  readonly description: string | null
  readonly authorization_type: string
  readonly shown: string
  readonly secret: string
  readonly kms_key: string | null
  readonly state: string
  readonly state_reason: string | null
  readonly created_at: number
  readonly modified_at: number
  readonly authorized_at: number | null
  readonly mac: Uint8Array
}

export interface DestinationRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly id: string
  readonly description: string | null
  readonly connection: string
  readonly endpoint: string
  readonly method: string
  readonly rate: number
  readonly created_at: number
  readonly modified_at: number
  readonly mac: Uint8Array
}

const CONNECTION =
  'account, region, name, id, description, authorization_type, shown, secret, kms_key, state, state_reason, created_at, modified_at, authorized_at, mac'
const DESTINATION =
  'account, region, name, id, description, connection, endpoint, method, rate, created_at, modified_at, mac'

export const findConnection = statement(
  'events/find-connection',
  `select ${CONNECTION} from event_connection where ${IN_CELL} and name = :name`,
)
export const lockConnection = statement(
  'events/lock-connection',
  `select ${CONNECTION} from event_connection where ${IN_CELL} and name = :name for update`,
)
export const saveConnection = statement(
  'events/save-connection',
  `insert into event_connection (${CONNECTION})
   values (:account, :region, :name, :id, :description, :authorization_type, :shown, :secret, :kms_key, :state, :state_reason,
     :created_at, :modified_at, :authorized_at, :mac)
   on conflict (account, region, name) do update set
     id = excluded.id, description = excluded.description, authorization_type = excluded.authorization_type,
     shown = excluded.shown, secret = excluded.secret, kms_key = excluded.kms_key, state = excluded.state,
     state_reason = excluded.state_reason, created_at = excluded.created_at, modified_at = excluded.modified_at,
     authorized_at = excluded.authorized_at, mac = excluded.mac`,
)
export const deleteConnection = statement(
  'events/delete-connection',
  `delete from event_connection where ${IN_CELL} and name = :name`,
)
export const listConnections = statement(
  'events/list-connections',
  `select ${CONNECTION} from event_connection
   where ${IN_CELL} and name > :after and substr(name, 1, length(:prefix)) = :prefix and (:state = '' or state = :state)
   order by name collate bytes limit :most`,
)
export const countConnections = statement(
  'events/count-connections',
  `select count(*) as n from event_connection where ${IN_CELL}`,
)

export const findDestination = statement(
  'events/find-destination',
  `select ${DESTINATION} from event_destination where ${IN_CELL} and name = :name`,
)
export const lockDestination = statement(
  'events/lock-destination',
  `select ${DESTINATION} from event_destination where ${IN_CELL} and name = :name for update`,
)
export const saveDestination = statement(
  'events/save-destination',
  `insert into event_destination (${DESTINATION})
   values (:account, :region, :name, :id, :description, :connection, :endpoint, :method, :rate, :created_at, :modified_at, :mac)
   on conflict (account, region, name) do update set
     id = excluded.id, description = excluded.description, connection = excluded.connection, endpoint = excluded.endpoint,
     method = excluded.method, rate = excluded.rate, created_at = excluded.created_at, modified_at = excluded.modified_at,
     mac = excluded.mac`,
)
export const deleteDestination = statement(
  'events/delete-destination',
  `delete from event_destination where ${IN_CELL} and name = :name`,
)
export const listDestinations = statement(
  'events/list-destinations',
  `select ${DESTINATION} from event_destination
   where ${IN_CELL} and name > :after and substr(name, 1, length(:prefix)) = :prefix
     and (:connection = '' or connection = :connection)
   order by name collate bytes limit :most`,
)
export const countDestinations = statement(
  'events/count-destinations',
  `select count(*) as n from event_destination where ${IN_CELL}`,
)
export const deletePace = statement('events/delete-pace', `delete from event_pace where ${IN_CELL} and id = :id`)
