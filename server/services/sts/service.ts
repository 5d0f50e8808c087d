import type * as Sdk from '@aws-sdk/client-sts'
import { refusal } from '#kernel/authorization/authorize'
import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { IdentitiesFor, PrincipalsNow } from '../iam/port.ts'
import { assumeForServices, type ForServicesParts } from './for-services.ts'
import { issuer } from './issue.ts'
import { denied, notByWebIdentity } from './model/refusals.ts'
import { accountOfRole } from './model/role.ts'
import type { Env } from './operation.ts'
import { AssumeRole } from './operations/AssumeRole.ts'
import { AssumeRoleWithWebIdentity } from './operations/AssumeRoleWithWebIdentity.ts'
import { DecodeAuthorizationMessage } from './operations/DecodeAuthorizationMessage.ts'
import { GetAccessKeyInfo } from './operations/GetAccessKeyInfo.ts'
import { GetCallerIdentity } from './operations/GetCallerIdentity.ts'
import { GetFederationToken } from './operations/GetFederationToken.ts'
import { GetSessionToken } from './operations/GetSessionToken.ts'
import type { AssumeForService, DecodeDenial } from './port.ts'
import { IssuerKeys, type KeysOptions } from './oidc/keys.ts'
import { excluded } from './restrictions.ts'
import { Sessions } from './sessions.ts'
import { WebIdentities } from './web-identities.ts'

const operations = {
  AssumeRole,
  AssumeRoleWithWebIdentity,
  DecodeAuthorizationMessage,
  GetAccessKeyInfo,
  GetCallerIdentity,
  GetFederationToken,
  GetSessionToken,
}

/** The compiler refuses one that is missing, one that AWS does not have and one that is done. */
const notYet: Readonly<Record<Exclude<OperationName<typeof Sdk>, keyof typeof operations>, true>> = {
  AssumeRoleWithSAML: true,
  AssumeRoot: true,
  GetDelegatedAccessToken: true,
  GetWebIdentityToken: true,
}

export interface StsParts {
  readonly storage: Storage
  readonly vault: Vault
  readonly random: Random
  /** IAM's ports. */
  readonly identities: IdentitiesFor
  readonly principals: PrincipalsNow
  readonly decodeDenial: DecodeDenial
  /** How the keys of identity providers are had; by default from public ones only. */
  readonly oidc?: KeysOptions
  /** What assuming roles for other services takes besides. */
  readonly services?: Pick<ForServicesParts, 'clock' | 'record'>
}

/** STS as the rest of the program sees it. */
export interface Sts {
  readonly service: Service<Env>
  /** Whose temporary credentials are, for the verification of signatures. */
  readonly sessions: Sessions
  /** Assumes roles for other services; undefined when STS was built without what that takes. */
  readonly assumeForService: AssumeForService | undefined
}

/** From public issuers alone. */
const PUBLIC: KeysOptions = { privateIssuers: false }

/** STS: who a caller is, and temporary credentials. It stores nothing. */
export function sts(parts: StsParts): Sts {
  const { storage, vault, random, identities, principals, decodeDenial, oidc = PUBLIC, services } = parts
  const issue = issuer(vault, random)
  const web = new WebIdentities(storage, identities, new IssuerKeys(oidc))
  const service: Service<Env> = {
    name: 'sts',
    signingName: 'sts',
    eventSource: 'sts.amazonaws.com',
    clockWindowMinutes: 15,
    query: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    wording: { validation: 'ValidationError', modelled: 'Message', enumHidesValue: true },
    operations: {
      ...operations,
      AssumeRoleWithWebIdentity: {
        ...AssumeRoleWithWebIdentity,
        prepare: (input, { now }) => web.prove(input, input.WebIdentityToken, accountOfRole(input.RoleArn), now),
      } satisfies typeof AssumeRoleWithWebIdentity,
    },
    notYet: Object.keys(notYet),
    env: (unit) => ({ identities: identities(unit), issue, decodeDenial, web }),
    excluded,
    denied(decision, call, action, target) {
      if (call.caller.kind === 'web') return notByWebIdentity()
      const text = refusal(decision, call, action, target)
      if (target.rule !== 'trust')
        return new ApiError('AccessDenied', text, 403, { decision, call, service: 'sts', action, target })
      // A role that is not there must look like one that does not trust the caller: no reason, and no encoded message.
      return denied(
        `User: ${call.caller.arn} is not authorized to perform: ${target.action ?? action} on resource: ${target.shown}`,
      )
    },
  }
  const assumeForService = services && assumeForServices({ storage, random, identities, issue, ...services })
  return { service, sessions: new Sessions(vault, principals), assumeForService }
}
