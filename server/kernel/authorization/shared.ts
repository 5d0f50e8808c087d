import { decide } from '#kernel/authorization/authorize'
import type { Rule } from '#kernel/authorization/evaluate'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'

/**
 * Whether the policy of another account's resource lets the caller's account in, whatever the caller's own policies say.
 * Where it does not, a refusal must not depend on anything that is stored about the resource, also not by way of
 * conditions in the caller's policies: that would tell what is there. `rule`: see `Question`.
 */
export function isShared(call: Call, service: string, action: string, target: Target, rule: Rule = 'plain'): boolean {
  const { boundary: _, sessionPolicies: __, ...caller } = call.caller
  const decision = decide({ ...call, caller: { ...caller, policies: [] } }, service, action, target, rule)
  // By what is left of the caller, or by nobody but his own policies, which are not there.
  return decision.allowed || decision.by === 'identity' || decision.by === 'session'
}
