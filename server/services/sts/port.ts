import { decide } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { parseArn } from '#kernel/values/arn'
import type { Secret } from '#kernel/values/bytes'
import type { AssumableRole, Identities } from '../iam/port.ts'

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

/** What a service asks for when it is handed a role: it acts in the name of `source`, in its account and a Region. */
export interface Handed {
  readonly service: string
  readonly source: Source
  readonly region: string
  readonly now: number
}

/**
 * The role that somebody hands to a service, when the service may take it: it is there, belongs to the account of the source (a role of
 * another one can't be passed) and trusts the service. Source: IAM, "Granting a user permissions to pass a role".
 */
export async function roleForService(
  identities: Pick<Identities, 'role'>,
  roleArn: string,
  { service, source, region, now }: Handed,
): Promise<AssumableRole | undefined> {
  const role = await identities.role(roleArn)
  const own = role !== undefined && role.account === source.account
  return own && trustsService(role, service, source, region, now) ? role : undefined
}

/**
 * Handing a role to a service, as authorization sees it: the caller must be allowed to. `resource`: for what the service is to have it,
 * where AWS says that. Source: the same.
 */
export function passRole(roleArn: string, service: string, resource?: string): Target {
  return {
    action: 'iam:PassRole',
    resource: roleArn,
    shown: roleArn,
    owner: parseArn(roleArn)?.account ?? '',
    context: {
      'iam:PassedToService': service,
      ...(resource !== undefined && { 'iam:AssociatedResourceArn': resource }),
    },
  }
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
