import { fill } from '#kernel/authorization/budget'
import type { Caller } from '#kernel/call'
import type { Compiled, Context } from '#kernel/authorization/policy'
import { DIRECT, type Grade, NOBODY, ROLE } from '#kernel/authorization/principal'
import { applies, names, type Statement } from '#kernel/authorization/statement'

/**
 * How a resource's own policy counts. `kms`, and `trust` of roles: an identity policy counts only if the resource's policy
 * delegates to the account, and root has no automatic right.
 */
export type Rule = 'plain' | 'kms' | 'trust'

/** One question to the policies. */
export interface Question {
  readonly caller: Caller
  /** `secretsmanager:GetSecretValue` */
  readonly action: string
  /** Full ARN, or `*`. */
  readonly resource: string
  /** Account that owns the resource. */
  readonly owner: string
  readonly context: Context
  readonly resourcePolicy?: Compiled | undefined
  /** Policy of the private listener that the request came in by: it must allow too. */
  readonly endpointPolicy?: Compiled | undefined
  readonly rule: Rule
  /** A KMS grant that covers this request: given to the caller itself, or to the role behind its session. */
  readonly grant?: 'direct' | 'role' | undefined
}

export type PolicyKind = 'identity' | 'resource' | 'boundary' | 'session' | 'endpoint'

/** The statement that made a decision: where its policy stands, and which of its statements it is, counted from 0. */
export interface Deciding {
  readonly policy: Compiled
  readonly index: number
}

/**
 * The answer, which kind of policy made it (for the text of the refusal), and by which statement. An implicit deny, a grant
 * and the root user's own right have no statement.
 */
export type Decision =
  | { readonly allowed: true; readonly by: PolicyKind | 'root'; readonly deciding?: Deciding }
  | { readonly allowed: false; readonly explicit: boolean; readonly by: PolicyKind; readonly deciding?: Deciding }

const allow = (by: PolicyKind | 'root'): Decision => Object.freeze({ allowed: true, by })
const deny = (by: PolicyKind, explicit: boolean): Decision => Object.freeze({ allowed: false, explicit, by })

/** The answers, made once: deciding allocates nothing. */
const ALLOWED = { root: allow('root'), identity: allow('identity'), resource: allow('resource') }
const EXPLICIT = {
  resource: deny('resource', true),
  identity: deny('identity', true),
  boundary: deny('boundary', true),
  session: deny('session', true),
}
const SILENT = {
  resource: deny('resource', false),
  identity: deny('identity', false),
  boundary: deny('boundary', false),
  session: deny('session', false),
}

/** What the policies of one kind say together. */
type Say = 'deny' | 'allow' | 'nothing'

/**
 * Decides as AWS does: an explicit deny anywhere wins; else somebody must allow, and boundary and session policies must
 * not keep silent. Pure: the same question has the same answer. Bounded: see `budget.ts`. Source: access.md 5.5, order of the texts 5.6.
 */
export function evaluate(question: Question): Decision {
  fill()
  const { caller, resourcePolicy } = question
  const action = lowered(question.action)
  let named: Grade = question.grant === 'direct' ? DIRECT : question.grant === 'role' ? ROLE : NOBODY
  if (resourcePolicy !== undefined) {
    const found = sayOfResource(resourcePolicy, question, action)
    if (found < 0) return EXPLICIT.resource
    if (found > named) named = found as Grade
  }
  const identity = sayOf(caller.policies, question, action)
  if (identity === 'deny') return EXPLICIT.identity
  const boundary = caller.boundary === undefined ? 'allow' : sayOfOne(caller.boundary, question, action)
  if (boundary === 'deny') return EXPLICIT.boundary
  const session = sayOfSession(question, action)
  if (session === 'deny') return EXPLICIT.session

  if (caller.kind === 'service' || caller.kind === 'web') return named === NOBODY ? SILENT.resource : ALLOWED.resource
  const foreign = question.owner !== caller.account
  const root = caller.kind === 'root'
  if (root && !foreign && question.rule === 'plain') return ALLOWED.root
  if (!foreign && named === DIRECT) return ALLOWED.resource
  if (named === NOBODY && (foreign || question.rule !== 'plain')) return SILENT.resource
  // The caller's role is named: its own policies need not speak, but what bounds it must not keep silent.
  const enough = !foreign && named === ROLE
  if (!enough && !root && identity !== 'allow') return SILENT.identity
  if (boundary !== 'allow') return SILENT.boundary
  if (session !== 'allow') return SILENT.session
  return enough || root ? ALLOWED.resource : ALLOWED.identity
}

/** A federated session without session policies may do nothing by its user's policies. */
function sayOfSession(question: Question, action: string): Say {
  const { kind, sessionPolicies } = question.caller
  if (sessionPolicies === undefined || sessionPolicies.length === 0) return kind === 'federated' ? 'nothing' : 'allow'
  return sayOf(sessionPolicies, question, action)
}

function sayOf(policies: readonly Compiled[], question: Question, action: string): Say {
  let say: Say = 'nothing'
  for (let i = 0; i < policies.length; i++) {
    const one = sayOfOne(policies[i] as Compiled, question, action)
    if (one === 'deny') return 'deny'
    if (one === 'allow') say = 'allow'
  }
  return say
}

function sayOfOne({ statements }: Compiled, { resource, context }: Question, action: string): Say {
  let say: Say = 'nothing'
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement
    // A second Allow tells nothing new.
    if (statement.allows && say === 'allow') continue
    if (!applies(statement, action, resource, context, true)) continue
    if (!statement.allows) return 'deny'
    say = 'allow'
  }
  return say
}

/** The strongest grade that an Allow gives the caller, or -1 for a Deny. */
function sayOfResource({ statements }: Compiled, question: Question, action: string): Grade | -1 {
  let strongest: Grade = NOBODY
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement
    const named = names(statement, question.caller)
    if (named === NOBODY || (statement.allows && named <= strongest)) continue
    if (!applies(statement, action, question.resource, question.context, false)) continue
    if (!statement.allows) return -1
    strongest = named
  }
  return strongest
}

/** Actions in lower case; they come from declarations, the bound is for those that a caller sends (simulation). */
const lowerCase = new Map<string, string>()
const MOST_ACTIONS = 4096

function lowered(action: string): string {
  const known = lowerCase.get(action)
  if (known !== undefined) return known
  const lower = action.toLowerCase()
  if (lowerCase.size < MOST_ACTIONS) lowerCase.set(action, lower)
  return lower
}
