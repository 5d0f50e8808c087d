import { fill, MOST_STEPS } from '#kernel/authorization/budget'
import type { Caller } from '#kernel/call'
import type { Compiled, Context } from '#kernel/authorization/policy'
import { ACCOUNT, DIRECT, type Grade, NOBODY, ROLE } from '#kernel/authorization/principal'
import { probe, rulesOut } from '#kernel/authorization/probes'
import { applies, appliesTo, names, reaches, type Statement } from '#kernel/authorization/statement'

/**
 * How a resource's own policy counts. `kms`, and `trust` of roles: an identity policy counts only if the resource's policy
 * delegates to the account, and root has no automatic right.
 */
export type Rule = 'plain' | 'kms' | 'trust'

/** How a KMS grant names the caller: itself, the role behind its session (the user of a federated one), or its account. */
export type Granted = 'direct' | 'role' | 'account'

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
  /** A KMS grant that covers this request. */
  readonly grant?: Granted | undefined
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
const silent = (by: PolicyKind): Decision => Object.freeze({ allowed: false, explicit: false, by })

/** Answers that no statement made, made once. */
const ALLOWED = { root: allow('root'), resource: allow('resource') }
const SILENT = {
  resource: silent('resource'),
  identity: silent('identity'),
  boundary: silent('boundary'),
  session: silent('session'),
  endpoint: silent('endpoint'),
}

/**
 * Decides as AWS does: an explicit deny anywhere wins; else somebody must allow, and what bounds the caller (boundary, session
 * policies, the endpoint's policy) must not keep silent. Pure: the same question has the same answer. Bounded: see
 * `budget.ts`; `steps`: fewer for tests. Source: access.md 5.5, order of the texts 5.6.
 */
export function evaluate(question: Question, steps = MOST_STEPS): Decision {
  fill(steps)
  const { caller, resourcePolicy, endpointPolicy } = question
  const action = lowered(question.action)

  const resource = resourcePolicy && sayOfResource(resourcePolicy, question, action)
  if (denies(resource)) return explicit('resource', resource)
  const identity = sayOfAll(caller.policies, question, action)
  if (denies(identity)) return explicit('identity', identity)
  const boundary = caller.boundary && sayOf(caller.boundary, question, action)
  if (denies(boundary)) return explicit('boundary', boundary)
  const session = caller.sessionPolicies && sayOfAll(caller.sessionPolicies, question, action)
  if (denies(session)) return explicit('session', session)
  const endpoint = endpointPolicy && sayOfEndpoint(endpointPolicy, question, action)
  if (denies(endpoint)) return explicit('endpoint', endpoint)

  const decision = undenied(question, { resource, identity, boundary, session })
  return decision.allowed && endpointPolicy !== undefined && endpoint === undefined ? SILENT.endpoint : decision
}

type Said = Deciding | undefined

const GRADES = { direct: DIRECT, role: ROLE, account: ACCOUNT } as const

/** What is decided when nothing denies, but for the endpoint's policy. Source: access.md 5.5, steps 5 to 9. */
function undenied(
  question: Question,
  said: { resource: Said; identity: Said; boundary: Said; session: Said },
): Decision {
  const { caller, rule } = question
  const { identity } = said
  const granted = question.grant === undefined ? NOBODY : GRADES[question.grant]
  const written = said.resource === undefined ? NOBODY : names(statementOf(said.resource), caller)
  // A grant that names the caller more strongly than the policy does decides instead of it.
  const named = granted > written ? granted : written
  const resource = granted > written ? undefined : said.resource
  const foreign = question.owner !== caller.account
  const root = caller.kind === 'root'
  // These have no policies of their own.
  const byResource = caller.kind === 'service' || caller.kind === 'web'
  if (byResource) return named === NOBODY ? SILENT.resource : allowed('resource', resource)
  if (root && !foreign && rule === 'plain') return ALLOWED.root
  if (!foreign && named === DIRECT) return allowed('resource', resource)
  if (named === NOBODY && (foreign || rule !== 'plain')) return SILENT.resource
  // The caller's role is named: its own policies need not speak, but what bounds it must not keep silent.
  const enough = root || (!foreign && named === ROLE)
  if (!enough && identity === undefined) return SILENT.identity
  if (caller.boundary !== undefined && said.boundary === undefined) return SILENT.boundary
  if (isInSession(caller) && said.session === undefined) return SILENT.session
  return enough ? allowed('resource', resource) : allowed('identity', identity)
}

/** Whether session policies bound the caller. A federated session without any may do nothing by its user's policies. */
function isInSession({ kind, sessionPolicies }: Caller): boolean {
  return kind === 'federated' || (sessionPolicies !== undefined && sessionPolicies.length > 0)
}

function statementOf({ policy, index }: Deciding): Statement {
  return policy.statements[index] as Statement
}

function denies(said: Said): said is Deciding {
  return said !== undefined && !statementOf(said).allows
}

function explicit(by: PolicyKind, deciding: Deciding): Decision {
  return { allowed: false, explicit: true, by, deciding }
}

/** By a statement; by a grant, when there is none. */
function allowed(by: 'resource' | 'identity', deciding: Said): Decision {
  return deciding === undefined ? ALLOWED.resource : { allowed: true, by, deciding }
}

/** The first statement that denies, else the first that allows. */
function sayOfAll(policies: readonly Compiled[], question: Question, action: string): Said {
  let said: Said
  for (let i = 0; i < policies.length; i++) {
    const one = sayOf(policies[i] as Compiled, question, action, said !== undefined)
    if (denies(one)) return one
    said ??= one
  }
  return said
}

/** The same of one policy. `known`: another one allows, so Allows tell nothing new. */
function sayOf(policy: Compiled, question: Question, action: string, known = false): Said {
  const { statements, sure, probes } = policy.byAction.of(action)
  const found = probe(probes, question.resource)
  let index = -1
  for (let i = 0; i < statements.length; i++) {
    if (found !== undefined && rulesOut(probes, i, found)) continue
    const statement = statements[i] as Statement
    if (statement.allows && (known || index >= 0)) continue
    if (!bears(statement, sure, action, question, true)) continue
    index = statement.index
    if (!statement.allows) break
  }
  return index < 0 ? undefined : { policy, index }
}

/** The first statement that denies, else the first of those that name the caller most strongly. */
function sayOfResource(policy: Compiled, question: Question, action: string): Said {
  const { statements, sure, probes } = policy.byAction.of(action)
  const found = probe(probes, question.resource)
  let strongest: Grade = NOBODY
  let index = -1
  for (let i = 0; i < statements.length; i++) {
    if (found !== undefined && rulesOut(probes, i, found)) continue
    const statement = statements[i] as Statement
    const named = names(statement, question.caller)
    if (named === NOBODY || (statement.allows && named <= strongest)) continue
    if (!bears(statement, sure, action, question, false)) continue
    index = statement.index
    if (!statement.allows) break
    strongest = named
  }
  return index < 0 ? undefined : { policy, index }
}

/** The same of an endpoint's policy, where all that counts is whether the caller is meant. */
function sayOfEndpoint(policy: Compiled, question: Question, action: string): Said {
  let said: Said
  for (const statement of policy.statements) {
    if (said !== undefined && statement.allows) continue
    if (!reaches(statement, question.caller) || !bears(statement, false, action, question, false)) continue
    said = { policy, index: statement.index }
    if (!statement.allows) break
  }
  return said
}

/** Whether the statement is about the request. `sure`: its action is. `pads`: short ARN patterns are completed. */
function bears(statement: Statement, sure: boolean, action: string, question: Question, pads: boolean): boolean {
  const { resource, context } = question
  return sure ? applies(statement, resource, context, pads) : appliesTo(statement, action, resource, context, pads)
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
