import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'

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
