import { decide, refusal } from '#kernel/authorization/authorize'
import type { Decision } from '#kernel/authorization/evaluate'
import { isShared } from '#kernel/authorization/shared'
import type { Call } from '#kernel/call'
import { ApiError, type Denial } from '#kernel/error'
import type { Target } from '#kernel/operation'
import type { Random } from '#kernel/random'
import { lockOut } from './model/refusals.ts'
import { SecretTarget } from './target.ts'

const SERVICE = 'secretsmanager'

/**
 * The refusal for lack of permission. Another account's secret that is not shared with the caller is refused as one that is
 * not there would be, to the letter: neither a Deny in its policy nor its tags show. Assumed: AWS names a Deny in a resource
 * policy within an account (recorded); across accounts that would tell that the secret exists. Source: access.md 5.6.
 */
export function denied(decision: Decision, call: Call, action: string, target: Target, random: Random): ApiError {
  if (!(target instanceof SecretTarget) || target.owner === call.account || isShared(call, SERVICE, action, target)) {
    return wordedDenial({ decision, call, service: SERVICE, action, target })
  }
  const hidden = target.hidden(call, random)
  const told = decide(call, SERVICE, action, hidden)
  return wordedDenial({ decision: told, call, service: SERVICE, action, target: hidden })
}

function wordedDenial(denial: Denial): ApiError {
  const { decision, call, action, target } = denial
  if (target instanceof SecretTarget && target.guards) return lockOut(denial)
  return new ApiError('AccessDeniedException', refusal(decision, call, action, target), 400, denial)
}
