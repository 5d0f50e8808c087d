import { ByAction, type StatementsByAction } from '#kernel/authorization/candidates'
import { ConditionFault } from '#kernel/authorization/condition'
import { faultOf, type GrammarOptions, type PolicyDocumentKind } from '#kernel/authorization/grammar'
import { type Json, JsonFault, readJson } from '#kernel/authorization/json'
import { arnPatternOf } from '#kernel/authorization/pattern'
import { PolicyFault, type Statement, statementOf, syntaxFault } from '#kernel/authorization/statement'

/** A value of a condition key: one text, or several for multi-valued keys such as aws:TagKeys. */
export type ContextValue = string | readonly string[]

/** Answers for a condition key in lower case (`aws:sourceip`), undefined when the request does not carry it. */
export type Context = (lowerCaseKey: string) => ContextValue | undefined

/** Where a document stands: which policy it is, and whose. Explanations and simulations name it. */
export interface Origin {
  readonly kind: 'managed' | 'inline' | 'boundary' | 'session' | 'resource' | 'endpoint'
  /** ARN of a managed policy, name of an inline one, ARN of the resource of a resource policy. */
  readonly id: string
  /** Who holds it: `user/alice`, `group/developers`, `role/app`; empty where nobody does. */
  readonly holder: string
}

/** A policy document, checked and made ready for matching. Opaque; made by `compile`. */
export interface Compiled {
  readonly source: string
  readonly statements: readonly Statement[]
  readonly byAction: StatementsByAction
  readonly origin: Origin | undefined
}

/** The same document, said to stand at `origin`. Costs one small object: what was compiled is shared. */
export function standing({ source, statements, byAction }: Compiled, origin: Origin): Compiled {
  return { source, statements, byAction, origin }
}

/**
 * What `parsePolicy` found: the policy, or IAM's text for what is wrong with it. `fault` is for services with texts of their
 * own: `json` (no JSON at all), `principal` (somebody who can't be named there), `syntax` (anything else).
 */
export type Parsed =
  | { readonly ok: true; readonly policy: Compiled }
  | { readonly ok: false; readonly fault: 'json' | 'syntax' | 'principal'; readonly message: string }

/**
 * Checks a document as IAM does when it is written (access.md 3.6) and compiles it. Whether the principals that it names
 * exist is for the caller to ask, and what a service demands beyond is its own to check.
 * The service puts the text under its own code (`MalformedPolicyDocument`, `MalformedPolicyDocumentException`).
 */
export function parsePolicy(text: string, kind: PolicyDocumentKind, options: GrammarOptions = {}): Parsed {
  try {
    const document = readJson(text)
    const fault = faultOf(document, kind, options)
    return fault === undefined ? { ok: true, policy: compiled(text, document) } : { ok: false, ...fault }
  } catch (error) {
    if (error instanceof JsonFault) {
      const message = kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.'
      return { ok: false, fault: 'json', message }
    }
    if (error instanceof PolicyFault || error instanceof ConditionFault) {
      return { ok: false, fault: 'syntax', message: error.message }
    }
    throw error
  }
}

/**
 * The unique ids behind the principals that a document names, as they were when it was written: user and role ARNs to
 * `AIDA…` and `AROA…`, session ARNs to `AROA…:session`. A namesake that is made later has another id. Source: access.md 2.
 */
export type BoundPrincipals = ReadonlyMap<string, string>

/**
 * Compiles a document that was checked when it was stored; `bound`: its principals' ids, where the store keeps them. Do it
 * once for each document and keep the result. Throws `JsonFault`, `PolicyFault` or `ConditionFault` for what is no policy at
 * all: nobody may be let in by a part of it.
 */
export function compile(text: string, bound?: BoundPrincipals): Compiled {
  return compiled(text, readJson(text), bound)
}

/** The same of a role's trust policy: it names no resource, and each statement is about the role. Source: access.md 3.6 (10). */
export function compileTrust(text: string, bound?: BoundPrincipals): Compiled {
  const { source, statements } = compile(text, bound)
  const resources = [arnPatternOf('*', false, true)]
  const aboutRole = statements.map((statement) => ({ ...statement, resources, exceptResources: false }))
  return { source, statements: aboutRole, byAction: new ByAction(aboutRole), origin: undefined }
}

function compiled(source: string, document: Json, bound?: BoundPrincipals): Compiled {
  if (!(document instanceof Map)) throw syntaxFault()
  const variables = document.get('Version') === '2012-10-17'
  const statement = document.get('Statement') as Json | undefined
  if (statement === undefined) throw syntaxFault()
  const list = Array.isArray(statement) ? (statement as readonly Json[]) : [statement]
  const statements = list.map((one, i) => statementOf(one, i, variables, bound))
  return { source, statements, byAction: new ByAction(statements), origin: undefined }
}

/** Several documents as one, which says what any of them says; each keeps its own version. Its source is the first one's. */
export function together(policies: readonly [Compiled, ...Compiled[]]): Compiled {
  const [first, ...more] = policies
  if (more.length === 0) return first
  const statements = policies
    .flatMap((policy) => policy.statements)
    .map((statement, index) => ({ ...statement, index }))
  return { source: first.source, statements, byAction: new ByAction(statements), origin: first.origin }
}

/** Characters of a document that count against its quota: all but white space. Source: access.md 3.2. */
export function policySize(text: string): number {
  let size = 0
  for (const character of text) if (!/\s/.test(character)) size++
  return size
}
