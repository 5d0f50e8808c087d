import type { Caller } from '#kernel/call'
import type { PolicyKind, Rule } from '#kernel/authorization/evaluate'
import { type Conditions, hold, listOf } from './plain-conditions.ts'
import { type Bound, closest, means, DIRECT, NONE, ACCOUNT, type Principals, ROLE, strikes } from './plain-principal.ts'
import { type Keys, namesAction, namesResource } from './plain-text.ts'

/**
 * A second reading of policies, for tests only: slow, plain, written from access.md 2 and 5.1 to 5.5 apart from the evaluator
 * in kernel/authorization, and compared with it by `differential.test.ts`. It works on the parsed JSON.
 */

/** A statement as it stands in a document. */
export interface PlainStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: Principals
  readonly NotPrincipal?: Principals
  readonly Action?: unknown
  readonly NotAction?: unknown
  readonly Resource?: unknown
  readonly NotResource?: unknown
  readonly Condition?: Conditions
}

/** A parsed document, with the ids behind its principals where they were kept. */
export interface PlainPolicy {
  readonly document: { readonly Version?: string; readonly Statement: PlainStatement | readonly PlainStatement[] }
  readonly bound?: Bound | undefined
}

/** A request with everything that bears on it. */
export interface PlainQuestion {
  /** Of its policies only whether it has a boundary is read: the documents stand below. */
  readonly caller: Caller
  readonly action: string
  readonly resource: string
  readonly owner: string
  readonly keys: Keys
  readonly rule: Rule
  readonly grant?: 'direct' | 'role' | undefined
  readonly identity: readonly PlainPolicy[]
  readonly boundary?: PlainPolicy | undefined
  readonly session?: readonly PlainPolicy[] | undefined
  readonly resourcePolicy?: PlainPolicy | undefined
  readonly endpoint?: PlainPolicy | undefined
}

/** `by` stands with refusals only. */
export interface PlainDecision {
  readonly allowed: boolean
  readonly explicit: boolean
  readonly by?: PolicyKind
}

const ALLOWED: PlainDecision = { allowed: true, explicit: false }

/** Decides as access.md 5.5 says, step by step. */
export function decide(question: PlainQuestion): PlainDecision {
  const { caller, rule } = question
  const policies: Readonly<Record<PolicyKind, readonly PlainPolicy[]>> = {
    resource: optional(question.resourcePolicy),
    identity: question.identity,
    boundary: optional(question.boundary),
    session: question.session ?? [],
    endpoint: optional(question.endpoint),
  }
  const says = (effect: 'Allow' | 'Deny', kind: PolicyKind): boolean =>
    policies[kind].some((policy) => statementsOf(policy).some((_, i) => applies(policy, i, kind, question, effect)))

  // 2, in the order of 5.6.
  for (const by of ['resource', 'identity', 'boundary', 'session', 'endpoint'] as const) {
    if (says('Deny', by)) return { allowed: false, explicit: true, by }
  }

  // The private listener's policy is one more bound.
  const endpoint = question.endpoint === undefined || says('Allow', 'endpoint')
  const answer = (missing: readonly (PolicyKind | false)[]): PlainDecision => {
    const by = [...missing, !endpoint && ('endpoint' as const)].find((kind) => kind !== false)
    return by === undefined ? ALLOWED : { allowed: false, explicit: false, by }
  }

  // 6
  const granted = rule !== 'kms' || question.grant === undefined ? NONE : question.grant === 'direct' ? DIRECT : ROLE
  const named = Math.max(granted, grade(question))

  // 5, and web identities (9)
  if (caller.kind === 'service' || caller.kind === 'web') return answer([named === NONE && 'resource'])
  const foreign = caller.account !== question.owner
  if (caller.kind === 'root' && !foreign && rule === 'plain') return answer([])

  // 7. Root holds every right of its own account.
  const noIdentity = !(caller.kind === 'root' || says('Allow', 'identity')) && ('identity' as const)
  const noBoundary = question.boundary !== undefined && !says('Allow', 'boundary') && ('boundary' as const)
  const free = (question.session ?? []).length === 0 && caller.kind !== 'federated'
  const noSession = !free && !says('Allow', 'session') && ('session' as const)

  // 9
  if (foreign) return answer([named === NONE && 'resource', noIdentity, noBoundary, noSession])
  // 8
  if (named === DIRECT) return answer([])
  if (named === ROLE) return answer([noBoundary, noSession])
  if (named === ACCOUNT || rule === 'plain') return answer([noIdentity, noBoundary, noSession])
  return answer(['resource'])
}

function optional(policy: PlainPolicy | undefined): readonly PlainPolicy[] {
  return policy === undefined ? [] : [policy]
}

/** The statements of a document. */
export function statementsOf({ document }: PlainPolicy): readonly PlainStatement[] {
  return listOf(document.Statement) as PlainStatement[]
}

/** The strongest allow of the resource's policy. */
function grade(question: PlainQuestion): number {
  const policy = question.resourcePolicy
  if (policy === undefined) return NONE
  const grades = statementsOf(policy).map((statement, i) =>
    applies(policy, i, 'resource', question, 'Allow')
      ? closest(statement.Principal ?? {}, question.caller, policy.bound)
      : NONE,
  )
  return Math.max(NONE, ...grades)
}

/** Whether a statement, counted from 0, has this effect and bears on the request. */
export function applies(
  policy: PlainPolicy,
  index: number,
  kind: PolicyKind,
  question: PlainQuestion,
  effect: 'Allow' | 'Deny',
): boolean {
  const statement = statementsOf(policy)[index]
  if (statement?.Effect !== effect) return false
  const { action, resource, keys, caller } = question
  const variables = policy.document.Version === '2012-10-17'
  const isAction = (value: unknown) => namesAction(String(value), action)
  const isResource = (value: unknown) =>
    namesResource(String(value), resource, { variables, resourcePolicy: kind === 'resource', keys })

  if (statement.Action !== undefined && !listOf(statement.Action).some(isAction)) return false
  if (statement.NotAction !== undefined && listOf(statement.NotAction).some(isAction)) return false
  // Trust policies have no Resource (3.6): they are about the role. Elsewhere such a statement is inert (kms.md 8.2).
  const isNowhere = statement.Resource === undefined && statement.NotResource === undefined
  if (isNowhere && !(kind === 'resource' && question.rule === 'trust')) return false
  if (statement.Resource !== undefined && !listOf(statement.Resource).some((value) => isResource(value) === true))
    return false
  if (statement.NotResource !== undefined) {
    const excepted = listOf(statement.NotResource).map(isResource)
    if (excepted.includes(true)) return false
    // Assumed: what an Allow excepts is not known while a variable has no value, so it allows nothing; a Deny excepts nothing.
    if (excepted.includes('unknown') && effect === 'Allow') return false
  }
  if (kind === 'resource' && effect === 'Allow' && !isAbout(statement, caller, policy.bound, closest)) return false
  if ((kind === 'resource' || kind === 'endpoint') && !isAbout(statement, caller, policy.bound, means)) return false
  return hold(statement.Condition ?? {}, keys, { variables, effect })
}

function isAbout(statement: PlainStatement, caller: Caller, bound: Bound | undefined, grade: typeof means): boolean {
  if (statement.Principal !== undefined) return grade(statement.Principal, caller, bound) > NONE
  if (statement.NotPrincipal === undefined || statement.Effect === 'Allow') return false
  return strikes(statement.NotPrincipal, caller, bound)
}
