import { statement } from '#kernel/storage/storage'

/** The statements about functions. `number` 0 is $LATEST. */

export interface FunctionRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly id: string
  readonly created_at: number
  readonly reserved: number | null
  readonly tags: string
  readonly last_version: number
  readonly mac: Uint8Array
}

export interface VersionRow {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly number: number
  readonly function_id: string
  readonly settings: string
  readonly environment_id: string | null
  readonly environment_key: Uint8Array | null
  readonly environment: Uint8Array | null
  readonly environment_kms: string | null
  readonly code_id: string
  readonly code_sha256: string
  readonly code_bytes: number
  readonly revision: string
  readonly modified_at: number
  readonly mac: Uint8Array
}

export interface AliasRow {
  readonly account: string
  readonly region: string
  readonly function_name: string
  readonly name: string
  readonly function_id: string
  readonly version: string
  readonly route: string | null
  readonly description: string
  readonly revision: string
  readonly mac: Uint8Array
}

export interface PolicyRow {
  readonly account: string
  readonly region: string
  readonly function_name: string
  readonly qualifier: string
  readonly function_id: string
  readonly document: string
  readonly principals: string
  readonly revision: string
  readonly mac: Uint8Array
}

export interface CodeRow {
  readonly parts: number
  readonly bytes: number
  readonly wrapped: Uint8Array
}

export interface EventRow {
  readonly id: string
  readonly function_name: string
  readonly function_id: string
  readonly qualifier: string
  readonly queued_at: number
  readonly attempts: number
  readonly depth: number
  readonly wrapped: Uint8Array
  readonly sealed: Uint8Array
}

const FUNCTION = 'account, region, name, id, created_at, reserved, tags, last_version, mac'
const VERSION =
  'account, region, name, number, function_id, settings, environment_id, environment_key, environment, environment_kms, ' +
  'code_id, code_sha256, code_bytes, revision, modified_at, mac'
const ALIAS = 'account, region, function_name, name, function_id, version, route, description, revision, mac'
const IN_CELL = 'account = :account and region = :region'

export const findFunction = statement(
  'lambda/find-function',
  `select ${FUNCTION} from lambda_function where ${IN_CELL} and name = :name`,
)
export const lockFunction = statement(
  'lambda/lock-function',
  `select ${FUNCTION} from lambda_function where ${IN_CELL} and name = :name for update`,
)
export const insertFunction = statement(
  'lambda/insert-function',
  `insert into lambda_function (${FUNCTION})
   values (:account, :region, :name, :id, :createdAt, :reserved, :tags, :lastVersion, :mac)`,
)
export const updateFunction = statement(
  'lambda/update-function',
  `update lambda_function set reserved = :reserved, tags = :tags, last_version = :lastVersion, mac = :mac
   where ${IN_CELL} and name = :name`,
)
export const deleteFunction = statement(
  'lambda/delete-function',
  `delete from lambda_function where ${IN_CELL} and name = :name`,
)
export const listFunctions = statement(
  'lambda/list-functions',
  `select ${FUNCTION} from lambda_function where ${IN_CELL} and name > :after collate bytes
   order by name collate bytes limit :most`,
)
export const reservedTotal = statement(
  'lambda/reserved-total',
  `select coalesce(sum(reserved), 0) as total from lambda_function where ${IN_CELL} and name <> :name`,
)
export const usage = statement('lambda/usage', `select count(*) as functions from lambda_function where ${IN_CELL}`)
export const codeTotal = statement(
  'lambda/code-total',
  `select coalesce(sum(bytes), 0) as total from lambda_code where ${IN_CELL}`,
)

export const findVersion = statement(
  'lambda/find-version',
  `select ${VERSION} from lambda_version where ${IN_CELL} and name = :name and number = :number`,
)
export const listVersions = statement(
  'lambda/list-versions',
  `select ${VERSION} from lambda_version where ${IN_CELL} and name = :name and number >= :from order by number limit :most`,
)
export const insertVersion = statement(
  'lambda/insert-version',
  `insert into lambda_version (${VERSION})
   values (:account, :region, :name, :number, :functionId, :settings, :environmentId, :environmentKey, :environment,
     :environmentKms, :codeId, :codeSha256, :codeBytes, :revision, :modifiedAt, :mac)`,
)
export const updateVersion = statement(
  'lambda/update-version',
  `update lambda_version set settings = :settings, environment_id = :environmentId, environment_key = :environmentKey,
     environment = :environment, environment_kms = :environmentKms, code_id = :codeId, code_sha256 = :codeSha256,
     code_bytes = :codeBytes, revision = :revision, modified_at = :modifiedAt, mac = :mac
   where ${IN_CELL} and name = :name and number = :number`,
)
export const deleteVersion = statement(
  'lambda/delete-version',
  `delete from lambda_version where ${IN_CELL} and name = :name and number = :number`,
)
export const deleteVersions = statement(
  'lambda/delete-versions',
  `delete from lambda_version where ${IN_CELL} and name = :name`,
)
export const codesOf = statement(
  'lambda/codes-of',
  `select distinct code_id from lambda_version where ${IN_CELL} and name = :name`,
)
export const codeUsed = statement(
  'lambda/code-used',
  `select number from lambda_version where ${IN_CELL} and code_id = :codeId limit 1`,
)

export const insertCode = statement(
  'lambda/insert-code',
  `insert into lambda_code (account, region, id, parts, bytes, wrapped)
   values (:account, :region, :id, :parts, :bytes, :wrapped)`,
)
export const insertPart = statement(
  'lambda/insert-part',
  `insert into lambda_code_part (account, region, code_id, part, sealed) values (:account, :region, :id, :part, :sealed)`,
)
export const findCode = statement(
  'lambda/find-code',
  `select parts, bytes, wrapped from lambda_code where ${IN_CELL} and id = :id`,
)
export const findPart = statement(
  'lambda/find-part',
  `select sealed from lambda_code_part where ${IN_CELL} and code_id = :id and part = :part`,
)
export const deleteCode = statement('lambda/delete-code', `delete from lambda_code where ${IN_CELL} and id = :id`)
export const deleteParts = statement(
  'lambda/delete-parts',
  `delete from lambda_code_part where ${IN_CELL} and code_id = :id`,
)

export const findAlias = statement(
  'lambda/find-alias',
  `select ${ALIAS} from lambda_alias where ${IN_CELL} and function_name = :functionName and name = :name`,
)
export const listAliases = statement(
  'lambda/list-aliases',
  `select ${ALIAS} from lambda_alias where ${IN_CELL} and function_name = :functionName and name > :after collate bytes
   order by name collate bytes limit :most`,
)
export const insertAlias = statement(
  'lambda/insert-alias',
  `insert into lambda_alias (${ALIAS})
   values (:account, :region, :functionName, :name, :functionId, :version, :route, :description, :revision, :mac)`,
)
export const updateAlias = statement(
  'lambda/update-alias',
  `update lambda_alias set version = :version, route = :route, description = :description, revision = :revision, mac = :mac
   where ${IN_CELL} and function_name = :functionName and name = :name`,
)
export const deleteAlias = statement(
  'lambda/delete-alias',
  `delete from lambda_alias where ${IN_CELL} and function_name = :functionName and name = :name`,
)
export const deleteAliases = statement(
  'lambda/delete-aliases',
  `delete from lambda_alias where ${IN_CELL} and function_name = :functionName`,
)

const POLICY = 'account, region, function_name, qualifier, function_id, document, principals, revision, mac'
export const findPolicy = statement(
  'lambda/find-policy',
  `select ${POLICY} from lambda_policy where ${IN_CELL} and function_name = :functionName and qualifier = :qualifier`,
)
export const putPolicy = statement(
  'lambda/put-policy',
  `insert into lambda_policy (${POLICY})
   values (:account, :region, :functionName, :qualifier, :functionId, :document, :principals, :revision, :mac)
   on conflict (account, region, function_name, qualifier) do update set function_id = excluded.function_id,
     document = excluded.document, principals = excluded.principals, revision = excluded.revision, mac = excluded.mac`,
)
export const deletePolicy = statement(
  'lambda/delete-policy',
  `delete from lambda_policy where ${IN_CELL} and function_name = :functionName and qualifier = :qualifier`,
)
export const deletePolicies = statement(
  'lambda/delete-policies',
  `delete from lambda_policy where ${IN_CELL} and function_name = :functionName`,
)

const EVENT = 'id, function_name, function_id, qualifier, queued_at, attempts, depth, wrapped, sealed'
export const insertEvent = statement(
  'lambda/insert-event',
  `insert into lambda_event (account, region, ${EVENT})
   values (:account, :region, :id, :functionName, :functionId, :qualifier, :queuedAt, 0, :depth, :wrapped, :sealed)`,
)
/** Up to `most` of an account. */
export const queuedEvents = statement(
  'lambda/queued-events',
  'select count(*) as n from (select id from lambda_event where account = :account limit :most) as queued',
)
export const findEvent = statement(
  'lambda/find-event',
  `select ${EVENT} from lambda_event where ${IN_CELL} and id = :id`,
)
export const countAttempt = statement(
  'lambda/count-attempt',
  `update lambda_event set attempts = :attempts where ${IN_CELL} and id = :id`,
)
export const deleteEvent = statement('lambda/delete-event', `delete from lambda_event where ${IN_CELL} and id = :id`)
export const deleteEvents = statement(
  'lambda/delete-events',
  `delete from lambda_event where ${IN_CELL} and function_name = :functionName`,
)
