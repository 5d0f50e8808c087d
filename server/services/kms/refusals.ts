import { decide, refusal } from '#kernel/authorization/authorize'
import { isShared } from '#kernel/authorization/shared'
import { ApiError } from '#kernel/error'
import type { Decision } from '#kernel/authorization/evaluate'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { KeyTarget } from './locate.ts'

/** The end of a refusal that tells nothing: not there, elsewhere, not permitted and denied all read the same. */
const NOTHING_TOLD =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'

const user = (call: Call, action: string) => `User: ${call.caller.arn} is not authorized to perform: ${action}`

/** Decrypt (ReEncrypt) of a blob whose key is unknown here, or another account's. Source: kms.md 4.3 (seen 2023 and later). */
export function unknownCiphertext(call: Call, action = 'kms:Decrypt'): ApiError {
  return new ApiError(
    'AccessDeniedException',
    `${user(call, action)} on the resource associated with this ciphertext ${NOTHING_TOLD}`,
  )
}

/**
 * The refusal for lack of permission. Of another account's key that is not shared with the caller nothing is told, not even
 * to who may look into the refusal: the same as of one that isn't there. Source: kms.md 2, 8.3; the general sentence is
 * access.md 5.6.
 */
export function denied(decision: Decision, call: Call, action: string, target: Target): ApiError {
  const foreign = target.owner !== undefined && target.owner !== call.account
  if (foreign && target instanceof KeyTarget && !isShared(call, 'kms', action, target, 'kms')) {
    return hiddenDenial(call, action, target.hidden())
  }
  const denial = { decision, call, service: 'kms', action, target }
  return new ApiError('AccessDeniedException', refusal(decision, call, action, target), 400, denial)
}

function hiddenDenial(call: Call, action: string, target: KeyTarget): ApiError {
  if (action === 'kms:Decrypt' || action === 'kms:ReEncryptFrom') return unknownCiphertext(call, action)
  const decision = decide(call, 'kms', action, target, 'kms')
  const text = `${user(call, action)} on resource: ${target.shown} ${NOTHING_TOLD}`
  return new ApiError('AccessDeniedException', text, 400, { decision, call, service: 'kms', action, target })
}
