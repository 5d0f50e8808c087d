import { refusal } from '#kernel/authorization/authorize'
import { ApiError } from '#kernel/error'
import type { Decision } from '#kernel/authorization/evaluate'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'

/** The end of a refusal that tells nothing: not there, elsewhere, not permitted and denied all read the same. */
const NOTHING_TOLD =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'

const user = (call: Call, action: string) => `User: ${call.caller.arn} is not authorized to perform: ${action}`

/** Decrypt of a blob whose key is unknown here, or another account's. Source: kms.md 4.3 (seen 2023 and later). */
export function unknownCiphertext(call: Call): ApiError {
  return new ApiError(
    'AccessDeniedException',
    `${user(call, 'kms:Decrypt')} on the resource associated with this ciphertext ${NOTHING_TOLD}`,
  )
}

/** The refusal for lack of permission. Source: kms.md 8.3; the general sentence is access.md 5.6. */
export function denied(decision: Decision, call: Call, action: string, target: Target): ApiError {
  const foreign = target.owner !== undefined && target.owner !== call.account
  if (foreign && !decision.allowed && decision.by === 'resource') {
    if (action === 'kms:Decrypt') return unknownCiphertext(call)
    return new ApiError('AccessDeniedException', `${user(call, action)} on resource: ${target.shown} ${NOTHING_TOLD}`)
  }
  return new ApiError('AccessDeniedException', refusal(decision, call, action, target))
}
