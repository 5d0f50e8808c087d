import { statement } from '#kernel/storage/storage'

/** The statements of grants and the rows they give. */

export interface GrantRow {
  readonly account: string
  readonly region: string
  readonly key_id: string
  /** 64 hex digits. */
  readonly id: string
  /** Empty: it has none. */
  readonly name: string
  /** An ARN, or the name of a service. */
  readonly grantee: string
  /** The unique id that the ARN stood for; a root user's is the account's. */
  readonly grantee_id: string
  readonly retiring: string | null
  readonly retiring_id: string | null
  /** JSON: names of operations. */
  readonly operations: string
  /** JSON of the constraints as they came; null: none. */
  readonly constraints: string | null
  /** The account in whose name it was made. */
  readonly issuer: string
  /** What another CreateGrant must be to be the same one; null: every one is new. */
  readonly same_as: string | null
  readonly created_at: number
  readonly mac: Uint8Array
}

const columns = [
  'account',
  'region',
  'key_id',
  'id',
  'name',
  'grantee',
  'grantee_id',
  'retiring',
  'retiring_id',
  'operations',
  'constraints',
  'issuer',
  'same_as',
  'created_at',
  'mac',
]
const grant = columns.join(', ')

const OF_KEY = 'account = :account and region = :region and key_id = :key_id'

export const addGrant = statement(
  'kms/add-grant',
  `insert into kms_grant (${grant}) values (${columns.map((column) => `:${column}`).join(', ')})`,
)

export const findGrant = statement('kms/find-grant', `select ${grant} from kms_grant where ${OF_KEY} and id = :id`)

export const findSameGrant = statement(
  'kms/find-same-grant',
  `select ${grant} from kms_grant where ${OF_KEY} and same_as = :same_as order by id limit 1`,
)

/** Whether a key has any grant. */
export const anyGrant = statement('kms/any-grant', `select id from kms_grant where ${OF_KEY} limit 1`)

/** The grants of a key to one of up to four principals. */
export const grantsTo = statement(
  'kms/grants-to',
  `select ${grant} from kms_grant where ${OF_KEY} and grantee_id in (:a, :b, :c, :d) order by id`,
)

export const countGrants = statement('kms/count-grants', `select count(*) as n from kms_grant where ${OF_KEY}`)

export const countGrantsTo = statement(
  'kms/count-grants-to',
  `select count(*) as n from kms_grant where ${OF_KEY} and grantee_id = :grantee_id`,
)

export const listGrants = statement(
  'kms/list-grants',
  `select ${grant} from kms_grant where ${OF_KEY} and id > :after order by id collate bytes limit :limit`,
)

export const listGrantsTo = statement(
  'kms/list-grants-to',
  `select ${grant} from kms_grant where ${OF_KEY} and grantee_id = :grantee_id and id > :after
   order by id collate bytes limit :limit`,
)

/** Of all keys of a Region, whosever they are. Grant ids are unique. */
export const listRetirable = statement(
  'kms/list-retirable-grants',
  `select ${grant} from kms_grant where region = :region and retiring_id = :retiring_id and id > :after
   order by id collate bytes limit :limit`,
)

/** The same of the keys of one account. */
export const listRetirableIn = statement(
  'kms/list-retirable-grants-in',
  `select ${grant} from kms_grant
   where region = :region and retiring_id = :retiring_id and account = :account and id > :after
   order by id collate bytes limit :limit`,
)

export const deleteGrant = statement('kms/delete-grant', `delete from kms_grant where ${OF_KEY} and id = :id`)

export const deleteGrants = statement('kms/delete-grants', `delete from kms_grant where ${OF_KEY}`)
