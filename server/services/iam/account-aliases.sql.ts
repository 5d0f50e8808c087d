import { statement } from '#kernel/storage/storage'

export interface AliasRow {
  readonly account: string
  readonly alias: string
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'

export const findAlias = statement('iam/find-alias', `select account, alias, mac from iam_account_alias where ${HERE}`)
/** An alias is one account's in the whole deployment. */
export const aliasNamed = statement(
  'iam/alias-named',
  'select account, alias, mac from iam_account_alias where alias = :alias',
)
export const putAlias = statement(
  'iam/put-alias',
  `insert into iam_account_alias (account, region, alias, mac) values (:account, :region, :alias, :mac)
   on conflict (account, region) do update set alias = excluded.alias, mac = excluded.mac`,
)
export const deleteAlias = statement(
  'iam/delete-alias',
  `delete from iam_account_alias where ${HERE} and alias = :alias`,
)
