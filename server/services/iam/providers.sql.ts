import { statement } from '#kernel/storage/storage'

const HERE = 'account = :account and region = :region'
const PROVIDER = 'url, client_ids, thumbprints, tags, created_at, mac'

export const lockProvider = statement(
  'iam/lock-provider',
  `select ${PROVIDER} from iam_oidc_provider where ${HERE} and url = :url for update`,
)
export const listProviders = statement(
  'iam/list-providers',
  `select ${PROVIDER} from iam_oidc_provider where ${HERE} order by url`,
)
export const countProviders = statement(
  'iam/count-providers',
  `select count(*) as count from iam_oidc_provider where ${HERE}`,
)
export const putProvider = statement(
  'iam/put-provider',
  `insert into iam_oidc_provider (account, region, url, client_ids, thumbprints, tags, created_at, mac)
   values (:account, :region, :url, :client_ids, :thumbprints, :tags, :now, :mac)`,
)
export const changeProvider = statement(
  'iam/change-provider',
  `update iam_oidc_provider set client_ids = :client_ids, thumbprints = :thumbprints, tags = :tags, mac = :mac
   where ${HERE} and url = :url`,
)
export const deleteProvider = statement(
  'iam/delete-provider',
  `delete from iam_oidc_provider where ${HERE} and url = :url`,
)
