import { statement } from '#kernel/storage/storage'

const HERE = 'account = :account and region = :region'

export const findReport = statement(
  'iam/find-credential-report',
  `select content, created_at from iam_credential_report where ${HERE}`,
)
export const putReport = statement(
  'iam/put-credential-report',
  `insert into iam_credential_report (account, region, content, created_at)
   values (:account, :region, :content, :now)
   on conflict (account, region) do update set content = excluded.content, created_at = excluded.created_at`,
)
/** What is told of all keys, without their secrets. */
export const everyKey = statement(
  'iam/every-key',
  `select id, owner, status, mac, created_at, used_at, used_service, used_region from iam_access_key where ${HERE}
   order by owner, id`,
)
/** What is told of all passwords, and what authenticates it. */
export const everyLogin = statement(
  'iam/every-login',
  `select owner, hash, former, reset_required, created_at, changed_at, used_at, mac from iam_login where ${HERE}`,
)
