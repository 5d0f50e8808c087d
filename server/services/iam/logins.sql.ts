import { statement } from '#kernel/storage/storage'

export interface LoginRow {
  readonly owner: string
  /** Wrapped by the vault, as every one of the former. */
  readonly hash: Uint8Array
  /** JSON: base64 of former hashes, the newest first. */
  readonly former: string
  readonly reset_required: number
  readonly created_at: number
  readonly changed_at: number
  readonly used_at: number
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'
const LOGIN = 'owner, hash, former, reset_required, created_at, changed_at, used_at, mac'

export const findLogin = statement('iam/find-login', `select ${LOGIN} from iam_login where ${HERE} and owner = :owner`)
export const lockLogin = statement(
  'iam/lock-login',
  `select ${LOGIN} from iam_login where ${HERE} and owner = :owner for update`,
)
export const putLogin = statement(
  'iam/put-login',
  `insert into iam_login (account, region, owner, hash, former, reset_required, created_at, changed_at, used_at, mac)
   values (:account, :region, :owner, :hash, :former, :reset_required, :created_at, :changed_at, 0, :mac)`,
)
export const changeLogin = statement(
  'iam/change-login',
  `update iam_login set hash = :hash, former = :former, reset_required = :reset_required, changed_at = :changed_at,
   mac = :mac where ${HERE} and owner = :owner`,
)
export const useLogin = statement(
  'iam/use-login',
  `update iam_login set used_at = :at where ${HERE} and owner = :owner and used_at < :at`,
)
export const deleteLogin = statement('iam/delete-login', `delete from iam_login where ${HERE} and owner = :owner`)

export const findPasswordRules = statement(
  'iam/find-password-policy',
  `select settings, mac from iam_password_policy where ${HERE}`,
)
export const putPasswordRules = statement(
  'iam/put-password-policy',
  `insert into iam_password_policy (account, region, settings, mac) values (:account, :region, :settings, :mac)
   on conflict (account, region) do update set settings = excluded.settings, mac = excluded.mac`,
)
export const deletePasswordRules = statement(
  'iam/delete-password-policy',
  `delete from iam_password_policy where ${HERE}`,
)
