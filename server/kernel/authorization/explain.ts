import { fill, MOST_STEPS, stepsLeft } from '#kernel/authorization/budget'
import { type Decision, evaluate, type PolicyKind, type Question } from '#kernel/authorization/evaluate'
import { neededBy, unique } from '#kernel/authorization/keys'
import type { Compiled } from '#kernel/authorization/policy'
import { actionApplies, appliesTo, mayConcern, names, reaches, type Statement } from '#kernel/authorization/statement'
import { NOBODY } from '#kernel/authorization/principal'

/** A statement that applies to the request. */
export interface Matched {
  readonly kind: PolicyKind
  readonly policy: Compiled
  /** Which of the policy's statements, counted from 0. */
  readonly index: number
  readonly effect: 'Allow' | 'Deny'
}

/** What the policies of one kind say together. */
export type Say = 'allowed' | 'implicitDeny' | 'explicitDeny'

/** Why a request is decided as it is. */
export interface Explanation {
  readonly decision: Decision
  /** All statements that apply: of the resource's policy, then identity, boundary, session, endpoint policies. */
  readonly matched: readonly Matched[]
  /**
   * Condition keys, as written and sorted, that the request does not carry and that statements about this action and resource
   * ask for: with them the decision might be another.
   */
  readonly missing: readonly string[]
  /** What each kind of policy says alone; absent for kinds that nobody asked (no boundary, no resource policy, …). */
  readonly says: Readonly<Partial<Record<PolicyKind, Say>>>
  /** What it took (see `budget.ts`): for whoever asks many questions that a caller chose. */
  readonly steps: number
}

/** Steps of one explanation: each statement may take as many as a decision, but not all of them together. */
const MOST_EXPLAINED = 16 * MOST_STEPS
let remaining = MOST_EXPLAINED

/** Asks something of one statement, within the steps of the explanation. Without any, an Allow does not apply and a Deny does. */
function within(ask: () => boolean): boolean {
  const granted = Math.min(MOST_STEPS, remaining)
  fill(granted)
  const answer = ask()
  remaining -= granted - stepsLeft()
  return answer
}

/** Decides as `evaluate` does, and says by what. It looks at everything, so it is slow: not for the path of a request. */
export function explain(question: Question): Explanation {
  const { caller, resourcePolicy, endpointPolicy } = question
  const federated = caller.kind === 'federated' ? [] : undefined
  const asked: [PolicyKind, readonly Compiled[] | undefined][] = [
    ['resource', resourcePolicy && [resourcePolicy]],
    ['identity', caller.policies],
    ['boundary', caller.boundary && [caller.boundary]],
    ['session', caller.sessionPolicies?.length === 0 ? federated : (caller.sessionPolicies ?? federated)],
    ['endpoint', endpointPolicy && [endpointPolicy]],
  ]
  remaining = MOST_EXPLAINED
  const matched: Matched[] = []
  const missing: string[] = []
  const says: Partial<Record<PolicyKind, Say>> = {}
  for (const [kind, policies] of asked) {
    if (policies === undefined) continue
    const found = policies.flatMap((policy) => matchedIn(policy, kind, question))
    matched.push(...found)
    for (const policy of policies) missing.push(...missingIn(policy, kind, question))
    const denied = found.some(({ effect }) => effect === 'Deny')
    says[kind] = denied ? 'explicitDeny' : found.length > 0 ? 'allowed' : 'implicitDeny'
  }
  const steps = MOST_EXPLAINED - remaining
  return { decision: evaluate(question), matched, missing: unique(missing).sort(), says, steps }
}

function matchedIn(policy: Compiled, kind: PolicyKind, question: Question): Matched[] {
  return policy.statements.flatMap((statement) => {
    if (!isFor(statement, kind, question)) return []
    const { index, allows } = statement
    return appliesAlone(statement, kind, question) ? [{ kind, policy, index, effect: allows ? 'Allow' : 'Deny' }] : []
  })
}

/** Keys that the request lacks, of statements about this caller, action and resource. */
function missingIn(policy: Compiled, kind: PolicyKind, question: Question): string[] {
  return policy.statements.flatMap((statement) => {
    if (!isFor(statement, kind, question) || !concerns(statement, kind, question)) return []
    return neededBy(policy, statement.index).filter((key) => question.context(key.toLowerCase()) === undefined)
  })
}

function isFor(statement: Statement, kind: PolicyKind, { caller }: Question): boolean {
  if (kind === 'resource') return names(statement, caller) !== NOBODY
  return kind !== 'endpoint' || reaches(statement, caller)
}

function appliesAlone(statement: Statement, kind: PolicyKind, { action, resource, context }: Question): boolean {
  return within(() => appliesTo(statement, action.toLowerCase(), resource, context, pads(kind)))
}

/** Whether action and resource apply whatever the conditions say; a variable without a value counts as one that fits. */
function concerns(statement: Statement, kind: PolicyKind, { action, resource, context }: Question): boolean {
  return within(
    () => actionApplies(statement, action.toLowerCase()) && mayConcern(statement, resource, context, pads(kind)),
  )
}

/** Short ARN patterns are completed in the caller's own policies. Source: access.md 5.2. */
function pads(kind: PolicyKind): boolean {
  return kind !== 'resource' && kind !== 'endpoint'
}
