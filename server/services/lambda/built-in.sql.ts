import { statement } from '#kernel/storage/storage'

/** The statements about what an account has set for functions that are built in. */

export interface BuiltInRow {
  readonly account: string
  readonly region: string
  readonly name: string
  /** JSON of the variables. */
  readonly variables: string
  readonly revision: string
  readonly modified_at: number
  readonly mac: Uint8Array
}

const COLUMNS = 'account, region, name, variables, revision, modified_at, mac'

export const findBuiltIn = statement(
  'lambda/find-built-in',
  `select ${COLUMNS} from lambda_built_in where account = :account and region = :region and name = :name`,
)
export const saveBuiltIn = statement(
  'lambda/save-built-in',
  `insert into lambda_built_in (${COLUMNS})
   values (:account, :region, :name, :variables, :revision, :modifiedAt, :mac)
   on conflict (account, region, name) do update set
     variables = excluded.variables, revision = excluded.revision, modified_at = excluded.modified_at, mac = excluded.mac`,
)
