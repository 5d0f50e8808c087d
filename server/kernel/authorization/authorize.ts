import { contextOf } from '#kernel/authorization/context'
import { type Decision, evaluate, type Question, type Rule } from '#kernel/authorization/evaluate'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'

const ROOT_ALLOWED: Decision = Object.freeze({ allowed: true, by: 'root' })

/**
 * Whether the caller may do `action` (`secretsmanager:GetSecretValue`; a target's own action goes before it) to the
 * target. `serviceName` is the prefix of the service's condition keys. `rule`: see `Question`.
 */
export function decide(
  call: Call,
  serviceName: string,
  action: string,
  target: Target,
  rule: Rule = 'plain',
): Decision {
  // The root user in its own account, and no policy that could deny: nothing to look at.
  if (rule === 'plain' && call.caller.kind === 'root' && isFree(call, target)) return ROOT_ALLOWED
  return evaluate(questionOf(call, serviceName, action, target, rule))
}

function isFree({ caller, endpoint }: Call, { owner, policy }: Target): boolean {
  return policy === undefined && endpoint?.policy === undefined && (owner === undefined || owner === caller.account)
}

/** What `decide` asks the policies; for `explain`. */
export function questionOf(
  call: Call,
  serviceName: string,
  action: string,
  target: Target,
  rule: Rule = 'plain',
): Question {
  const asked = actionOf(serviceName, action, target)
  return {
    caller: call.caller,
    action: asked,
    resource: target.resource,
    owner: target.owner ?? call.caller.account,
    context: contextOf(call, serviceName, target),
    resourcePolicy: target.policy,
    // What a service asks in the caller's name does not come in by the caller's listener.
    endpointPolicy: call.via === undefined ? call.endpoint?.policy : undefined,
    rule,
    grant: target.grant?.(asked),
  }
}

function actionOf(serviceName: string, action: string, target: Target): string {
  const meant = target.action ?? action
  return meant.includes(':') ? meant : `${serviceName}:${meant}`
}

/**
 * The sentence of a refusal, as the service's error carries it: `User: <caller> is not authorized to perform: <action>
 * on resource: <as shown> because no identity-based policy allows the <action> action`. Source: access.md 5.6.
 */
export function refusal(decision: Decision, call: Call, action: string, target: Target): string {
  const meant = target.action ?? action
  const on = target.shown === undefined ? '' : ` on resource: ${target.shown}`
  return `User: ${call.caller.arn} is not authorized to perform: ${meant}${on}${decision.allowed ? '' : tail(decision, meant, target.rule)}`
}

const KINDS = {
  identity: ['an', 'identity-based policy'],
  resource: ['a', 'resource-based policy'],
  boundary: ['a', 'permissions boundary'],
  session: ['a', 'session policy'],
  endpoint: ['a', 'VPC endpoint policy'],
  trust: ['the', 'role trust policy'],
} as const

function tail(decision: Extract<Decision, { allowed: false }>, action: string, rule: Rule | undefined): string {
  const [article, kind] = KINDS[decision.by === 'resource' && rule === 'trust' ? 'trust' : decision.by]
  return decision.explicit
    ? ` with an explicit deny in ${article} ${kind}`
    : ` because no ${kind} allows the ${action} action`
}
