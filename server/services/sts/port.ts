import { decide } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Secret } from '#kernel/values/bytes'
import type { AssumableRole } from '../iam/port.ts'

/**
 * What sts:DecodeAuthorizationMessage needs: the message that a refusal carried, as JSON. Undefined for what is none of
 * this deployment, or not for the caller's account to see.
 */
export type DecodeDenial = (message: string, call: Call) => string | undefined

/**
 * Why the caller may not call IAM at all, whatever policies say; undefined when it may. Federated users and sessions of
 * GetSessionToken may not: they would need a second factor, which we do not have. Source: access.md 4.3. Text and code as
 * clients of IAM report them.
 */
export function mayCallIam({ kind, session }: Caller): ApiError | undefined {
  if (session === undefined || kind === 'role') return undefined
  return new ApiError('InvalidClientTokenId', 'The security token included in the request is invalid', 403)
}

/** A service of this server that acts in its own name, for a resource: aws:SourceArn, aws:SourceAccount. */
export interface Source {
  readonly arn: string
  readonly account: string
}

/** A call that a service makes itself, for nobody: no request stands behind it. `service`: `lambda.amazonaws.com`. */
export function callOfService(
  service: string,
  { account, region }: { readonly account: string; readonly region: string },
  requestId: string,
  now: number,
): Call {
  return {
    requestId,
    caller: {
      kind: 'service',
      account,
      arn: service,
      principalArn: service,
      userId: service,
      accessKeyId: '',
      tags: new Map(),
      policies: [],
    },
    account,
    region,
    now,
    sourceIp: service,
    userAgent: service,
    secure: true,
    events: [],
  }
}

/** Whether the trust policy of a role lets a service in, in the name of a resource. */
export function trustsService(
  role: AssumableRole,
  service: string,
  source: Source,
  region: string,
  now: number,
): boolean {
  const { account, arn: resource, trust: policy, tags } = role
  const context = { 'aws:SourceArn': source.arn, 'aws:SourceAccount': source.account }
  const target = { resource, owner: account, policy, tags, rule: 'trust', context } as const
  return decide(callOfService(service, { account, region }, '', now), 'sts', 'sts:AssumeRole', target, 'trust').allowed
}

/** Temporary credentials for a service, by which a role acts. */
export interface ServiceCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  /** Milliseconds. */
  readonly expiresAt: number
}

/** Assumes a role for a service; undefined when the role is not there or does not trust it. Leaves its own record. */
export type AssumeForService = (asked: {
  readonly service: string
  readonly roleArn: string
  readonly sessionName: string
  readonly region: string
  /** At the most; the role's own limit counts too. */
  readonly seconds: number
  readonly source: Source
}) => Promise<ServiceCredentials | undefined>
