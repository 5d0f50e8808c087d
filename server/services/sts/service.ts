import type * as Sdk from '@aws-sdk/client-sts'
import type { Service } from '#kernel/service'
import type { OperationName } from '#kernel/wire'
import type { IdentitiesFor } from '../iam/port.ts'
import type { Env } from './operation.ts'
import { GetAccessKeyInfo } from './operations/GetAccessKeyInfo.ts'
import { GetCallerIdentity } from './operations/GetCallerIdentity.ts'

const operations = { GetAccessKeyInfo, GetCallerIdentity }

/** The compiler refuses one that is missing, one that AWS does not have and one that is done. */
const notYet: Readonly<Record<Exclude<OperationName<typeof Sdk>, keyof typeof operations>, true>> = {
  AssumeRole: true,
  AssumeRoleWithSAML: true,
  AssumeRoleWithWebIdentity: true,
  AssumeRoot: true,
  DecodeAuthorizationMessage: true,
  GetDelegatedAccessToken: true,
  GetFederationToken: true,
  GetSessionToken: true,
  GetWebIdentityToken: true,
}

/** STS: who a caller is; temporary credentials come later. `identities` is IAM's port. */
export function sts({ identities }: { readonly identities: IdentitiesFor }): Service<Env> {
  return {
    name: 'sts',
    signingName: 'sts',
    eventSource: 'sts.amazonaws.com',
    clockWindowMinutes: 15,
    query: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    wording: { validation: 'ValidationError', modelled: 'Message', enumHidesValue: true },
    operations,
    notYet: Object.keys(notYet),
    env: (unit) => ({ identities: identities(unit) }),
  }
}
